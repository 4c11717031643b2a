"""Security descriptors: who may do what, and how they are edited."""

import grp
import os
import secrets
import subprocess
import time
from pathlib import Path

import pytest
from support.service import User, binary

pytestmark = pytest.mark.usefixtures("as_root")

PAM_FILE = Path("/etc/pam.d/openwinrm-authorization-test")
DENIED = "0x80070005"
NOT_FOUND = "0x80338000"
SYSTEM = "wmicimv2/Win32_ComputerSystem"
WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi"
CIMV2 = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2"
ROOT_DEFAULT = "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)"
CREATE_PROCESS = ["invoke", "Create", "wmicimv2/Win32_Process", '@{CommandLine="/bin/true"}']


@pytest.fixture(scope="module")
def account():
    name = f"winrm-test-{secrets.token_hex(2)}"
    subprocess.run(["useradd", "--user-group", "--no-create-home", "--shell", "/bin/sh", name], check=True)
    yield name
    subprocess.run(["userdel", name], check=False, capture_output=True)


@pytest.fixture
def running(start_service):
    return start_service()


@pytest.fixture
def alice(running, account):
    """In the users file, and so a remote management user; her account is no administrator."""
    return running.add_user("alice", account=account)


def winrm(service, *arguments, user: User | None = None, **environment):
    remote = [f"-r:http://127.0.0.1:{service.http_port}", f"-u:{user.name}", f"-p:{user.password}"] if user else []
    return subprocess.run(
        [binary("winrm"), *arguments, *remote],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "WINRM_CONFIG": str(service.configuration), **environment},
    )


def succeed(*arguments, **options):
    done = winrm(*arguments, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def fail(*arguments, **options):
    done = winrm(*arguments, **options)
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_Z1_root_descriptor_rules_what_has_none_of_its_own(running, alice, account):
    group = grp.getgrnam(account).gr_gid
    unknown = ["get", "http://example.test/nothing"]
    assert DENIED in fail(running, *unknown, user=alice)
    succeed(running, "set", "winrm/config/service", '@{RootSDDL="D:P(A;;GA;;;BA)(A;;GR;;;RM)"}')
    assert NOT_FOUND in fail(running, *unknown, user=alice), "allowed, and there is no such resource"
    denying = f"D:P(D;;GA;;;S-1-22-2-{group})(A;;GA;;;BA)(A;;GR;;;RM)"
    succeed(running, "set", "winrm/config/service", f'@{{RootSDDL="{denying}"}}')
    error = fail(running, *unknown, user=alice)
    assert DENIED in error
    assert "winrm configSDDL" in error
    assert "Win32_ComputerSystem" in succeed(running, "get", SYSTEM, user=alice), "that has one of its own"


def test_Z1_root_descriptor_rules_the_configuration(running):
    assert succeed(running, "get", "winrm/config/winrs", user=running.user).startswith("Winrs")
    succeed(running, "configSDDL", "default", "-sddl:D:P(D;;GA;;;NU)(A;;GA;;;BA)")
    assert DENIED in fail(running, "get", "winrm/config/winrs", user=running.user)
    assert succeed(running, "get", "winrm/config/winrs").startswith("Winrs"), "at this machine"


def test_Z2_the_longest_resource_decides(running, alice):
    succeed(running, "configSDDL", "wmicimv2", "-sddl:D:P(A;;GA;;;BA)")
    assert DENIED in fail(running, "get", SYSTEM, user=alice)
    succeed(running, "configSDDL", SYSTEM, "-sddl:D:P(A;;GA;;;BA)(A;;GR;;;RM)")
    assert succeed(running, "get", SYSTEM, user=alice).startswith("Win32_ComputerSystem")
    assert DENIED in fail(running, "get", "wmicimv2/Win32_OperatingSystem", user=alice)
    assert succeed(running, "get", "wmicimv2/Win32_OperatingSystem", user=running.user)


def test_Z3_read_change_and_run_are_different_rights(running, alice):
    wmi = "wmi"
    assert "ReturnValue = 0" in succeed(running, *CREATE_PROCESS, user=alice)
    succeed(running, "configSDDL", wmi, "-sddl:D:P(A;;GR;;;RM)(A;;GA;;;BA)")
    assert succeed(running, "get", SYSTEM, user=alice)
    assert succeed(running, "enumerate", "wmicimv2/Win32_OperatingSystem", user=alice)
    assert DENIED in fail(running, *CREATE_PROCESS, user=alice)
    assert DENIED in fail(running, "delete", "wmicimv2/Win32_Process?Handle=1", user=alice)
    assert DENIED in fail(running, "create", "wmicimv2/Win32_Environment", '@{Name="x"}', user=alice)
    succeed(running, "configSDDL", wmi, "-sddl:D:P(A;;GX;;;RM)(A;;GA;;;BA)")
    assert "ReturnValue = 0" in succeed(running, *CREATE_PROCESS, user=alice)
    assert DENIED in fail(running, "get", SYSTEM, user=alice)
    succeed(running, "configSDDL", wmi, "-sddl:D:P(A;;GW;;;RM)(A;;GA;;;BA)")
    assert DENIED in fail(running, *CREATE_PROCESS, user=alice)
    assert DENIED not in fail(running, "delete", "wmicimv2/Win32_Process?Handle=999999", user=alice)


def test_Z3_a_remote_shell_needs_the_right_to_run(running, alice):
    def winrs(user):
        target = [f"-r:http://127.0.0.1:{running.http_port}", f"-u:{user.name}", f"-p:{user.password}"]
        command = [binary("winrs"), *target, "-noprofile", "echo done"]
        environment = {**os.environ, "WINRM_CONFIG": str(running.configuration)}
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)

    assert winrs(alice).stdout == "done\n"
    succeed(running, "configSDDL", "shell", "-sddl:D:P(A;;GRGW;;;RM)(A;;GA;;;BA)")
    refused = winrs(alice)
    assert refused.returncode != 0
    assert "Access is denied" in refused.stderr
    assert winrs(running.user).stdout == "done\n"


