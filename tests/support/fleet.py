"""Many hosts on one machine: a service on every loopback address, and hosts that hang, refuse or flood."""

import json
import re
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from support.service import SANITIZED, Service, binary, free_port

HANGING, REFUSING, FLOODING = 5, 5, 1
TROUBLE_SECONDS = 20 if SANITIZED else 6
COMMAND = '[ -z "$FLOOD" ] || exec yes; echo ready'


def many_shells(folder: Path) -> Service:
    """A service that one account may use from hundreds of clients at once."""
    settings = {
        "Winrs": {"MaxShellsPerUser": 1000},
        "Service": {"MaxConcurrentOperationsPerUser": 4000, "MaxConnections": 4000},
    }
    return Service(folder, settings, address="*").start()


def peak_kilobytes(pid: int) -> int:
    """The most memory the program has used so far. Its resource usage (wait4) would count what its parent had before
    the program was loaded; 0 when it has ended."""
    found = re.search(r"^VmHWM:\s*(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


@dataclass
class Run:
    """One winrs over a fleet: its records, when each arrived after the start, and what it cost."""

    status: int
    seconds: float
    megabytes: float
    records: dict[str, dict] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)

    def last_arrival(self, names: list[str]) -> float:
        return max(self.arrived[name] for name in names)


class Fleet:
    """An inventory of hosts, all of them this machine."""

    def __init__(self, service: Service, folder: Path):
        self.service = service
        self.inventory = folder / "fleet.toml"
        password = folder / "password"
        password.write_text(service.user.password)
        password.chmod(0o600)
        self.tables = [f'[defaults]\nusername = "{service.user.name}"\npasswordfile = "{password}"\nnoprofile = true\n']
        self.listeners: list[socket.socket] = []
        self.names: dict[str, list[str]] = {}

    def add_good(self, count: int) -> list[str]:
        return self._add("good", [self._url(f"127.0.{1 + i // 250}.{1 + i % 250}") for i in range(count)])

    def add_flooding(self, count: int) -> list[str]:
        urls = [self._url(f"127.0.9.{1 + i}") for i in range(count)]
        return self._add("flooding", urls, 'environment = "FLOOD=1"\n')

    def add_hanging(self, count: int) -> list[str]:
        """The kernel accepts the connection; nobody ever answers."""
        urls = []
        for _ in range(count):
            listener = socket.create_server(("127.0.0.1", 0), backlog=16)
            self.listeners.append(listener)
            urls.append(f"http://127.0.0.1:{listener.getsockname()[1]}")
        return self._add("hanging", urls)

    def add_refusing(self, count: int) -> list[str]:
        return self._add("refusing", [f"http://127.0.0.1:{free_port()}" for _ in range(count)])

    def _url(self, address: str) -> str:
        return f"http://{address}:{self.service.http_port}"

    def _add(self, kind: str, urls: list[str], more: str = "") -> list[str]:
        added = [f"{kind}{i:03}" for i in range(len(urls))]
        self.tables += [f'[host.{name}]\nremote = "{url}"\n{more}' for name, url in zip(added, urls, strict=True)]
        self.names[kind] = added
        return added

    def command(self, *words: str) -> list[str]:
        self.inventory.write_text("\n".join(self.tables))
        return [binary("winrs"), f"-inventory:{self.inventory}", *words]

    def run(self, *switches: str, command: str = COMMAND, patience: float = 60) -> Run:
        started = time.monotonic()
        words = self.command("-format:json", *switches, command)
        records, arrived = {}, {}
        peak = 0
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                record = json.loads(line)
                records[record["host"]] = record
                arrived[record["host"]] = time.monotonic() - started
                peak = max(peak, peak_kilobytes(process.pid))
        seconds = time.monotonic() - started
        assert seconds < patience
        assert peak > 0, "its memory was looked at"
        return Run(process.returncode, seconds, peak / 1024, records, arrived)

    def close(self) -> None:
        for listener in self.listeners:
            listener.close()


def last_good_arrival(service: Service, folder: Path, hosts: int, in_trouble: bool) -> float:
    fleet = Fleet(service, folder)
    try:
        # The same number of good hosts with and without the others: their times can be compared.
        good = fleet.add_good(hosts - HANGING - REFUSING - FLOODING)
        if in_trouble:
            fleet.add_hanging(HANGING)
            fleet.add_refusing(REFUSING)
            fleet.add_flooding(FLOODING)
        run = fleet.run(f"-hosttimeout:{TROUBLE_SECONDS}")
    finally:
        fleet.close()
    failed = [run.records[name] for name in good if run.records[name].get("exitCode") != 0]
    assert not failed, f"{len(failed)} good hosts failed: {failed[0]}"
    return run.last_arrival(good)


def quiet_and_troubled(service: Service, folder: Path, hosts: int) -> tuple[float, float]:
    """When the last good host of so many was done: without hosts in trouble and, right after, among them. A pair sees
    the same state of the machine."""
    return last_good_arrival(service, folder, hosts, False), last_good_arrival(service, folder, hosts, True)
