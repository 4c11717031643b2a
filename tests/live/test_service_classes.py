"""Services, their methods and associations against a real systemd."""

import pytest

from support.systemd import booted_systemd


@pytest.fixture(scope="module")
def systemd(tmp_path_factory):
    with booted_systemd(tmp_path_factory.mktemp("systemd")) as booted:
        yield booted


def run_tests(systemd, names: str) -> str:
    """Those of providers_tests, inside of the booted machine; none may be left out."""
    result = systemd.run("/run/bin/providers_tests", f"--gtest_filter={names}")
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr
    assert "PASSED" in result.stdout and "SKIPPED" not in result.stdout, result.stdout
    return result.stdout


def test_D2_methods_act_on_systemd(systemd):
    run_tests(systemd, "LiveServices.*D2*")


def test_D2_wrong_arguments_are_told(systemd):
    run_tests(systemd, "LiveServices.WrongArguments")


def test_B7_associations_agree_with_systemctl(systemd):
    run_tests(systemd, "LiveServices.*Agree*:LiveServices.LoadOrder*")