def test_Z4_members_of_the_group_winrm_manage_remotely(start_service, account):
    password = secrets.token_urlsafe(12)
    subprocess.run(["chpasswd"], input=f"{account}:{password}", text=True, check=True)
    made = subprocess.run(["groupadd", "winrm"], check=False, capture_output=True).returncode == 0
    PAM_FILE.write_text("auth include common-auth\naccount include common-account\n")
    try:
        service = start_service({"Daemon": {"PamService": PAM_FILE.name}, "Service": {"AllowUnencrypted": True}})
        user = User(account, password, account)
        get = ["get", SYSTEM, "-a:Basic", "-skipCAcheck", "-skipCNcheck"]
        remote = [f"-r:https://127.0.0.1:{service.https_port}", f"-u:{user.name}", f"-p:{user.password}"]
        hosts = len(service.hosts())
        assert DENIED in fail(service, *get, *remote)
        assert len(service.hosts()) == hosts, "no process is started for one who may do nothing"
        assert service.has_logged(f"denied {account}")
        subprocess.run(["usermod", "-aG", "winrm", account], check=True)
        assert "Win32_ComputerSystem" in succeed(service, *get, *remote)
        assert DENIED in fail(service, "get", "winrm/config", *get[2:], *remote)
    finally:
        PAM_FILE.unlink()
        if made:
            subprocess.run(["groupdel", "winrm"], check=False, capture_output=True)


def test_Z7_what_the_descriptor_asks_for_is_recorded(running, alice):
    succeed(running, *CREATE_PROCESS, user=alice)
    fail(running, "get", "winrm/config", user=alice)
    assert running.has_logged("audit: allowed alice")
    assert running.has_logged(f"Create of {CIMV2}/Win32_Process")
    assert running.has_logged("audit: denied alice")
    succeed(running, "get", SYSTEM, user=alice)
    assert "Get of http://schemas.microsoft.com/wbem/wsman/1/wmi" not in running.log, "reading is not recorded"


# ---- the editor -------------------------------------------------------------------------------------------


@pytest.fixture
def editor(tmp_path):
    """A program that keeps what it was shown and answers with what the test wants."""
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\ncp "$2" "$1/seen"\nstat -c %a "$2" > "$1/mode"\ncp "$1/answer" "$2"\n')
    script.chmod(0o755)

    def variables(answer):
        (tmp_path / "answer").write_text(answer)
        return {"EDITOR": f"{script} {tmp_path}", "VISUAL": ""}

    return variables


