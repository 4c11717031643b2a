"""Win32_Service against a real systemd. Where systemd runs the machine, providers_tests compare with it directly."""

import pytest

from support.systemd import booted_systemd


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
