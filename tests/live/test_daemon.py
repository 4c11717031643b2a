"""winrmd as an administrator meets it: start, stop, configuration check, users, its processes."""

import os
import resource
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support import shells
from support.caller import Caller
from support.envelope import GET, IDENTIFY, Request
from support.raw_http import RawConnection, post_bytes
from support.service import Service, binary, children_of, free_port

LOCAL_CONNECTIONS_PER_USER = 256  # src/base/limits.hpp


def listening_ports(pids: list[int]) -> set[int]:
    """TCP ports on which one of these processes listens."""
    inodes = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                inodes.add(os.readlink(descriptor))
            except OSError:
                continue
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports


def identify_as_soon_as_it_is_there(path: Path) -> bytes:
    while True:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(path))
            except OSError:
                continue
            body = IDENTIFY.encode()
            fields = ("Host: localhost", "Content-Type: application/soap+xml", f"Content-Length: {len(body)}")
            client.sendall("\r\n".join(["POST /wsman HTTP/1.1", *fields, "", ""]).encode() + body)
            return client.recv(4096)


def test_a_local_client_that_comes_before_the_service_is_ready_is_served(tmp_path):
    service = Service(tmp_path)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(identify_as_soon_as_it_is_there, service.state_dir / "winrmd.sock")
        service.start()
        try:
            assert answer.result(timeout=20).startswith(b"HTTP/1.1 200")
        finally:
            service.stop()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_ends_cleanly(start_service, stop):
    service = start_service()
    Caller(service).call(Request(GET))
    processes = service.processes()
    assert len(processes) >= 3
    service.process.send_signal(stop)
    assert service.process.wait(timeout=15) == 0
    time.sleep(0.2)
    assert [pid for pid in processes if Path(f"/proc/{pid}").exists()] == []


def test_every_listener_accepts_once_it_is_ready(start_service):
    service = start_service()
    for port in (service.http_port, service.https_port):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()


