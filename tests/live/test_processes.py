"""The process model under attack and under failure: who verifies, who serves, who dies, and what is left."""

import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pypsrp.shell
import pytest
from pypsrp.exceptions import WSManFaultError
from pypsrp.shell import Process, WinRS
from pypsrp.wsman import WSMan

from support.caller import Caller
from support.envelope import GET, IDENTIFY, Answer, Request
from support.raw_http import RawConnection, basic
from support.relay import Relay
from support.service import Service, status_field

GET_REQUEST = Request(GET).xml().encode()
CLEAR = {"Service": {"AllowUnencrypted": True}}


def credential(service: Service, password: str | None = None) -> tuple[str, str]:
    return basic(service.user.name, password or service.user.password)


def verifications(service: Service) -> int:
    return service.log.count(f"verified {service.user.name}")


def front_of(service: Service) -> int:
    (front,) = service.children_without_hosts
    return front


def wait_until(true, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()


@contextmanager
def ntlm_shell(service: Service, port: int | None = None):
    with WSMan(
        "127.0.0.1",
        port=port or service.http_port,
        ssl=False,
        auth="ntlm",
        username=service.user.name,
        password=service.user.password,
        no_proxy=True,
    ) as connection:
        yield connection


# -- passwords ----------------------------------------------------------------------------------------------


def test_A4_a_password_is_verified_once_for_its_connection(start_service):
    service = start_service(CLEAR)
    with RawConnection(service.http_port) as connection:
        for _ in range(50):
            assert connection.post(GET_REQUEST, (credential(service),)).status == 200
    assert verifications(service) == 1
    with RawConnection(service.http_port) as connection:
        assert connection.post(GET_REQUEST, (credential(service),)).status == 200
    assert verifications(service) == 2


def test_A4_another_password_is_verified_anew(start_service):
    service = start_service(CLEAR)
    with RawConnection(service.http_port) as connection:
        assert connection.post(GET_REQUEST, (credential(service),)).status == 200
        assert connection.post(GET_REQUEST, (credential(service, "wrong"),)).status == 401
        assert connection.post(GET_REQUEST).status == 401, "the header is needed on every request"
        assert connection.post(GET_REQUEST, (credential(service),)).status == 200
    assert verifications(service) == 2


def test_guessing_is_slowed_down_and_holds_up_nobody_else(start_service):
    service = start_service(CLEAR)
    stop = threading.Event()
    guesses = []

    def guess() -> None:
        while not stop.is_set():
            try:
                with RawConnection(service.http_port) as connection:
                    while not stop.is_set():
                        assert connection.post(b"", (credential(service, os.urandom(4).hex()),)).status == 401
                        guesses.append(1)
            except OSError:
                continue

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(4)
        with socket.create_connection(
            ("127.0.0.1", service.http_port), timeout=20, source_address=("127.0.0.2", 0)
        ) as other:
            connection = RawConnection.__new__(RawConnection)
            connection.socket, connection.buffer = other, b""
            began = time.monotonic()
            assert connection.post(GET_REQUEST, (credential(service),)).status == 200
            took = time.monotonic() - began
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert took < 3, "another address waits for the guesser"
    looked_at = service.log.count(f"refused {service.user.name} (Basic) from 127.0.0.1")
    assert 10 <= looked_at <= 60, "guesses are looked at a few per second"
    assert len(guesses) >= looked_at


# -- the network process ------------------------------------------------------------------------------------


def test_the_front_can_open_nothing_and_start_nothing(start_service):
    service = start_service()
    front = front_of(service)
    status = Path(f"/proc/{front}/status").read_text()
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
    limits = Path(f"/proc/{front}/limits").read_text()
    for name in ("Max core file size", "Max processes", "Max file size"):
        line = next(line for line in limits.splitlines() if line.startswith(name))
        assert line.removeprefix(name).split()[:2] == ["0", "0"], line
    if os.geteuid() == 0:
        assert list(Path(f"/proc/{front}/root").iterdir()) == []
        assert status_field(front, "Uid") != 0


def test_a_front_that_dies_is_replaced(start_service):
    service = start_service()
    os.kill(front_of(service), signal.SIGKILL)

    def answers() -> bool:
        try:
            return Caller(service).call(Request(GET)).status == 200
        except OSError:
            return False

    assert wait_until(answers, 15)


def test_without_the_broker_nothing_is_left(start_service):
    service = start_service()
    Caller(service).call(Request(GET))
    processes = service.processes()
    assert len(processes) == 3
    os.kill(service.process.pid, signal.SIGKILL)
    service.process.wait()
    assert wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes))
    service.start()


