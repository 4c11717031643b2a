"""The Go client github.com/masterzen/winrm, which Packer and Terraform use."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "go"
GO_FOLDERS = "/usr/local/go/bin:/usr/lib/go/bin"


@pytest.fixture(scope="module")
def client() -> Path:
    go = shutil.which("go", path=os.environ["PATH"] + ":" + GO_FOLDERS)
    if go is None:
        pytest.skip("NO GO TOOLCHAIN: install the package golang to run the Go client")
    program = Path(__file__).parents[2] / "build/go/winrm-go"
    run = subprocess.run(
        [go, "build", "-o", str(program), "."], cwd=SOURCE, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return program


@pytest.fixture(params=["basic", "ntlm"])
def scheme(request):
    return request.param


@pytest.fixture
def run(scheme, client, service):
    port = service.https_port if scheme == "basic" else service.http_port

    def start(command: str, *stdin: str, password: str | None = None) -> subprocess.CompletedProcess:
        return subprocess.run(
            [client, scheme, str(port), service.user.name, command, *stdin],
            env={**os.environ, "WINRM_PASSWORD": password or service.user.password},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    return start


def test_P22_A1_S2_command_output_and_exit_code(run):
    done = run("echo out; echo err >&2; exit 9")
    assert (done.stdout, done.returncode) == ("out\n", 9), done.stderr
    assert done.stderr.endswith("err\n")


@pytest.mark.parametrize("scheme", ["basic"])
def test_P22_S3_standard_input(run):
    """With encryption this client shares one unguarded session between the sender and the receiver."""
    done = run("cat; echo done", "typed\n")
    assert (done.stdout, done.returncode) == ("typed\ndone\n", 0), done.stderr


def test_wrong_password_is_refused(run):
    done = run("true", password="wrong")
    assert done.returncode == 100
    assert "401" in done.stderr or "unauthorized" in done.stderr.lower() or "invalid" in done.stderr.lower()
