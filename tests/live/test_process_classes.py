"""Process classes of a running service: compared with ps, and tried on processes of the test's own."""

import os
import secrets
import subprocess
import time

import pytest

from support.caller import Caller
from support.cim import instance, instances, output_of, query


@pytest.fixture(scope="module")
def account():
    name = f"winrm-test-{secrets.token_hex(3)}"
    subprocess.run(["useradd", "--create-home", name], check=True)
    yield name
    # The service that other tests share may still have a host of this account.
    subprocess.run(["userdel", "--force", "--remove", name], check=True, capture_output=True)


@pytest.fixture
def stranger(as_root, service, account) -> Caller:
    """Logged on as an account that may not touch what root runs."""
    return Caller(service, service.add_user(f"user-of-{account}", account=account))


def create(caller: Caller, command: str) -> str:
    answer = instance(caller, "Win32_Process").invoke("Create", CommandLine=command)
    assert not answer.is_fault, answer.body
    properties = answer.properties()
    assert properties["ReturnValue"] == "0", answer.body
    return properties["ProcessId"]


def runs(pid: str) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False).stdout
    return bool(shown.strip()) and not shown.startswith("Z")


def wait_until_gone(pid: str) -> None:
    deadline = time.monotonic() + 10
    while runs(pid):
        assert time.monotonic() < deadline, f"process {pid} goes on"
        time.sleep(0.05)


def test_D3_a_process_is_created_and_terminated(caller):
    pid = create(caller, "exec sleep 321")
    assert output_of("ps", "-o", "args=", "-p", pid) == "sleep 321"
    (row,) = query(caller, f"SELECT Name, CommandLine FROM Win32_Process WHERE ProcessId={pid}")
    assert (row["Name"], row["CommandLine"]) == ("sleep", "sleep 321")
    process = instance(caller, "Win32_Process", Handle=pid)
    owner = process.invoke("GetOwner").properties()
    assert owner["User"] == output_of("ps", "-o", "user=", "-p", pid)
    assert process.result_of("SetPriority", Priority=16384) == 0
    assert output_of("ps", "-o", "nice=", "-p", pid) == "10"
    assert process.result_of("Terminate", Reason=0) == 0
    wait_until_gone(pid)
    assert process.invoke("Terminate", Reason=0).is_fault


def test_D3_wrong_arguments_are_told(caller):
    processes = instance(caller, "Win32_Process")
    assert processes.result_of("Create", CommandLine=" ") == 21
    assert processes.result_of("Create", CommandLine="/no/such/program") == 9
    assert processes.result_of("Create", CommandLine="sleep 1", CurrentDirectory="/no/such/folder") == 9
    assert instance(caller, "Win32_Process", Handle=os.getpid()).result_of("SetPriority", Priority=5) == 21


def test_D3_what_was_created_outlives_the_service(start_service):
    service = start_service()
    pid = create(Caller(service), "exec sleep 322")
    assert service.stop() == 0
    time.sleep(0.5)
    assert runs(pid)
    os.kill(int(pid), 9)
    service.start()


def test_D3_another_account_is_denied(caller, stranger):
    pid = create(caller, "exec sleep 323")
    process = instance(stranger, "Win32_Process", Handle=pid)
    assert process.result_of("Terminate", Reason=0) == 2
    assert process.result_of("SetPriority", Priority=64) == 2
    assert runs(pid)
    assert instance(caller, "Win32_Process", Handle=pid).result_of("Terminate", Reason=0) == 0


def test_D3_a_created_process_belongs_to_the_account(stranger, account):
    pid = create(stranger, "exec sleep 324")
    assert output_of("ps", "-o", "user:40=", "-p", pid) == account
    assert instance(stranger, "Win32_Process", Handle=pid).result_of("Terminate", Reason=0) == 0


def test_D1_threads_agree_with_ps(caller):
    theirs = output_of("ps", "-o", "lwp=", "-L", "-p", "1").split()
    ours = [row["Handle"] for row in query(caller, "SELECT Handle FROM Win32_Thread WHERE ProcessHandle='1'")]
    assert ours == theirs


def test_M4_the_parent_class_shows_processes(caller):
    handles = {row["Handle"] for row in instances(caller, "CIM_Process")}
    assert {"1", str(os.getpid())} <= handles


def test_D1_a_command_line_without_end_keeps_nobody_from_the_others(caller):
    with subprocess.Popen(["sh", "-c", "sleep 100", *["&" * 100_000] * 15]) as process:
        try:
            lines = {row["ProcessId"]: row["CommandLine"] for row in instances(caller, "Win32_Process")}
            assert lines[str(process.pid)].startswith("sh -c 'sleep 100' &&&&")
            assert lines[str(os.getpid())]
        finally:
            process.kill()
