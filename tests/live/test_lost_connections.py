"""winrs through a network that fails: what was lost on the way comes again, and once."""

import hashlib
import os
import subprocess
import time

import pytest

from support.relay import Cutting, Relay
from support.service import binary

OUTPUT_LINES = 6_000_000
INPUT_BYTES = 64_000_000
# Longer than a log-on takes, so that there is progress between two cuts.
BETWEEN_CUTS = 0.4


@pytest.fixture(params=["http", "https"])
def network(request, service):
    with Relay(getattr(service, f"{request.param}_port")) as relay:
        relay.scheme = request.param
        yield relay


def winrs(service, network, tmp_path, *arguments):
    password = tmp_path / "password"
    password.write_text(service.user.password)
    password.chmod(0o600)
    checks = ["-skipCAcheck", "-skipCNcheck"] if network.scheme == "https" else []
    where = f"-r:{network.scheme}://127.0.0.1:{network.port}"
    who = [f"-u:{service.user.name}", f"-passwordfile:{password}"]
    return [binary("winrs"), where, *who, *checks, "-noprofile", *arguments]


def test_S9_output_arrives_whole_and_once_through_cuts(service, network, tmp_path):
    expected = hashlib.sha256("".join(f"{n}\n" for n in range(1, OUTPUT_LINES + 1)).encode()).hexdigest()
    command = winrs(service, network, tmp_path, f"seq {OUTPUT_LINES}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        first = os.read(process.stdout.fileno(), 1)
        with Cutting(network, BETWEEN_CUTS) as cutting:
            received = hashlib.sha256(first)
            while data := process.stdout.read(1 << 16):
                received.update(data)
        assert process.wait() == 0
    assert received.hexdigest() == expected
    assert cutting.cuts >= 2, "the connection was cut in the middle"


def test_S9_input_is_taken_whole_and_once_through_cuts(service, network, tmp_path):
    data = os.urandom(INPUT_BYTES)
    command = winrs(service, network, tmp_path, "echo begun; sha256sum")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"begun\n"
        with Cutting(network, BETWEEN_CUTS) as cutting:
            process.stdin.write(data)
            process.stdin.close()
            shown = process.stdout.read()
        assert process.wait() == 0
    assert shown.split()[0].decode() == hashlib.sha256(data).hexdigest()
    assert cutting.cuts >= 2, "the connection was cut in the middle"


def test_S9_a_link_that_is_down_for_seconds_is_waited_for(service, network, tmp_path):
    command = winrs(service, network, tmp_path, "echo before; sleep 2; echo after; exit 7")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        assert process.stdout.readline() == "before\n"
        network.go_down()
        time.sleep(4)
        assert network.connections > 1, "it tried meanwhile"
        network.come_back()
        assert process.stdout.read() == "after\n"
        assert process.wait() == 7


def test_S9_a_service_that_ended_is_not_waited_for_forever(start_service, tmp_path):
    service = start_service()
    with Relay(service.http_port) as network:
        network.scheme = "http"
        command = winrs(service, network, tmp_path, "echo begun; sleep 60")
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout.readline() == "begun\n"
            service.stop()
            service.start()
            assert process.wait(30) == 255
            told = process.stderr.read()
            assert "There is no shell" in told or "The service is stopping" in told, told
