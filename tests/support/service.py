"""Starts winrmd for a test, in a folder of its own, on free loopback ports."""

import getpass
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

READY = "winrmd: ready"
START_SECONDS = 20
STOP_SECONDS = 20
# A sanitizer makes each password check and each request several times slower; what it looks for shows in fewer.
SANITIZED = "asan" in os.environ.get("WINRM_BIN", "")


def binary(name: str) -> str:
    folder = Path(os.environ.get("WINRM_BIN", Path(__file__).parents[2] / "build/release/bin"))
    return str(folder / name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class User:
    name: str
    password: str
    account: str


class Service:
    """One running winrmd with an HTTP and an HTTPS listener and one user, mapped to the account of the test."""

    def __init__(
        self,
        folder: Path,
        settings: dict | None = None,
        run_as: str | None = None,
        environment: dict | None = None,
        address: str = "IP:127.0.0.1",
        open_files: int | None = None,
    ):
        self.folder = folder
        self.run_as = run_as
        self.environment = environment or {}
        self.address = address
        self.open_files = open_files
        self.http_port, self.https_port = free_port(), free_port()
        self.process: subprocess.Popen | None = None
        self.children_without_hosts: set[int] = set()
        self._write_configuration(settings or {})
        self.user = self.add_user("tester")

    # -- configuration -------------------------------------------------------------------------------------

    @property
    def configuration(self) -> Path:
        return self.folder / "winrm.toml"

    @property
    def state_dir(self) -> Path:
        return self.folder / "state"

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/wsman"

    @property
    def https_url(self) -> str:
        return f"https://127.0.0.1:{self.https_port}/wsman"

    def _write_configuration(self, settings: dict) -> None:
        tables = {
            "Service.Auth": {"Basic": True},
            "Daemon": {"StateDir": str(self.state_dir), "PamService": "", "LocalPort": 0},
        }
        for table, values in settings.items():
            tables.setdefault(table, {}).update(values)
        lines = [f"{name} = {toml(value)}" for name, value in tables.pop("", {}).items()]
        for table, values in tables.items():
            lines += [f"[{table}]"] + [f"{name} = {toml(value)}" for name, value in values.items()]
        for transport, port in (("HTTP", self.http_port), ("HTTPS", self.https_port)):
            lines += ["[[Listener]]", f'Address = "{self.address}"', f'Transport = "{transport}"', f"Port = {port}"]
        self.configuration.write_text("\n".join(lines) + "\n")
        if self.run_as:
            shutil.chown(self.folder, self.run_as)
            shutil.chown(self.configuration, self.run_as)

    # -- users ---------------------------------------------------------------------------------------------

    def add_user(self, name: str, account: str | None = None, password: str | None = None) -> User:
        user = User(name, password or secrets.token_urlsafe(12), account or self.run_as or getpass.getuser())
        command = ["user", "add", name, "--password-stdin", "--config", str(self.configuration), "--as", user.account]
        self.run_winrmd(*command, input=user.password + "\n")
        return user

    def run_winrmd(self, *arguments: str, input: str = "", check: bool = True) -> subprocess.CompletedProcess:
        command = self._as_account([binary("winrmd"), *arguments])
        run = subprocess.run(command, input=input, capture_output=True, text=True, timeout=60, check=False)
        assert not check or run.returncode == 0, run.stderr
        return run

    def _as_account(self, command: list[str]) -> list[str]:
        if not self.run_as:
            return command
        group = pwd.getpwnam(self.run_as).pw_gid
        return ["setpriv", f"--reuid={self.run_as}", f"--regid={group}", "--init-groups", *command]

    # -- the process ---------------------------------------------------------------------------------------

    def start(self) -> "Service":
        self.log_file = open(self.folder / "log", "ab")
        limited = ["prlimit", f"--nofile={self.open_files}:{self.open_files}"] if self.open_files else []
        self.process = subprocess.Popen(
            self._as_account([*limited, binary("winrmd"), "--config", str(self.configuration)]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log_file,
            text=True,
            env={**os.environ, **self.environment},
        )
        deadline = time.monotonic() + START_SECONDS
        os.set_blocking(self.process.stdout.fileno(), False)
        line = ""
        while READY not in line:
            assert self.process.poll() is None, f"winrmd ended with {self.process.returncode}:\n{self.log}"
            assert time.monotonic() < deadline, f"winrmd was not ready in {START_SECONDS} s:\n{self.log}"
            line += self.process.stdout.readline() or ""
            time.sleep(0.02)
        self.children_without_hosts = set(children_of(self.process.pid))
        return self

    def stop(self) -> int:
        """Asks it to end and returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()
            self.log_file.close()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def has_logged(self, text: str, seconds: float = 5) -> bool:
        """The log is written by another process than the one that answers, and may come after the answer."""
        deadline = time.monotonic() + seconds
        while text not in self.log:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def processes(self) -> list[int]:
        """The broker, the front and the hosts, without what runs in shells."""
        return [self.process.pid, *children_of(self.process.pid)]

    def hosts(self) -> list[int]:
        """Hosts are started by the broker after a log-on; the front was there before."""
        return [pid for pid in children_of(self.process.pid) if pid not in self.children_without_hosts]

    def resident_kilobytes(self) -> int:
        return sum(status_field(pid, "VmRSS") for pid in self.processes())


def toml(value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def children_of(parent: int) -> list[int]:
    """Living child processes of the same program."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            name, rest = (entry / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        state, ppid = rest.split()[:2]
        if int(ppid) == parent and (name == "exe" or name.startswith("winrmd")) and state != "Z":
            found.append(int(entry.name))
    return found


def status_field(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name + ":")), 0)
