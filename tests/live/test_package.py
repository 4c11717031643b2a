"""The Debian package on a machine of its own (a real systemd over a throw-away copy of this machine's files): it is
installed, upgraded, removed and purged with dpkg, and managed with the programs that it installed."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.service import binary
from support.systemd import booted_systemd

ROOT = Path(__file__).parents[2]
PACK = ROOT / "scripts/package"
OLDER, NEWER = "1.0", "1.1"
PASSWORD = "correct horse 7"
LISTENER = "winrm/config/listener?Address={}+Transport={}"
CERTIFICATE = "/etc/openwinrm/server.pem"
MAKE_CERTIFICATE = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
PYWINRM = """
import sys, winrm
url, transport, user, command = sys.argv[1:]
session = winrm.Session(url, auth=(user, sys.stdin.readline()), transport=transport, server_cert_validation="ignore")
answer = session.run_cmd(command)
print(answer.std_out.decode(), answer.std_err.decode())
sys.exit(answer.status_code)
"""
# What a purged package may leave: logs, caches, dpkg's own records, and systemd's notes on its clock.
MAY_CHANGE = re.compile(
    r"/var/(log|cache|tmp|lib/dpkg)(/|$)|/var/lib/systemd/(?!deb-systemd)"
    r"|/etc/(passwd|group|shadow|gshadow|subuid|subgid|machine-id|resolv\.conf)(-|\.lock)?$|/etc/\.pwd\.lock$"
)


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The package of the built programs in two versions."""
    if not shutil.which("dpkg-shlibdeps"):
        pytest.skip("needs the package dpkg-dev")
    folder = tmp_path_factory.mktemp("packages")
    for version in (OLDER, NEWER):
        made = subprocess.run(
            [PACK, "--version", version, "--bin", Path(binary("winrmd")).parent, "--output", folder],
            capture_output=True,
            text=True,
        )
        assert made.returncode == 0, made.stdout + made.stderr
    return {version: next(folder.glob(f"openwinrm_{version}_*.deb")) for version in (OLDER, NEWER)}


class Machine:
    def __init__(self, systemd, packages):
        self.systemd = systemd
        for version, package in packages.items():
            shutil.copy(package, systemd.root / f"run/openwinrm-{version}.deb")
        # A container's image forbids packages to start and stop services; a machine does not.
        (systemd.root / "usr/sbin/policy-rc.d").unlink(missing_ok=True)
        # Reading every manual page of this machine anew is slow, and not what is tested.
        self.succeed("debconf-set-selections", input="man-db man-db/auto-update boolean false\n")
        # A machine that has booted lets others than root log on.
        self.succeed("systemctl", "start", "systemd-user-sessions")

    def succeed(self, *command, input=None) -> str:
        done = self.systemd.run(*map(str, command), input=input)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}\n{self.log()}"
        return done.stdout + done.stderr

    def log(self) -> str:
        return self.systemd.run("journalctl", "--no-pager", "--lines=40", "--unit=winrmd").stdout

    def install(self, version) -> str:
        return self.succeed("dpkg", "--install", f"/run/openwinrm-{version}.deb")

    def winrm(self, *words) -> str:
        return self.succeed("winrm", *words)

    def create_listener(self, address, transport, port) -> None:
        certificate = ""
        if transport == "HTTPS":
            certificate = f';CertificateFile="{CERTIFICATE}"'
            self.succeed(*MAKE_CERTIFICATE, "-keyout", CERTIFICATE, "-out", CERTIFICATE)
        self.winrm("create", LISTENER.format(address, transport), f'@{{Port="{port}"{certificate}}}')

    def listeners(self) -> str:
        return self.winrm("enumerate", "winrm/config/listener")

    def setting(self, where, name) -> str:
        return re.search(rf"^ *{name} = (.*)$", self.winrm("get", where), re.MULTILINE)[1]

    def main_process(self) -> str:
        return self.succeed("systemctl", "show", "--property=MainPID", "--value", "winrmd").strip()

    def pywinrm(self, url, transport, user, command) -> str:
        """What a client that others wrote is answered."""
        return self.succeed(sys.executable, "-c", PYWINRM, url, transport, user, command, input=PASSWORD)

    def files(self) -> set[str]:
        found = self.succeed("find", "/etc", "/usr", "/var", "-xdev").splitlines()
        return {name for name in found if not MAY_CHANGE.match(name)}


@pytest.fixture
def machine(tmp_path, packages):
    with booted_systemd(tmp_path) as booted:
        yield Machine(booted, packages)


def test_L19_an_upgrade_keeps_listeners_and_settings(machine):
    machine.install(OLDER)
    machine.succeed("winrmd", "user", "add", "ops", "--password-stdin", "--as", "root", input=PASSWORD)

    # The service does not run: straight on the file.
    machine.create_listener("IP:127.0.0.1", "HTTP", 5991)
    machine.winrm("set", "winrm/config/service", '@{MaxConnections="77"}')
    # The service runs.
    machine.winrm("quickconfig", "-quiet")
    machine.create_listener("*", "HTTPS", 5992)
    machine.winrm("set", "winrm/config/winrs", '@{MaxShellsPerUser="7"}')
    before = machine.listeners()
    assert re.findall(r"Port = (\d+)", before) == ["5991", "5985", "5992"]
    process = machine.main_process()
    for version in (NEWER, OLDER):  # there, and back again
        said = machine.install(version)
        assert "nothing listens" not in said
        assert machine.main_process() not in (process, "0"), "the running service was not replaced"
        process = machine.main_process()
        assert machine.listeners() == before
        assert machine.setting("winrm/config/service", "MaxConnections") == "77"
        assert machine.setting("winrm/config/winrs", "MaxShellsPerUser") == "7"
        for url in ("http://127.0.0.1:5991/wsman", "http://127.0.0.1:5985/wsman", "https://127.0.0.1:5992/wsman"):
            assert "root" in machine.pywinrm(url, "ntlm", "ops", "whoami")
    assert machine.succeed("systemctl", "is-enabled", "winrmd").strip() == "enabled"