def test_L2_nothing_listens_without_a_listener(tmp_path):
    configuration = tmp_path / "winrm.toml"
    configuration.write_text(f'[Daemon]\nStateDir = "{tmp_path}/state"\nPamService = ""\nLocalPort = 0\n')
    process = subprocess.Popen(
        [binary("winrmd"), "--config", configuration], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"winrmd: ready\n"
        assert listening_ports([process.pid, *children_of(process.pid)]) == set()
    finally:
        process.terminate()
        process.communicate(timeout=15)


def test_L6_listeners_on_several_addresses_and_ports(tmp_path):
    ports = [free_port() for _ in range(3)]
    addresses = ["IP:127.0.0.1", "IP:127.0.0.2", "IP:::1"]
    if not ipv6():
        ports, addresses = ports[:2], addresses[:2]
    listeners = "".join(
        f'[[Listener]]\nAddress = "{address}"\nPort = {port}\nTransport = "HTTP"\n'
        for address, port in zip(addresses, ports)
    )
    configuration = tmp_path / "winrm.toml"
    configuration.write_text(listeners + f'[Daemon]\nStateDir = "{tmp_path}/state"\nPamService = ""\nLocalPort = 0\n')
    process = subprocess.Popen(
        [binary("winrmd"), "--config", configuration], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"winrmd: ready\n"
        for address, port in zip(addresses, ports):
            socket.create_connection((address.removeprefix("IP:"), port), timeout=2).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", ports[1]), timeout=2)
        assert listening_ports([process.pid, *children_of(process.pid)]) == set(ports)
    finally:
        process.terminate()
        process.communicate(timeout=15)


def ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def test_a_port_in_use_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        configuration = tmp_path / "winrm.toml"
        configuration.write_text(
            f'[[Listener]]\nAddress = "IP:127.0.0.1"\nPort = {port}\n[Daemon]\nStateDir = "{tmp_path}/state"\nPamService = ""\nLocalPort = 0\n'
        )
        run = subprocess.run(
            [binary("winrmd"), "--config", configuration], capture_output=True, text=True, timeout=20, check=False
        )
    assert run.returncode != 0
    assert str(port) in run.stderr and "ready" not in run.stdout


def test_a_second_one_leaves_the_first_alone(start_service):
    service = start_service()
    second = service.run_winrmd("--config", str(service.configuration), check=False)
    assert second.returncode == 1 and f"StateDir {service.state_dir}" in second.stderr
    assert shells.listed(service) == [], "the local socket is the first one's still"


def test_check_config(tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text("MaxEnvelopeSizekb = 500\n")
    bad.write_text("\nMaxEnvelopeSizekb = 1\n")
    check = [binary("winrmd"), "--check-config"]
    assert subprocess.run([*check, good], check=False).returncode == 0
    run = subprocess.run([*check, bad], capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "bad.toml:2: MaxEnvelopeSizekb" in run.stderr and "32 to" in run.stderr


def test_check_config_reads_the_files_that_are_named(start_service, tmp_path):
    made = start_service().state_dir / "tls"
    configuration = tmp_path / "winrm.toml"

    def check(text):
        configuration.write_text(text)
        run = subprocess.run(
            [binary("winrmd"), "--check-config", configuration], capture_output=True, text=True, check=False
        )
        return run.returncode, run.stderr

    listener = '[[Listener]]\nAddress = "*"\nTransport = "HTTPS"\nPort = 5999\nCertificateFile = "{}"\nKeyFile = "{}"\n'
    assert check(listener.format(made / "server.crt", made / "server.key")) == (0, "")
    status, message = check(listener.format(made / "server.crt", made / "server.crt"))
    assert status == 1 and "the listener at * port 5999" in message and "server.crt holds no PEM key" in message
    status, message = check(listener.format("/nowhere.crt", made / "server.key"))
    assert status == 1 and "/nowhere.crt" in message
    assert check(listener.format("/nowhere.crt", "/nowhere.key") + "Enabled = false\n") == (0, "")
    status, message = check('[Daemon]\nKeytabFile = "/nowhere.keytab"\n')
    assert status == 1 and "Daemon.KeytabFile: cannot read /nowhere.keytab" in message


def test_users_are_added_listed_and_removed_while_it_runs(start_service):
    service = start_service()
    added = service.add_user("later")
    assert Caller(service, added).call(Request(GET)).status == 200
    configuration = str(service.configuration)
    listed = service.run_winrmd("user", "list", "--config", configuration).stdout
    assert "later" in listed and added.password not in listed
    service.run_winrmd("user", "remove", "later", "--config", configuration)
    assert Caller(service, added).post("").status_code == 401
    assert service.run_winrmd("user", "remove", "later", "--config", configuration, check=False).returncode != 0


def test_secrets_are_kept_from_others(start_service):
    service = start_service()
    Caller(service).call(Request(GET))
    for file in service.state_dir.rglob("*"):
        mode = file.stat().st_mode
        if file.is_file() and (b"PRIVATE KEY" in file.read_bytes() or file.name == "users"):
            assert mode & 0o077 == 0, f"{file} is readable by others"
    assert service.user.password not in service.log
    for pid in service.processes():
        for what in ("cmdline", "environ"):
            assert service.user.password.encode() not in Path(f"/proc/{pid}/{what}").read_bytes()


def test_the_certificate_is_made_once(start_service):
    import ssl

    service = start_service()
    first = ssl.get_server_certificate(("127.0.0.1", service.https_port))
    service.stop()
    service.start()
    assert ssl.get_server_certificate(("127.0.0.1", service.https_port)) == first


def test_a_dead_host_takes_only_its_own_operations(start_service, as_root):
    service = start_service()
    other = service.add_user("other", account="nobody")
    Caller(service, other).call(Request(GET))
    (victim,) = service.hosts()
    assert Caller(service).call(Request(GET)).status == 200
    assert len(service.hosts()) == 2
    os.kill(victim, signal.SIGKILL)
    assert Caller(service).call(Request(GET)).status == 200
    assert Caller(service, other).call(Request(GET)).status == 200, "a new host is started"


def test_an_idle_host_ends(start_service):
    service = start_service({"Daemon": {"HostIdleSeconds": 1}})
    Caller(service).call(Request(GET))
    assert len(service.hosts()) == 1
    deadline = time.monotonic() + 15
    while service.hosts() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert service.hosts() == []
    assert Caller(service).call(Request(GET)).status == 200


def test_the_front_has_no_privileges(start_service, as_root):
    service = start_service()
    (front,) = service.children_without_hosts
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{front}/status").read_text().splitlines() if ":\t" in line
    )
    assert set(status["Uid"].split()) != {"0"} and "0" not in status["Uid"].split()
    assert int(status["CapEff"], 16) == 0 and int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"] == "1"


def local_connection(service: Service) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(20)
    client.connect(str(service.state_dir / "winrmd.sock"))
    return client


def status_of_identify(client: socket.socket) -> int | None:
    """None where the connection is closed without an answer."""
    try:
        client.sendall(post_bytes(IDENTIFY.encode()))
        answer = client.recv(4096)
    except ConnectionError:
        return None
    return int(answer.split()[1]) if answer else None


@pytest.fixture
def enough_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def answers_again(service: Service) -> bool:
    """Once connections that were closed here have ended there."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with local_connection(service) as client:
            if status_of_identify(client) == 200:
                return True
        time.sleep(0.1)
    return False


def test_a_user_of_the_machine_has_so_many_local_connections(start_service, enough_descriptors):
    service = start_service()
    clients = [local_connection(service) for _ in range(LOCAL_CONNECTIONS_PER_USER + 10)]
    try:
        statuses = [status_of_identify(client) for client in clients]
        assert statuses[:LOCAL_CONNECTIONS_PER_USER] == [200] * LOCAL_CONNECTIONS_PER_USER
        assert set(statuses[LOCAL_CONNECTIONS_PER_USER:]) <= {503, None}
        assert Caller(service).call(Request(GET)).status == 200, "the network is served"
    finally:
        for client in clients:
            client.close()
    assert answers_again(service)


def test_more_connections_than_descriptors_do_not_end_the_front(tmp_path, enough_descriptors):
    service = Service(tmp_path, open_files=1100).start()
    connections = []
    try:
        for i in range(1500):
            connections.append(RawConnection(service.http_port, source=f"127.0.0.{2 + i % 3}").socket)
        connections += [local_connection(service) for _ in range(100)]
        assert status_of_identify(connections[-1]) == 200, "there is room left for local clients"
        for connection in connections:
            connection.close()
        assert answers_again(service)
        assert service.children_without_hosts <= set(service.processes()), "the same front"
    finally:
        for connection in connections:
            connection.close()
        service.stop()


def test_an_idle_connection_does_not_stop_it_from_ending(start_service):
    service = start_service()
    with RawConnection(service.http_port):
        assert service.stop() == 0
    service.start()


def test_log_level_is_obeyed(start_service: "type[Service]"):
    service = start_service({"Daemon": {"LogLevel": "error"}})
    Caller(service).call(Request(GET))
    assert ": info: " not in service.log and ": debug: " not in service.log
