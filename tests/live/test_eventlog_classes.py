"""Event log classes against the journal of a real systemd, read with journalctl too."""

import pytest

from support.systemd import booted_systemd


@pytest.fixture
def systemd(tmp_path):
    with booted_systemd(tmp_path) as booted:
        yield booted


def test_D8_events_agree_with_journalctl(systemd):
    result = systemd.run("/run/bin/providers_tests", "--gtest_filter=LiveLog.*:*NTLogEvent_live:*NTEventlogFile_live")
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr
    assert "LiveLog.D8_AgreesWithJournalctl" in result.stdout and "SKIPPED" not in result.stdout, result.stdout
