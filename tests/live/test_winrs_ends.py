"""How winrs ends on a network that fails at its last words, or while the shell is made: soon, and without a shell left."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support.replayed_host import ReplayedHost, read_fixture
from support.service import binary

FIXTURES = Path(__file__).parents[1] / "fixtures/windows"
FEW_SECONDS = 12


@pytest.fixture
def start(tmp_path):
    client = tmp_path / "client.toml"
    client.write_text('[Client]\nAllowUnencrypted = true\nTrustedHosts = "*"\n')

    def start_winrs(host: ReplayedHost, *words: str) -> subprocess.Popen:
        log_on = [f"-r:{host.url}", "-u:alice", "-p:secret", "-a:Basic", "-unencrypted"]
        return subprocess.Popen(
            [binary("winrs"), *log_on, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "WINRM_CONFIG": str(client)},
        )

    return start_winrs


def conversation():
    return read_fixture(FIXTURES / "shell_negative_exit_code.xml")


def wait_for(condition) -> None:
    deadline = time.monotonic() + FEW_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("presses", [1, 2, 3])
def test_W4_ctrl_c_while_the_shell_is_made_leaves_no_shell(start, presses):
    with ReplayedHost(conversation(), delays={"Create": 1}) as host, start(host, "hostname") as winrs:
        wait_for(lambda: "Create" in host.actions)
        for _ in range(presses):
            winrs.send_signal(signal.SIGINT)
            time.sleep(0.1)
        assert winrs.wait(FEW_SECONDS) == 128 + signal.SIGINT
        assert host.actions[-1] == "Delete"
        assert "Receive" not in host.actions


def test_W4_ctrl_c_does_not_wait_long_for_a_shell_that_never_comes(start):
    with ReplayedHost(conversation(), silent={"Create"}) as host, start(host, "hostname") as winrs:
        wait_for(lambda: "Create" in host.actions)
        begun = time.monotonic()
        winrs.send_signal(signal.SIGINT)
        assert winrs.wait(FEW_SECONDS) == 128 + signal.SIGINT
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize("lost", ["Signal", "Delete"])
def test_W4_a_network_that_dies_at_the_end_holds_nobody(start, lost):
    with ReplayedHost(conversation(), silent={lost}) as host, start(host, "exit -1") as winrs:
        assert winrs.stdout.read(3) == "one"
        begun = time.monotonic()
        assert winrs.wait(FEW_SECONDS) == 255, "the command's own exit code stands"
        assert time.monotonic() - begun < FEW_SECONDS
        assert host.actions[-1] == "Delete"
