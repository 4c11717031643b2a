"""What the classes say, compared with what independent tools say."""

import platform
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from support.envelope import CIMV2, GET, OPERATING_SYSTEM, PROCESS, Request, properties_of

ALL = "<w:OptimizeEnumeration/><w:MaxElements>500</w:MaxElements>"


def shown_by(command: str) -> str:
    return subprocess.run(shlex.split(command), check=True, capture_output=True, text=True).stdout


def enumerate_class(caller, name: str) -> list[dict]:
    return [properties_of(item) for item in caller.enumerate(CIMV2 + name, ALL)]


@pytest.fixture
def operating_system(caller):
    return caller.call(Request(GET, OPERATING_SYSTEM)).properties()


def test_operating_system_against_os_release_and_uname(operating_system):
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    assert shlex.split(release["PRETTY_NAME"])[0] in operating_system["Caption"]
    uname = platform.uname()
    assert uname.release in operating_system.values()
    assert operating_system["CSName"].lower() == socket.gethostname().split(".")[0].lower()
    assert "64" in operating_system["OSArchitecture"]


def test_memory_against_proc(operating_system):
    total = next(
        int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")
    )
    assert int(operating_system["TotalVisibleMemorySize"]) == total
    assert 0 < int(operating_system["FreePhysicalMemory"]) <= total


def test_boot_time_against_uptime(operating_system):
    from datetime import datetime, timezone

    boot = datetime.fromisoformat(operating_system["LastBootUpTime"])
    seconds = (datetime.now(timezone.utc) - boot).total_seconds()
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    assert abs(seconds - uptime) < 60


def test_process_list_against_ps(caller):
    """A process that lives through all three looks is in the middle one."""
    before = ps_ids()
    listed = {item["ProcessId"]: item for item in enumerate_class(caller, "Win32_Process")}
    lasting = before & ps_ids()
    assert len(lasting) > 3
    assert lasting <= set(listed)
    for pid in list(lasting)[:50]:
        line = subprocess.run(
            ["ps", "-o", "ppid=,comm=", "-p", pid], capture_output=True, text=True, check=False
        ).stdout.split(None, 1)
        if line:
            assert listed[pid]["ParentProcessId"] == line[0]
            assert listed[pid]["Handle"] == pid


def ps_ids() -> set[str]:
    return set(shown_by("ps -e -o pid=").split())


def test_command_line_of_a_process(caller):
    process = subprocess.Popen(["sleep", "61.5"])
    try:
        shown = caller.call(Request(GET, PROCESS, (("Handle", str(process.pid)),))).properties()
        assert shown["CommandLine"] == "sleep 61.5"
        assert shown["ExecutablePath"] == str(Path(shutil.which("sleep")).resolve())
    finally:
        process.kill()
        process.wait()


def test_disks_against_df(caller):
    disks = {disk["DeviceID"]: disk for disk in enumerate_class(caller, "Win32_LogicalDisk")}
    compared = 0
    for line in shown_by("df -B1 -l --output=target,size,avail,fstype").splitlines()[1:]:
        target, size, available, kind = line.rsplit(None, 3)
        if target in disks:
            assert int(disks[target]["Size"]) == int(size)
            assert disks[target]["FileSystem"] == kind
            assert abs(int(disks[target]["FreeSpace"]) - int(available)) < 1 << 30
            compared += 1
    assert compared > 0, f"df and Win32_LogicalDisk have no file system in common: {sorted(disks)}"


@pytest.mark.skipif(not Path("/run/systemd/system").is_dir(), reason="systemd does not run here")
def test_services_against_systemctl(caller):
    listed = {service["Name"]: service for service in enumerate_class(caller, "Win32_Service")}
    units = shown_by("systemctl list-units --type=service --all --plain --no-legend --no-pager").splitlines()
    running = {line.split()[0].removesuffix(".service") for line in units if line.split()[2:4] == ["active", "running"]}
    assert running
    for name in running & set(listed):
        assert listed[name]["State"] == "Running"
        assert listed[name]["ProcessId"] == shown_by(f"systemctl show -P MainPID {name}").strip()
    assert len(running & set(listed)) > len(running) // 2


def test_computer_system(caller):
    (system,) = enumerate_class(caller, "Win32_ComputerSystem")
    assert system["Name"].lower() == socket.gethostname().split(".")[0].lower()
    assert int(system["NumberOfLogicalProcessors"]) == int(shown_by("getconf _NPROCESSORS_ONLN"))
