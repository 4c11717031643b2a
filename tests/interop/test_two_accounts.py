"""Started as root: each operation runs as the account that logged on."""

import os
import secrets
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from pypsrp.shell import Process, WinRS
from pypsrp.wsman import SelectorSet

from support.caller import Caller
from support.envelope import PROCESS
from support.ntlm import connect_by_ntlm
from support.service import User, children_of

PAM_FILE = Path("/etc/pam.d/openwinrm-test")


@pytest.fixture(scope="module")
def accounts():
    names = [f"winrm-test-{letter}-{secrets.token_hex(2)}" for letter in "ab"]
    try:
        for name in names:
            subprocess.run(["useradd", "--create-home", "--shell", "/bin/sh", name], check=True)
        yield names
    finally:
        for name in names:
            # The service that all modules share still has its processes.
            subprocess.run(["userdel", "--force", "--remove", name], check=False, capture_output=True)


@pytest.fixture
def users(as_root, service, accounts) -> list[User]:
    return [service.add_user(f"user-of-{account}", account=account) for account in accounts]


def run(service, user: User, command: str) -> str:
    with connect_by_ntlm(service, user) as connection, WinRS(connection, no_profile=True) as shell:
        process = Process(shell, command)
        process.invoke()
        assert process.rc == 0, process.stderr
        return process.stdout.decode().strip()


def test_Z8_two_accounts_at_once(service, users):
    with ThreadPoolExecutor() as pool:
        names = list(pool.map(lambda user: run(service, user, "sleep 1; id -un"), users))
    assert names == [user.account for user in users]


def test_Z8_identity_is_complete(service, users):
    user = users[0]
    shown = run(service, user, 'id -u; id -gn; id -Gn; echo "$HOME $USER $SHELL"; pwd; touch mark; stat -c %U mark')
    expected = run_locally(user.account)
    assert shown.splitlines() == expected


def run_locally(account: str) -> list[str]:
    def show(*arguments: str) -> str:
        return subprocess.run(["id", *arguments, account], check=True, capture_output=True, text=True).stdout.strip()

    home = f"/home/{account}"
    return [show("-u"), show("-gn"), show("-Gn"), f"{home} {account} /bin/sh", home, account]


def test_one_account_cannot_use_the_shell_of_another(service, users):
    first, second = users
    with connect_by_ntlm(service, first) as owner, WinRS(owner, no_profile=True) as shell:
        with connect_by_ntlm(service, second) as other:
            stolen = WinRS(other, id=shell.id)
            stolen.opened = True
            stolen._selector_set = shell._selector_set
            with pytest.raises(Exception) as refused:
                Process(stolen, "id").invoke()
            assert getattr(refused.value, "code", None) == 2150858843, refused.value
            stolen.opened = False


def test_management_data_is_read_as_the_account(service, users):
    """A process of one account shows its command line, and its environment stays with its owner."""
    items = Caller(service, users[0]).enumerate(PROCESS, "<w:OptimizeEnumeration/><w:MaxElements>1000</w:MaxElements>")
    assert len(items) > 3


def test_A1_system_account_through_pam(start_service, as_root, accounts):
    password = secrets.token_urlsafe(12)
    subprocess.run(["chpasswd"], input=f"{accounts[0]}:{password}", text=True, check=True)
    PAM_FILE.write_text(
        "auth include common-auth\naccount include common-account\nsession include common-session-noninteractive\n"
    )
    try:
        service = start_service({"Daemon": {"PamService": PAM_FILE.name}})
        good = Caller(service, User(accounts[0], password, accounts[0]))
        assert good.post("").status_code == 200
        bad = Caller(service, User(accounts[0], password + "x", accounts[0]))
        assert bad.post("").status_code == 401
    finally:
        PAM_FILE.unlink()


@pytest.fixture
def pam_service(as_root):
    """The name of a PAM service that goes by the accounts of this machine."""
    PAM_FILE.write_text(
        "auth include common-auth\n"
        "account include common-account\n"
        "session include common-session-noninteractive\n"
    )
    yield PAM_FILE.name
    PAM_FILE.unlink()


