"""Win32_Service and the service's own unit against a real systemd. Where systemd runs the machine, providers_tests
compare with it directly."""

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


def test_L1_quickconfig_makes_the_service_start_with_the_system(systemd):
    def succeed(*command):
        done = systemd.run(*map(str, command))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    succeed("cp", "/run/bin/winrmd", "/usr/sbin/winrmd")
    succeed("install", "-D", PACKAGING / "winrm.toml", "/etc/openwinrm/winrm.toml")
    succeed("cp", PACKAGING / "winrmd.service", "/etc/systemd/system/")
    succeed("systemctl", "daemon-reload")
    assert systemd.run("systemctl", "is-enabled", "winrmd").stdout.strip() == "disabled"
    shown = succeed("/run/bin/winrm", "quickconfig", "-quiet")
    assert "WinRM service type changed successfully." in shown
    assert "WinRM service started." in shown
    assert succeed("systemctl", "is-enabled", "winrmd").strip() == "enabled"
    assert succeed("systemctl", "is-active", "winrmd").strip() == "active"
    assert "Address = *" in succeed("/run/bin/winrm", "enumerate", "winrm/config/listener")
    assert "already set up" in succeed("/run/bin/winrm", "quickconfig")
