"""winrs at a terminal: a remote shell with line editing, history, Ctrl-C and Ctrl-D."""

import os
import pty
import select
import subprocess
import time

import pytest
from support import shells
from support.service import binary

PATIENCE = 15


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, words, environment):
        self.shown = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(words[0], words, {**os.environ, "TERM": "xterm", **environment})

    def type(self, keys: str) -> None:
        self.shown = b""
        os.write(self.fd, keys.encode())

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text.encode() not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} did not come, but {self.shown!r}"
            if select.select([self.fd], [], [], 0.1)[0]:
                self.shown += os.read(self.fd, 65536)

    def close(self) -> None:
        """Hangs up, as a closed window does."""
        os.close(self.fd)

    def finish(self) -> int:
        try:
            while select.select([self.fd], [], [], PATIENCE)[0] and (data := os.read(self.fd, 65536)):
                self.shown += data
        except OSError:
            pass  # the other end is closed
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture
def connection(service, tmp_path):
    (tmp_path / "password").write_text(service.user.password)
    return [f"-r:http://127.0.0.1:{service.http_port}", f"-u:{service.user.name}", f"-passwordfile:{tmp_path}/password"]


@pytest.fixture
def open_shell(connection, tmp_path):
    opened = []

    def open_terminal(*switches):
        environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
        opened.append(Terminal([binary("winrs"), *connection, *switches, "-nop"], environment))
        return opened[-1]

    yield open_terminal
    for terminal in opened:
        terminal.close()


PROMPT = "# " if os.geteuid() == 0 else "$ "


def test_W2_lines_are_edited_here_and_kept(open_shell, tmp_path, service):
    shell = open_shell()
    shell.wait_for(PROMPT)
    shell.type("echo $((40+3))" + "\x1b[D" * 4 + "\x7f1\r")  # four to the left: 41 instead of 40
    shell.wait_for("44")
    shell.type("echo größer | tr a-z A-Z\r")
    shell.wait_for("GRößER")
    shell.type("\x1b[A\x1b[A\r")
    shell.wait_for("44")
    shell.type("exit 7\r")
    assert shell.finish() == 7
    history = tmp_path / "state/openwinrm/winrs_history"
    assert "größer" in history.read_text() and history.stat().st_mode & 0o077 == 0
    assert shells.wait_for_none(service) == []


def test_W2_ctrl_d_ends_the_shell(open_shell, service):
    shell = open_shell()
    shell.wait_for(PROMPT)
    shell.type("(exit 5)\r")
    shell.wait_for(PROMPT)
    shell.type("\x04")
    assert shell.finish() == 5
    assert shells.wait_for_none(service) == []


def test_W4_ctrl_c_ends_what_runs_and_not_the_shell(open_shell):
    shell = open_shell()
    shell.wait_for(PROMPT)
    for _ in range(2):  # each is the first one for its command
        shell.type("sleep 100\r")
        time.sleep(0.5)
        shell.type("\x03")
        shell.wait_for("^C")
        shell.type("echo $((6*7))\r")
        shell.wait_for("42")
    shell.type("half a line\x03")
    shell.wait_for("^C")
    shell.type("echo still$((1+1))here\r")
    shell.wait_for("still2here")
    shell.type("\x04")
    shell.finish()


def test_W4_two_ctrl_c_end_the_session(open_shell, service):
    shell = open_shell()
    shell.wait_for(PROMPT)
    shell.type("trap '' INT; sleep 100\r")
    time.sleep(0.5)
    shell.type("\x03")
    time.sleep(0.5)
    shell.type("\x03")
    assert shell.finish() == 130
    assert shells.wait_for_none(service) == []


def test_W2_nothing_typed_is_shown_with_noecho(open_shell):
    shell = open_shell("-noecho")
    shell.wait_for(PROMPT)
    shell.type("echo $((600+66))\r")
    shell.wait_for("666")
    assert b"600+66" not in shell.shown
    shell.type("exit\r")
    assert shell.finish() == 0


def test_W2_a_script_may_be_piped_into_the_shell(connection):
    done = subprocess.run(
        [binary("winrs"), *connection, "-nop"],
        input="cd /usr\npwd\nexit 4\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("/usr\n", "", 4)
