"""pypsrp: Negotiate with SPNEGO, and its WinRS processes."""

import hashlib
import time
import uuid
import xml.etree.ElementTree as ET

import pytest
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import SelectorSet, WSMan

from support.relay import Relay

LARGE_BYTES = 50 * 1000 * 1000


def connect(service, way, port=None, **options):
    auth, _, scheme = way.split()
    kerberos = auth == "kerberos"
    return WSMan(
        "localhost" if kerberos else "127.0.0.1",
        port=port or getattr(service, f"{scheme}_port"),
        ssl=scheme == "https",
        auth=auth,
        username=None if kerberos else service.user.name,
        password=None if kerberos else options.pop("password", service.user.password),
        cert_validation=False,
        no_proxy=True,
        **options,
    )


def open_shell(connection: WSMan, **options) -> WinRS:
    """Without the profile of whoever runs the tests, which may print, be slow, or not like to be interrupted."""
    return WinRS(connection, no_profile=True, **options)


@pytest.fixture(
    params=["basic over https", "negotiate over http", "negotiate over https", "ntlm over http", "kerberos over http"]
)
def wsman(request):
    if request.param.startswith("kerberos"):
        request.getfixturevalue("ticket")
        service = request.getfixturevalue("kerberos_service")
    else:
        service = request.getfixturevalue("service")
    with connect(service, request.param) as connection:
        yield connection


@pytest.fixture
def shell(service):
    """One way to log on is enough where the shell itself is tested."""
    with connect(service, "ntlm over http") as connection, open_shell(connection) as opened:
        yield opened


def test_A1_A11_S2_process(wsman):
    with open_shell(wsman) as shell:
        process = Process(shell, "echo out; echo err >&2; exit 42")
        process.invoke()
        process.signal(SignalCode.TERMINATE)
        assert (process.stdout, process.rc) == (b"out\n", 42)
        assert process.stderr.endswith(b"err\n"), "after what the account's profile may say"


def test_arguments_are_passed_on(shell):
    """As on Windows, command and arguments are one line for the account's shell."""
    process = Process(shell, "printf", ["'%s,'", "one", "two"])
    process.invoke()
    assert process.stdout == b"one,two,"


def test_no_shell_runs_the_program_itself(shell):
    process = Process(shell, "/usr/bin/printf", ["%s", "$HOME;echo"], no_shell=True)
    process.invoke()
    assert process.stdout == b"$HOME;echo"


def test_S1_options_of_the_shell(service):
    with connect(service, "ntlm over http") as connection:
        options = {"environment": {"COLOUR": "blue"}, "working_directory": "/var", "idle_time_out": 600}
        with open_shell(connection, codepage=65001, **options) as shell:
            process = Process(shell, 'echo "$COLOUR $PWD"')
            process.invoke()
            assert process.stdout == b"blue /var\n"


def test_S3_standard_input_and_its_end(shell):
    process = Process(shell, "cat; echo done")
    process.begin_invoke()
    process.send(b"first\n", end=False)
    process.send(b"second\n", end=True)
    process.end_invoke()
    assert (process.stdout, process.rc) == (b"first\nsecond\ndone\n", 0)


def test_S3_large_standard_input(shell):
    data = bytes(range(256)) * 8192
    process = Process(shell, "sha256sum")
    process.begin_invoke()
    for start in range(0, len(data), 65536):
        process.send(data[start : start + 65536], end=start + 65536 >= len(data))
    process.end_invoke()
    assert process.stdout.split()[0].decode() == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("signal", [SignalCode.CTRL_C, SignalCode.CTRL_BREAK, SignalCode.TERMINATE])
def test_S4_signal_reaches_the_whole_process_group(shell, signal):
    process = Process(shell, "sh -c 'echo $$; sleep 300' | cat")
    pid = begin_and_read_pid(process)
    started = time.monotonic()
    process.signal(signal)
    if signal != SignalCode.TERMINATE:
        process.end_invoke()
        assert process.rc != 0
    assert time.monotonic() - started < 10
    assert_gone(shell, pid)


def test_S4_terminate_ends_what_ignores_ctrl_c(shell):
    process = Process(shell, "trap '' INT QUIT TERM; (sleep 300 & echo $!); sleep 300")
    pid = begin_and_read_pid(process)
    process.signal(SignalCode.TERMINATE)
    assert_gone(shell, pid)


def begin_and_read_pid(process: Process) -> int:
    process.begin_invoke()
    while b"\n" not in process.stdout:
        process.poll_invoke()
    return int(process.stdout)


def assert_gone(shell: WinRS, pid: int) -> None:
    check = Process(shell, f"sleep 0.5; kill -0 {pid} 2>/dev/null")
    check.invoke()
    assert check.rc != 0, f"process {pid} is still there"