def test_running_out_of_descriptors_is_survived(start_service):
    service = start_service({"Service": {"AllowUnencrypted": True, "MaxConnections": 4000}})
    service.stop()
    service._as_account = lambda command: ["prlimit", "--nofile=64:64", *command]
    service.start()
    held = [socket.create_connection(("127.0.0.1", service.http_port)) for _ in range(200)]
    time.sleep(1)
    assert [thread for thread in busy_threads(front_of(service))] == [], "it waits for descriptors without spinning"
    for connection in held:
        connection.close()

    def answers() -> bool:
        try:
            with RawConnection(service.http_port, timeout=5) as connection:
                return connection.post(GET_REQUEST, (credential(service),)).status == 200
        except OSError:
            return False

    assert wait_until(answers, 20)


def busy_threads(pid: int) -> list[int]:
    """Threads that used more than half of the next second."""

    def ticks() -> dict[int, int]:
        found = {}
        for task in Path(f"/proc/{pid}/task").iterdir():
            fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
            found[int(task.name)] = int(fields[11]) + int(fields[12])
        return found

    before = ticks()
    time.sleep(1)
    after = ticks()
    return [thread for thread in after if after[thread] - before.get(thread, 0) > os.sysconf("SC_CLK_TCK") / 2]


# -- hosts --------------------------------------------------------------------------------------------------


def test_a_client_whose_host_dies_gets_a_fault(start_service):
    service = start_service()
    outcome = []
    with ntlm_shell(service) as connection, pytest.raises(WSManFaultError):
        with WinRS(connection) as shell:
            process = Process(shell, "sleep", ["600"])
            process.begin_invoke()

            def receive() -> None:
                try:
                    process.poll_invoke(timeout=30)
                except WSManFaultError as fault:
                    outcome.append(fault)

            waiting = threading.Thread(target=receive)
            waiting.start()
            time.sleep(1)
            (host,) = service.hosts()
            began = time.monotonic()
            os.kill(host, signal.SIGKILL)
            waiting.join(timeout=20)
            assert time.monotonic() - began < 5
            assert len(outcome) == 1 and outcome[0].code == 995
    assert Caller(service).call(Request(GET)).status == 200, "the next request has a new host"


def test_S5_nothing_a_host_started_outlives_it(start_service):
    service = start_service()
    mark = f"3{os.getpid()}77"
    with ntlm_shell(service) as connection, pytest.raises(WSManFaultError), WinRS(connection) as shell:
        process = Process(shell, f"(setsid sleep {mark} &) ; sleep {mark}")
        process.begin_invoke()
        assert wait_until(lambda: len(sleeping(mark)) == 2)
        (host,) = service.hosts()
        os.kill(host, signal.SIGKILL)
        assert wait_until(lambda: sleeping(mark) == [])


def test_S5_nothing_outlives_the_service(start_service):
    service = start_service()
    mark = f"4{os.getpid()}88"
    with ntlm_shell(service) as connection:
        shell = WinRS(connection)
        shell.open()
        process = Process(shell, f"(setsid sleep {mark} &) ; sleep {mark}")
        process.begin_invoke()
        assert wait_until(lambda: len(sleeping(mark)) == 2)
        assert service.stop() == 0
        assert wait_until(lambda: sleeping(mark) == [], 2)
    service.start()


def sleeping(mark: str) -> list[str]:
    return subprocess.run(["pgrep", "-f", f"^sleep {mark}"], capture_output=True, text=True, check=False).stdout.split()


def test_a_client_that_leaves_ends_its_operation(start_service):
    """With one operation allowed at a time, a long poll that nobody waits for any more would hold up the next."""
    service = start_service({"Service": {"MaxConcurrentOperationsPerUser": 1}})
    with Relay(service.http_port) as relay, ntlm_shell(service, relay.port) as connection:
        shell = WinRS(connection)
        shell.open()
        process = Process(shell, "sleep", ["600"])
        process.begin_invoke()
        threading.Thread(target=lambda: pytest.raises(Exception, process.poll_invoke, timeout=60)).start()
        time.sleep(1)
        assert Caller(service).call(Request(GET)).status == 500
        relay.cut()
        assert wait_until(lambda: Caller(service).call(Request(GET)).status == 200, 5)


