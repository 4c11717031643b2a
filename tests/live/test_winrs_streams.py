"""What winrs promises about streams: every byte, in every code page, however slow the reader and however it ends."""

import os
import signal
import subprocess
import time

import pytest
from support import shells
from support.service import binary


@pytest.fixture
def connection(service, tmp_path):
    (tmp_path / "password").write_text(service.user.password)
    return [f"-r:http://127.0.0.1:{service.http_port}", f"-u:{service.user.name}", f"-passwordfile:{tmp_path}/password"]


@pytest.fixture
def impatient(tmp_path):
    """A client whose requests, Sends among them, time out after a second."""
    configuration = tmp_path / "client.toml"
    configuration.write_text("MaxTimeoutms = 1000\n")
    return {**os.environ, "WINRM_CONFIG": str(configuration)}


def start(*words, **options):
    return subprocess.Popen([binary("winrs"), *words], stdout=subprocess.PIPE, **options)


def test_S3_input_waits_for_a_command_that_reads_nothing_for_long(connection, impatient):
    data = os.urandom(1_500_000)
    command = "sleep 4; sha256sum"
    done = subprocess.run(
        [binary("winrs"), *connection, "-nop", command],
        input=data,
        capture_output=True,
        timeout=60,
        check=False,
        env=impatient,
    )
    local = subprocess.run(["sha256sum"], input=data, capture_output=True, check=True)
    assert (done.stdout, done.returncode) == (local.stdout, 0), done.stderr


def test_W1_streams_are_byte_exact(connection):
    data = bytes(range(256)) * 1000
    command = "tee /dev/stderr"
    done = subprocess.run(
        [binary("winrs"), *connection, "-nop", command], input=data, capture_output=True, timeout=60, check=False
    )
    assert done.stdout == data
    assert done.stderr == data


@pytest.mark.parametrize(
    ("page", "octal", "text"),
    [(437, r"\201\341", "üß"), (850, r"\201\270", "ü©"), (1252, r"\374\200", "ü€"), (65001, r"\303\274", "ü")],
)
def test_P4_remote_code_pages_are_decoded(connection, page, octal, text):
    script = f"printf '{octal}'; od -An -to1 | tr -d ' \\n'"
    command = [binary("winrs"), *connection, "-nop", f"-codepage:{page}", script]
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=60, check=False)
    assert done.stdout.decode() == text + octal.replace("\\", "")


def test_W1_an_unknown_code_page_is_refused(connection):
    done = subprocess.run(
        [binary("winrs"), *connection, "-codepage:4711", "x"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 255
    assert "knows no code page 4711" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_S8_a_signal_leaves_no_shell(service, connection, number):
    with start(*connection, "-nop", "echo up; trap '' HUP TERM; sleep 100", stdin=subprocess.DEVNULL) as winrs:
        assert winrs.stdout.readline() == b"up\n"
        winrs.send_signal(number)
        assert winrs.wait(timeout=15) == 128 + number
    assert shells.wait_for_none(service) == []


def test_S8_a_closed_pipe_leaves_no_shell(service, connection):
    with start(*connection, "-nop", "yes", stdin=subprocess.DEVNULL) as winrs:
        winrs.stdout.read(100)
        winrs.stdout.close()
        assert winrs.wait(timeout=15) == 128 + signal.SIGPIPE
    assert shells.wait_for_none(service) == []


def test_S8_input_that_never_ends_leaves_no_shell(service, connection):
    with start(*connection, "-nop", "head -c 10", stdin=subprocess.PIPE) as winrs:
        winrs.stdin.write(b"0123456789")
        winrs.stdin.flush()
        assert winrs.stdout.read() == b"0123456789"
        assert winrs.wait(timeout=15) == 0
    assert shells.wait_for_none(service) == []


def test_W1_a_service_that_goes_away_is_reported(start_service, tmp_path):
    service = start_service()
    (tmp_path / "password").write_text(service.user.password)
    remote = f"-r:http://127.0.0.1:{service.http_port}"
    words = [remote, f"-u:{service.user.name}", f"-passwordfile:{tmp_path}/password", "-nop", "-reconnect:2"]
    options = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with start(*words, "echo up; sleep 100", **options) as winrs:
        assert winrs.stdout.readline() == b"up\n"
        began = time.monotonic()
        assert service.stop() == 0
        assert winrs.wait(timeout=60) == 255
        assert b"Winrs error:\n\n" in winrs.stderr.read()
        assert time.monotonic() - began < 30