def test_L19_removing_keeps_the_configuration_and_purging_leaves_nothing(machine):
    before = machine.files()
    machine.install(OLDER)
    machine.create_listener("IP:127.0.0.1", "HTTP", 5991)
    machine.winrm("quickconfig", "-quiet")
    listeners = machine.listeners()

    machine.succeed("dpkg", "--remove", "openwinrm")
    assert machine.main_process() == "0"
    assert machine.systemd.run("which", "winrm", "winrmd").returncode != 0
    machine.install(NEWER)
    machine.succeed("systemctl", "start", "winrmd")
    assert machine.listeners() == listeners

    machine.succeed("dpkg", "--purge", "openwinrm")
    assert machine.files() - before == set()
    assert before - machine.files() <= {"/etc/openwinrm", "/var/lib/openwinrm"}, "they may have been there before"


def test_installing_opens_nothing_until_quickconfig(machine):
    said = machine.install(OLDER)
    assert "winrm quickconfig" in said
    assert machine.systemd.run("systemctl", "is-enabled", "winrmd").stdout.strip() == "disabled"
    assert machine.main_process() == "0"
    machine.succeed("systemctl", "start", "winrmd")
    assert machine.succeed("systemctl", "is-active", "winrmd").strip() == "active"
    listening = machine.succeed("ss", "-Hltn")
    assert not [line for line in listening.splitlines() if not re.search(r"(127\.0\.0\.1|\[::1\]):47001\b", line)]


def test_an_account_of_the_machine_logs_on_through_pam(machine):
    """With the installed PAM service file, and the group that the package made."""
    machine.install(OLDER)
    machine.winrm("quickconfig", "-quiet")
    machine.create_listener("*", "HTTPS", 5986)
    machine.winrm("set", "winrm/config/service/auth", '@{Basic="true"}')
    machine.succeed("useradd", "--create-home", "--groups", "winrm", "winrm-test-alice")
    machine.succeed("chpasswd", input=f"winrm-test-alice:{PASSWORD}\n")
    assert "winrm-test-alice" in machine.pywinrm("https://127.0.0.1:5986/wsman", "basic", "winrm-test-alice", "whoami")


def test_the_network_process_runs_as_the_account_that_the_package_made(machine):
    machine.install(OLDER)
    machine.winrm("quickconfig", "-quiet")
    deadline = time.monotonic() + 20
    accounts = ""
    while "_winrm" not in accounts and time.monotonic() < deadline:
        time.sleep(0.2)
        accounts = machine.succeed("ps", "-o", "user:20=", "--ppid", machine.main_process())
    assert "_winrm" in accounts.split(), machine.log()


def test_an_upgrade_from_a_remote_shell_comes_to_its_end(machine):
    """A restart would end that shell, and dpkg in the middle of its work."""
    machine.install(OLDER)
    machine.succeed("winrmd", "user", "add", "ops", "--password-stdin", "--as", "root", input=PASSWORD)
    machine.winrm("quickconfig", "-quiet")
    (machine.systemd.root / "run/password").write_text(PASSWORD)
    remote = ["winrs", "-r:http://127.0.0.1:5985", "-u:ops", "-passwordfile:/run/password", "-noprofile"]
    process = machine.main_process()

    said = machine.succeed(*remote, f"dpkg --install /run/openwinrm-{NEWER}.deb")
    assert "systemctl restart winrmd" in said
    assert machine.main_process() == process
    assert f"Version: {NEWER}" in machine.succeed("dpkg", "--status", "openwinrm")
    assert "install ok installed" in machine.succeed("dpkg", "--status", "openwinrm")

    refused = machine.systemd.run(*remote, "dpkg --remove openwinrm")
    assert refused.returncode != 0
    assert "remove the package from another session" in refused.stdout + refused.stderr
    assert machine.succeed(*remote, "echo still here").strip() == "still here"


def test_lintian_finds_nothing_wrong(packages):
    if not shutil.which("lintian"):
        pytest.skip("needs the package lintian")
    found = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", packages[OLDER]], capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_file_of_the_tree_that_is_meant_for_users_is_in_the_package(packages):
    listed = subprocess.run(["dpkg-deb", "--contents", packages[OLDER]], capture_output=True, text=True).stdout
    installed = {Path(line.split()[5]).name.removesuffix(".gz") for line in listed.splitlines()}
    pages = {page.name for page in (ROOT / "docs/man").iterdir()}
    completions = {file.name.removesuffix(".bash") for file in (ROOT / "packaging/completions").iterdir()}
    assert pages and pages <= installed
    assert completions and completions <= installed


def test_every_page_is_formatted_without_a_warning(packages, tmp_path):
    if not shutil.which("man"):
        pytest.skip("needs the package man-db")
    subprocess.run(["dpkg-deb", "--extract", packages[OLDER], tmp_path], check=True)
    pages = sorted(tmp_path.glob("usr/share/man/man*/*"))
    assert pages
    for page in pages:
        shown = subprocess.run(
            ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", page],
            capture_output=True,
            text=True,
            env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"},
        )
        assert shown.returncode == 0 and not shown.stderr, f"{page.name}: {shown.stderr}"