@pytest.fixture
def group(accounts):
    """One that the first account is in."""
    name = f"winrm-test-{secrets.token_hex(2)}"
    subprocess.run(["groupadd", name], check=True)
    subprocess.run(["usermod", "--append", "--groups", name, accounts[0]], check=True)
    yield name
    subprocess.run(["groupdel", name], check=True)


def test_a_group_that_was_taken_away_is_gone_at_the_next_log_on(service, users, group):
    user = users[0]
    with connect_by_ntlm(service, user) as connection, WinRS(connection, no_profile=True) as shell:
        subprocess.run(["gpasswd", "--delete", user.account, group], check=True)
        assert group not in run(service, user, "id -Gn").split()
        process = Process(shell, "id -Gn")
        process.invoke()
        assert group in process.stdout.decode().split(), "a process keeps the groups that it has"
        selectors = SelectorSet()
        selectors.add_option("ShellId", shell.id)
        with connect_by_ntlm(service, user) as later, pytest.raises(WSManFaultError) as refused:
            later.get(shell.resource_uri, None, selector_set=selectors)
        assert refused.value.code == 0x8033805B


def test_a_disabled_account_logs_on_no_more(start_service, pam_service, accounts):
    """Its users file entry still holds, and its host still runs."""
    service = start_service({"Daemon": {"PamService": pam_service}})
    account = accounts[0]
    user = service.add_user("employee", account=account)
    with connect_by_ntlm(service, user) as connection, WinRS(connection, no_profile=True):
        assert Caller(service, user).post("").status_code == 200
        subprocess.run(["usermod", "--expiredate", "1970-01-02", account], check=True)
        try:
            assert Caller(service, user).post("").status_code == 401
            with pytest.raises(AuthenticationError):
                run(service, user, "true")
            assert service.hosts(), "it was not for want of a host"
            assert service.has_logged(f"refused employee (Negotiate) from 127.0.0.1: PAM service '{pam_service}'")
        finally:
            subprocess.run(["usermod", "--expiredate", "", account], check=True)
    assert run(service, user, "echo back") == "back"


def test_a_stopped_process_dies_with_the_one_that_holds_its_session(start_service, pam_service, accounts, group):
    """Otherwise an account could keep as many as it likes, and nobody else would get one."""
    service = start_service({"Daemon": {"PamService": pam_service}})
    user = service.add_user("hoarder", account=accounts[0])
    run(service, user, "true")
    (launcher,) = service.hosts()
    (host,) = children_of(launcher)
    # Another one of the account: the service kills what is left over of accounts that have none.
    subprocess.run(["gpasswd", "--delete", accounts[0], group], check=True)
    run(service, user, "true")
    assert len(service.hosts()) == 2
    os.kill(host, signal.SIGSTOP)
    os.kill(launcher, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{host}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert run(service, user, "echo served") == "served"


def test_Q2_accounts_with_shells_at_the_same_time_are_limited(as_root, start_service, accounts):
    service = start_service({"Winrs": {"MaxConcurrentUsers": 1}})
    first, second = (service.add_user(f"user-of-{account}", account=account) for account in accounts)
    with connect_by_ntlm(service, first) as connection, WinRS(connection, no_profile=True):
        with pytest.raises(WSManFaultError) as refused:
            run(service, second, "true")
        assert refused.value.code == 0x803381AB
        assert run(service, first, "echo another shell") == "another shell"
    assert run(service, second, "echo now") == "now"


def test_Z9_shells_of_another_account_are_not_there(service, users):
    owner, other = users
    with connect_by_ntlm(service, owner) as connection, WinRS(connection, no_profile=True) as shell:
        uri, selectors = shell.resource_uri, SelectorSet()
        selectors.add_option("ShellId", shell.id)
        with connect_by_ntlm(service, other) as stranger:
            for operation in (stranger.get, stranger.delete, stranger.reconnect, stranger.connect):
                with pytest.raises(WSManFaultError) as refused:
                    operation(uri, None, selector_set=selectors)
                assert refused.value.code == 0x8033805B, operation.__name__
        connection.get(uri, selector_set=selectors)