def test_C12_the_default_descriptor_is_edited_as_text(running, editor, tmp_path):
    changed = "# a comment\nO:NS G:BA\nD:P\n(A;;GA;;;BA)\n  (A;;GR;;;AU)\n"
    shown = succeed(running, "configSDDL", "default", **editor(changed))
    assert shown == "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;AU)\n"
    seen = (tmp_path / "seen").read_text()
    assert "".join(line for line in seen.splitlines() if not line.startswith("#")) == ROOT_DEFAULT
    assert "\n(A;;GA;;;BA)\n" in seen
    assert (tmp_path / "mode").read_text().strip() == "600"
    assert "RootSDDL = O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;AU)\n" in succeed(running, "get", "winrm/config/service")
    assert 'RootSDDL = "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;AU)"' in running.configuration.read_text()


def test_C12_descriptors_of_resources_are_made_and_changed(running, editor):
    def security():
        shown = succeed(running, "get", "winrm/config/plugin?Name=WMI Provider", "-format:pretty")
        return [line.strip() for line in shown.splitlines() if "<Security" in line]

    before = security()
    uri = f"{CIMV2}/Win32_Service"
    succeed(running, "configSDDL", "wmicimv2/Win32_Service", "-sddl:D:P(A;;GA;;;BA)")
    assert f'<Security Uri="{uri}" Sddl="D:P(A;;GA;;;BA)" ExactMatch="false"/>' in security()
    assert len(security()) == len(before) + 1
    succeed(running, "configSDDL", "wmicimv2/win32_service", **editor("D:P(A;;GA;;;BA)(A;;GR;;;AU)"))
    assert f'<Security Uri="{uri}" Sddl="D:P(A;;GA;;;BA)(A;;GR;;;AU)" ExactMatch="false"/>' in security()
    assert running.configuration.read_text().count("[[Security]]") == 1
    succeed(running, "invoke", "restore", "winrm/config/plugin", "@{}")
    assert security() == before
    assert "[[Security]]" not in running.configuration.read_text()


@pytest.mark.parametrize(
    ("subject", "sddl", "words"),
    [
        ("default", "nonsense", "0x8033815C"),
        ("default", "O:BA", "0x8033815C"),
        ("default", "D:P(A;;GA;;;NOBODY)", "no account"),
        ("http://example.test/nothing", "D:P(A;;GA;;;BA)", NOT_FOUND),
        ("winrm/config", "D:P(A;;GA;;;WD)", "0x803381BF"),
        ("winrm/config/service", "D:P(A;;GA;;;WD)", "0x803381BF"),
    ],
)
def test_C12_what_cannot_be_is_refused_and_nothing_changes(running, subject, sddl, words):
    before = running.configuration.read_text()
    assert words in fail(running, "configSDDL", subject, f"-sddl:{sddl}")
    assert running.configuration.read_text() == before


def test_C12_without_an_editor_it_says_what_to_do(running):
    error = fail(running, "configSDDL", "default", EDITOR="", VISUAL="")
    assert "-sddl" in error
    assert ROOT_DEFAULT in error
    assert "needs default or a resource URI" in fail(running, "configSDDL")
    assert "left with an error" in fail(running, "configSDDL", "default", EDITOR="false")


def test_C12_only_administrators_change_descriptors(running, alice):
    assert DENIED in fail(running, "configSDDL", "default", "-sddl:D:P(A;;GA;;;WD)", user=alice)
    assert DENIED in fail(running, "configSDDL", "wmicimv2", "-sddl:D:P(A;;GA;;;WD)", user=alice)
    shown = succeed(running, "configSDDL", "default", "-sddl:D:P(A;;GA;;;BA)(A;;GR;;;RM)", user=running.user)
    assert shown == "D:P(A;;GA;;;BA)(A;;GR;;;RM)\n"


def test_C13_a_descriptor_of_policy_is_in_use_and_locked(running, alice):
    policy = running.folder / "policy.d"
    policy.mkdir()
    (policy / "10.toml").write_text(
        f'[Service]\nRootSDDL = "D:P(A;;GA;;;BA)"\n[[Security]]\nUri = "{WMI}"\nSddl = "D:P(A;;GA;;;BA)"\n'
    )
    assert 'RootSDDL = D:P(A;;GA;;;BA) [Source="GPO"]' in succeed(running, "get", "winrm/config/service")
    assert "0x8033808A" in fail(running, "configSDDL", "default", "-sddl:D:P(A;;GA;;;WD)")
    assert "0x8033808A" in fail(running, "configSDDL", "wmi", "-sddl:D:P(A;;GA;;;WD)")
    deadline = time.monotonic() + 30
    while DENIED not in winrm(running, "get", SYSTEM, user=alice).stderr:
        assert time.monotonic() < deadline, "the policy did not come into use"
