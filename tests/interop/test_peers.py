"""Our tools against a WS-Management server that others wrote. scripts/peers builds it from its public sources."""

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.service import binary, free_port

PEERS = Path(os.environ.get("WINRM_PEERS", Path(__file__).parents[2] / "build/peers"))
ROOT_URI = "http://schema.openwsman.org/2006/openwsman"


def built(program: str) -> Path:
    path = PEERS / program
    if not path.exists():
        pytest.skip(f"{path} is not there: scripts/peers builds it from its public sources")
    return path


@contextmanager
def serving(port: int, command: list, **environment: str):
    process = subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
                assert time.monotonic() < deadline, f"{command[0]} does not listen"
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def openwsman(tmp_path):
    """openwsmand with its identify and test plug-ins, and one account; gives the switches that reach it."""
    server = built("openwsman/src/server/openwsmand")
    libraries = server.parents[2]
    for folder, name in (
        ("plugins", "src/plugins/identify/libwsman_identify_plugin.so"),
        ("plugins", "src/plugins/wsman/test/libwsman_test.so"),
        ("authenticators", "src/authenticators/file/libwsman_file_auth.so"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        shutil.copy(libraries / name, tmp_path / folder)
    hashed = subprocess.run(["openssl", "passwd", "-1", "secret"], check=True, capture_output=True, text=True).stdout
    (tmp_path / "users").write_text(f"alice:{hashed}")
    port = free_port()
    configuration = tmp_path / "openwsman.conf"
    configuration.write_text(
        f"[server]\nport = {port}\nipv4 = yes\nipv6 = no\nmax_threads = 4\nbasic_password_file = {tmp_path}/users\n"
    )
    command = [server, "-d", "-c", configuration, "-P", tmp_path / "plugins", "-a", tmp_path / "authenticators"]
    with serving(port, [*command, "-p", tmp_path / "pid"], LD_LIBRARY_PATH=str(libraries / "src/lib")):
        yield [f"-r:http://127.0.0.1:{port}/wsman", "-u:alice", "-a:Basic", "-unencrypted"]


@pytest.fixture
def winrm(tmp_path):
    client = tmp_path / "client.toml"
    client.write_text('[Client]\nAllowUnencrypted = true\nTrustedHosts = "*"\n')

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [binary("winrm"), *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "WINRM_CONFIG": str(client)},
        )

    return run


def test_P22_openwsman_is_identified(openwsman, winrm):
    done = winrm("identify", *openwsman, "-p:secret")
    assert done.returncode == 0, done.stderr
    assert "IdentifyResponse\n    ProtocolVersion = http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\n" in done.stdout
    assert "    ProductVendor = Openwsman Project\n" in done.stdout


def test_P22_openwsman_answers_get(openwsman, winrm):
    done = winrm("get", f"{ROOT_URI}/test", *openwsman, "-p:secret")
    assert done.returncode == 0, done.stderr
    assert "    Simple = Simple Test\n" in done.stdout


@pytest.mark.parametrize(
    "form, shape", [("xml", "^<[^>]*GetResponse .*>Simple Test<"), ("json", '"Simple":"Simple Test"')]
)
def test_P22_T2_formats_show_an_answer_of_openwsman(openwsman, winrm, form, shape):
    done = winrm("get", f"{ROOT_URI}/test", *openwsman, "-p:secret", f"-format:{form}")
    assert done.returncode == 0, done.stderr
    assert re.search(shape, done.stdout), done.stdout


@pytest.mark.parametrize("verb", [["invoke", "Reset"], ["create"], ["set"], ["delete"]])
def test_P22_P17_what_openwsman_does_not_do_is_told(openwsman, winrm, verb):
    done = winrm(*verb, f"{ROOT_URI}/none", *([] if verb == ["delete"] else ['@{Simple="x"}']), *openwsman, "-p:secret")
    assert (done.returncode, done.stdout) == (1, "")
    assert "No route can be determined" in done.stderr


def test_P22_faults_and_refusals_of_openwsman_are_told(openwsman, winrm):
    unknown = winrm("get", f"{ROOT_URI}/none", *openwsman, "-p:secret")
    assert unknown.returncode == 1
    assert "InvalidResourceURI" in unknown.stderr
    wrong = winrm("get", f"{ROOT_URI}/test", *openwsman, "-p:wrong")
    assert wrong.returncode == 1
    assert "refused the logon" in wrong.stderr