# -- local clients ------------------------------------------------------------------------------------------


class LocalConnection(RawConnection):
    def __init__(self, service: Service):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(str(service.state_dir / "winrmd.sock"))
        self.buffer = b""


def test_a_local_client_needs_no_password(service):
    with LocalConnection(service) as connection:
        answer = connection.post(GET_REQUEST)
    assert answer.status == 200
    assert not Answer(answer.status, answer.body).is_fault


def test_Z8_a_local_client_is_served_as_its_own_account(service, as_root):
    request = (
        b"POST /wsman HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/soap+xml\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(GET_REQUEST), GET_REQUEST)
    )
    client = (
        "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        "s.sendall(sys.stdin.buffer.read()); print(s.recv(100).split()[1].decode())"
    )
    run = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", client]
        + [str(service.state_dir / "winrmd.sock")],
        input=request,
        capture_output=True,
        check=False,
    )
    assert run.stdout == b"200\n", run.stderr
    assert any(status_field(host, "Uid") == 65534 for host in service.hosts())


def test_an_unprivileged_service_serves_no_other_local_account(start_service, as_root):
    service = start_service(run_as="nobody")
    with LocalConnection(service) as connection:
        with pytest.raises(OSError):
            connection.post(GET_REQUEST)
    assert service.hosts() == []


# -- HTTP around SOAP ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path, status",
    [
        ("/wsman", 200),
        ("/wsman/", 200),
        ("/wsman?PSVersion=5.1.19041.1", 200),
        ("/wsman2", 404),
        ("/", 404),
        ("/wsman/../wsman", 404),
        ("/%77sman", 404),
        ("//wsman", 404),
        ("http://localhost/wsman", 200),
        ("http://localhost/wsman2", 404),
    ],
)
def test_P1_only_the_address_of_the_service_answers(clear_service, path, status):
    with RawConnection(clear_service.http_port) as connection:
        assert connection.post(GET_REQUEST, (credential(clear_service),), path).status == status


@pytest.mark.parametrize("content_type, status", [("text/html", 415), ("application/json", 415), ("", 400)])
def test_P1_only_soap_is_read(clear_service, content_type, status):
    header = f"Content-Type: {content_type}\r\n" if content_type else ""
    name, value = credential(clear_service)
    with RawConnection(clear_service.http_port) as connection:
        connection.send(
            f"POST /wsman HTTP/1.1\r\nHost: x\r\n{header}{name}: {value}\r\nContent-Length: {len(GET_REQUEST)}\r\n\r\n".encode()
            + GET_REQUEST
        )
        assert connection.read_answer().status == status


def test_P1_only_post_is_answered(clear_service):
    with RawConnection(clear_service.http_port) as connection:
        connection.send(b"GET /wsman HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = connection.read_answer()
    assert answer.status == 405 and answer.all("Allow") == ["POST"]


def test_P9_identify_without_a_credential_hides_the_version(service):
    with RawConnection(service.http_port) as connection:
        answer = connection.post(IDENTIFY.encode(), (("WSMANIDENTIFY", "unauthenticated"),))
        assert answer.status == 200 and b"OS: 0.0.0 SP: 0.0" in answer.body
        assert connection.post(IDENTIFY.encode(), path="/wsman-anon/identify").body == answer.body
        assert connection.post(GET_REQUEST, (("WSMANIDENTIFY", "unauthenticated"),)).status == 401
        assert connection.post(GET_REQUEST, path="/wsman-anon/identify").status == 401
        assert connection.post(IDENTIFY.encode()).status == 401


def test_P10_identify_with_a_credential_says_the_version(service):
    answer = Caller(service).post(IDENTIFY)
    assert answer.status_code == 200
    assert os.uname().release.split("-")[0] in answer.text


def test_A11_a_damaged_message_ends_its_connection(service):
    with ntlm_shell(service) as connection:
        transport = connection.transport
        transport.send(Request(GET).xml().encode())
        wrap = transport.encryption.wrap_message

        def damaged(message: bytes):
            content_type, body = wrap(message)
            index = len(body) // 2
            return content_type, body[:index] + bytes([body[index] ^ 1]) + body[index + 1 :]

        transport.encryption.wrap_message = damaged
        with pytest.raises(pypsrp.exceptions.WinRMTransportError) as refused:
            transport.send(Request(GET).xml().encode())
    assert refused.value.code == 400
    assert service.has_logged("dropped the connection of 127.0.0.1")
