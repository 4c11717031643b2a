"""Measures the running service beside nginx that answers the same bytes, and prints tables. Run it as scripts/bench."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / "build/release/bin"
sys.path.insert(0, str(ROOT / "tests"))
os.environ.setdefault("WINRM_BIN", str(BIN))

from support.caller import Caller  # noqa: E402
from support.envelope import ENUMERATE, GET, IDENTIFY, OPERATING_SYSTEM, PROCESS, Request  # noqa: E402
from support.kdc import Realm  # noqa: E402
from support.service import Service, free_port  # noqa: E402

CONNECTIONS = (1, 8, 64)
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
SHELL_BYTES = 500_000_000
TICKS = os.sysconf("SC_CLK_TCK")

OPERATIONS = {
    "Identify": IDENTIFY,
    "Get": Request(GET, OPERATING_SYSTEM).xml(),
    "Enumerate": Request(
        ENUMERATE,
        PROCESS.replace("Win32_Process", "*"),
        # All in one answer: what is left over would count as an open enumeration of the account.
        body="<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements>"
        '<w:Filter Dialect="http://schemas.microsoft.com/wbem/wsman/1/WQL">SELECT Handle, Name, ParentProcessId, '
        "WorkingSetSize FROM Win32_Process</w:Filter></n:Enumerate>",
    ).xml(),
}


@dataclass(frozen=True)
class Measured:
    rate: float
    cpu_microseconds: float
    p50: int
    p90: int
    p99: int


def cpu_seconds(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def measure(url: str, body: Path, connections: int, pids, *more: str) -> Measured:
    command = [BIN / "service_load", f"url={url}", f"body={body}", f"connections={connections}", f"seconds={SECONDS}"]
    with subprocess.Popen([*command, *more], stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        before = cpu_seconds(pids())
        shown = process.stdout.readline()
        after = cpu_seconds(pids())
    if process.returncode != 0:
        raise SystemExit(f"the load generator failed for {url}")
    result = json.loads(shown)
    requests = max(result["requests"], 1)
    return Measured(
        result["requests"] / result["seconds"],
        (after - before) / requests * 1e6,
        result["p50"],
        result["p90"],
        result["p99"],
    )


class Nginx:
    """The bound: the same bytes from files in the page cache, through the same generator."""

    def __init__(self, folder: Path, answers: dict[str, bytes], certificate: Path, key: Path):
        self.http_port, self.https_port = free_port(), free_port()
        for name, answer in answers.items():
            (folder / name).write_bytes(answer)
        configuration = folder / "nginx.conf"
        configuration.write_text(f"""daemon off; pid {folder}/nginx.pid; error_log /dev/null; worker_processes auto;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000; tcp_nodelay on; open_file_cache max=100;
  default_type "application/soap+xml;charset=UTF-8";
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{self.http_port}; listen 127.0.0.1:{self.https_port} ssl;
    ssl_certificate {certificate}; ssl_certificate_key {key}; root {folder};
    error_page 405 =200 $uri;
  }}
}}
""")
        self.process = subprocess.Popen([find_nginx(), "-c", configuration], stderr=subprocess.DEVNULL)
        time.sleep(1)
        self.pids = [self.process.pid, *workers_of(self.process.pid)]

    def url(self, transport: str, operation: str) -> str:
        port = self.https_port if transport == "https" else self.http_port
        return f"{transport}://127.0.0.1:{port}/{operation}"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def find_nginx() -> str:
    return shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")


def workers_of(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in listed.stdout.split()]


def print_operations(service: Service, nginx: Nginx, bodies: dict[str, Path], login: list[str]) -> None:
    ways = {
        "HTTP sealed, NTLM": (service.http_url, "http", [*login, "auth=ntlm"]),
        "HTTP sealed, Kerberos": (service.http_url, "http", ["auth=kerberos"]),
        "HTTP plain": (service.http_url, "http", [*login, "auth=basic"]),
        "HTTPS": (service.https_url, "https", [*login, "auth=basic"]),
    }
    print(
        "| operation | transport | connections | requests/s | CPU µs/request | p50 µs | p90 µs | p99 µs "
        "| nginx requests/s | nginx CPU µs | of nginx |"
    )
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    bounds: dict[tuple, Measured] = {}
    for operation, body in bodies.items():
        for way, (url, transport, more) in ways.items():
            for connections in CONNECTIONS:
                ours = measure(url, body, connections, service.processes, *more)
                key = (operation, transport, connections)
                if key not in bounds:
                    bounds[key] = measure(nginx.url(transport, operation), body, connections, lambda: nginx.pids)
                bound = bounds[key]
                print(
                    f"| {operation} | {way} | {connections} | {ours.rate:,.0f} | {ours.cpu_microseconds:.1f} | {ours.p50} "
                    f"| {ours.p90} | {ours.p99} | {bound.rate:,.0f} | {bound.cpu_microseconds:.1f} "
                    f"| {ours.rate / bound.rate:.0%} |",
                    flush=True,
                )


def print_shell_output(service: Service, password_file: Path) -> None:
    print("\n| shell output | MB/s | CPU s/GB in the service |\n| --- | ---: | ---: |")
    login = [f"-u:{service.user.name}", f"-passwordfile:{password_file}"]
    for way, url, log_on in (
        ("HTTP sealed, NTLM", f"http://127.0.0.1:{service.http_port}", login),
        ("HTTP sealed, Kerberos", f"http://localhost:{service.http_port}", ["-a:Kerberos"]),
        ("HTTP plain", f"http://127.0.0.1:{service.http_port}", [*login, "-a:Basic", "-unencrypted"]),
        ("HTTPS", f"https://127.0.0.1:{service.https_port}", [*login, "-skipCAcheck", "-skipCNcheck"]),
    ):
        command = [str(BIN / "winrs"), f"-r:{url}", *log_on, f"head -c {SHELL_BYTES} /dev/zero"]
        before, started = cpu_seconds(service.processes()), time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            received = 0
            while data := process.stdout.read(1 << 20):
                received += len(data)
        seconds, cpu = time.monotonic() - started, cpu_seconds(service.processes()) - before
        if received != SHELL_BYTES:
            raise SystemExit(f"winrs delivered {received} bytes instead of {SHELL_BYTES}")
        print(f"| {way} | {received / seconds / 1e6:.0f} | {cpu / received * 1e9:.1f} |", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="winrm-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        realm = Realm(make_folder(folder / "realm"))
        settings = {"Service": {"AllowUnencrypted": True}, "Daemon": {"KeytabFile": str(realm.keytab)}}
        service = Service(folder, settings, environment=realm.service_environment).start()
        try:
            realm.log_on(service.user.name, realm.add_user(service.user.name))
            os.environ.update(realm.client_environment)
            password_file = folder / "password"
            password_file.write_text(service.user.password)
            password_file.chmod(0o600)
            bodies, answers = {}, {}
            caller = Caller(service)
            for operation, xml in OPERATIONS.items():
                bodies[operation] = folder / f"{operation}.xml"
                bodies[operation].write_text(xml)
                answers[operation] = caller.post(xml).content
            print(
                f"{os.cpu_count()} cores, generator on the same machine, {SECONDS} s for each line; answers of "
                + ", ".join(f"{len(answer)} bytes ({operation})" for operation, answer in answers.items())
                + "\n"
            )
            www = make_folder(folder / "www")
            tls = service.state_dir / "tls"
            nginx = Nginx(www, answers, tls / "server.crt", tls / "server.key")
            try:
                login = [f"user={service.user.name}", f"password-file={password_file}"]
                print_operations(service, nginx, bodies, login)
            finally:
                nginx.stop()
            client = folder / "client.toml"
            client.write_text("[Client]\nAllowUnencrypted = true\n")
            os.environ["WINRM_CONFIG"] = str(client)
            print_shell_output(service, password_file)
        finally:
            service.stop()
            realm.stop()


def make_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