def test_S4_a_command_may_handle_ctrl_c(shell):
    process = Process(shell, "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.1; done")
    process.begin_invoke()
    while b"ready" not in process.stdout:
        process.poll_invoke()
    process.signal(SignalCode.CTRL_C)
    process.end_invoke()
    assert (process.stdout, process.rc) == (b"ready\ncaught\n", 5)


def test_S5_deleting_the_shell_ends_its_processes(service):
    with connect(service, "ntlm over http") as connection:
        with open_shell(connection) as shell:
            pid = begin_and_read_pid(Process(shell, "(setsid sleep 300 & echo $!); sleep 300"))
        with open_shell(connection) as shell:
            assert_gone(shell, pid)


def test_S6_several_shells_and_commands_at_once(service):
    with connect(service, "ntlm over http") as connection:
        with open_shell(connection) as first, open_shell(connection) as second:
            processes = [
                Process(shell, f"read word; echo {number} $word") for number, shell in enumerate([first, second, first])
            ]
            for process in processes:
                process.begin_invoke()
            for number, process in reversed(list(enumerate(processes))):
                process.send(f"word{number}\n".encode(), end=True)
            for process in processes:
                process.end_invoke()
            assert [process.stdout for process in processes] == [b"0 word0\n", b"1 word1\n", b"2 word2\n"]


def test_S2_fifty_megabytes_of_output(wsman):
    """Sealed where the way to log on seals."""
    command = f"head -c {LARGE_BYTES} /dev/zero | openssl enc -aes-128-ctr -nosalt -K {'0' * 32} -iv {'0' * 32}"
    with open_shell(wsman) as shell:
        expected = Process(shell, command + " | sha256sum")
        expected.invoke()
        digest, received = hashlib.sha256(), 0
        process = Process(shell, command)
        process.begin_invoke()
        while True:
            process.poll_invoke()
            digest.update(process.stdout)
            received += len(process.stdout)
            process.stdout = b""
            if process.state.endswith("Done"):
                break
    assert received == LARGE_BYTES
    assert digest.hexdigest() == expected.stdout.split()[0].decode()


def test_unicode_output_is_byte_exact(shell):
    process = Process(shell, "printf", ["%s", "'żółw ⛄ 漢字'"])
    process.invoke()
    assert process.stdout.decode() == "żółw ⛄ 漢字"


def test_A11_no_clear_text_on_the_wire(service):
    with Relay(service.http_port) as relay:
        with connect(service, "negotiate over http", port=relay.port) as connection, open_shell(connection) as shell:
            Process(shell, "echo from-the-shell").invoke()
    recorded = bytes(relay.recorded)
    assert b"multipart/encrypted" in recorded
    assert b"Envelope" not in recorded and b"from-the-shell" not in recorded


@pytest.mark.parametrize("way", ["basic over https", "negotiate over http", "ntlm over https"])
def test_wrong_password_is_refused(service, way):
    with pytest.raises(AuthenticationError), connect(service, way, password="wrong") as connection:
        open_shell(connection).open()


def test_S8_a_shell_outlives_its_client_and_another_one_takes_it_over(service):
    rsp = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
    shell_id = str(uuid.uuid4()).upper()
    selectors = SelectorSet()
    selectors.add_option("ShellId", shell_id)
    with connect(service, "ntlm over http") as first:
        shell = open_shell(first, id=shell_id)
        shell.open()
        process = Process(shell, "echo before; sleep 1; echo after")
        process.begin_invoke()
        first.disconnect(shell.resource_uri, ET.Element(f"{{{rsp}}}Disconnect"), selector_set=selectors)
        with pytest.raises(WSManFaultError) as refused:
            process.poll_invoke()
        assert refused.value.code == 0x803381DE
    with connect(service, "negotiate over https") as second:
        uri = shell.resource_uri
        second.connect(uri, ET.Element(f"{{{rsp}}}Connect"), selector_set=selectors)
        second.connect(uri, ET.Element(f"{{{rsp}}}Connect", CommandId=process.id), selector_set=selectors)
        taken = open_shell(second, id=shell_id)
        taken.opened, taken._selector_set = True, selectors
        found = Process(taken, "", id=process.id)
        found.end_invoke()
        assert (found.stdout, found.rc) == (b"before\nafter\n", 0)
        taken.close()


def test_Q15_after_a_quota_fault_the_connection_goes_on(start_service):
    service = start_service({"Winrs": {"MaxShellsPerUser": 1}})
    with connect(service, "ntlm over http") as connection:
        with open_shell(connection) as first:
            with pytest.raises(WSManFaultError) as refused:
                open_shell(connection).open()
            assert refused.value.code == 0x803381A5
            process = Process(first, "echo on")
            process.invoke()
            assert process.stdout == b"on\n"
        with open_shell(connection) as second:
            assert second.id != first.id
    assert service.log.count("verified tester") == 1, "all of it on one connection"
