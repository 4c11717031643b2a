"""Win32_Service and the service's own unit against a real systemd. Where systemd runs the machine, providers_tests
compare with it directly."""

import signal
import subprocess
from pathlib import Path

import pytest

from support.systemd import booted_systemd

PACKAGING = Path(__file__).parents[2] / "packaging"


@pytest.fixture
def systemd(tmp_path):
    with booted_systemd(tmp_path) as booted:
        yield booted


def test_services_agree_with_systemctl(systemd):
    assert systemd.run("systemctl", "is-active", "winrm-example.service").stdout.strip() == "active"
    assert systemd.run("systemctl", "is-failed", "winrm-broken.service").stdout.strip() == "failed"
    result = systemd.run("/run/bin/providers_tests",
                         "--gtest_filter=LiveValues.*Service*:Classes/ProviderContract.*Win32_Service_live")
    assert result.returncode == 0, result.stdout
    assert "LiveValues.ServicesAgreeWithSystemctl" in result.stdout
    assert "SKIPPED" not in result.stdout, result.stdout


def succeed(systemd, *command) -> str:
    done = systemd.run(*map(str, command))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install_service(systemd) -> None:
    succeed(systemd, "cp", "/run/bin/winrmd", "/usr/sbin/winrmd")
    succeed(systemd, "install", "-D", PACKAGING / "winrm.toml", "/etc/openwinrm/winrm.toml")
    succeed(systemd, "cp", PACKAGING / "winrmd.service", "/etc/systemd/system/")
    succeed(systemd, "systemctl", "daemon-reload")


def test_L1_quickconfig_makes_the_service_start_with_the_system(systemd):
    install_service(systemd)
    assert systemd.run("systemctl", "is-enabled", "winrmd").stdout.strip() == "disabled"
    shown = succeed(systemd, "/run/bin/winrm", "quickconfig", "-quiet")
    assert "WinRM service type changed successfully." in shown
    assert "WinRM service started." in shown
    assert succeed(systemd, "systemctl", "is-enabled", "winrmd").strip() == "enabled"
    assert succeed(systemd, "systemctl", "is-active", "winrmd").strip() == "active"
    assert "Address = *" in succeed(systemd, "/run/bin/winrm", "enumerate", "winrm/config/listener")
    assert "already set up" in succeed(systemd, "/run/bin/winrm", "quickconfig")


# How the first process of a machine made of namespaces ends: with SIGHUP when the machine restarts, with SIGINT when
# its power goes off (reboot(2)).
ENDS = [
    ("Win32_OperatingSystem", "Reboot", [], signal.SIGHUP),
    ("Win32_OperatingSystem", "Shutdown", [], signal.SIGINT),
    ("Win32_OperatingSystem", "Win32Shutdown", ['@{Flags="6"}'], signal.SIGHUP),
    ("Win32_OperatingSystem", "Win32ShutdownTracker", ['@{Flags="1";Timeout="0";Comment=""}'], signal.SIGINT),
]


@pytest.mark.parametrize("class_name, method, arguments, end", ENDS, ids=[row[1] for row in ENDS])
def test_D4_the_machine_is_ended(systemd, class_name, method, arguments, end):
    install_service(systemd)
    succeed(systemd, "/run/bin/winrm", "quickconfig", "-quiet")
    systemd.run("/run/bin/winrm", "invoke", method, f"wmicimv2/{class_name}", *arguments)
    try:
        assert systemd.process.wait(timeout=60) == -end
    except subprocess.TimeoutExpired:
        pytest.fail(f"the machine runs on after {method}")
