"""Completion of command lines in the shells themselves, from the files that the package installs."""

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

COMPLETIONS = Path(__file__).parents[2] / "packaging/completions"
END = "[END]"

# What is typed before TAB, and the words that the shell then has.
TYPED = {
    "winrs -passwordf": ["winrs", "-passwordfile:"],
    "winrs -r:websrv": ["winrs", "-r:websrv7"],
    "winrs -remote:a,websrv": ["winrs", "-remote:a,websrv7"],
    "winrs -machine:lab.": ["winrs", "-machine:lab.example"],
    "winrs -cafile:auth": ["winrs", "-cafile:authority.pem"],
    "winrs -r:@list": ["winrs", "-r:@list.of.hosts"],
    "winrcp -comp": ["winrcp", "-compression"],
    "winrcp websrv": ["winrcp", "websrv7:"],
    "winrm enum": ["winrm", "enumerate"],
    "winrm get -skipCA": ["winrm", "get", "-skipCAcheck"],
    "winrm identify -r:websrv": ["winrm", "identify", "-r:websrv7"],
    "winrm set -file:auth": ["winrm", "set", "-file:authority.pem"],
    "winrm get winrm/config/l": ["winrm", "get", "winrm/config/listener"],
    "winrm e -skipCA": ["winrm", "e", "-skipCAcheck"],
    "winrm qc -qui": ["winrm", "qc", "-quiet"],
    "winrm doctor websrv": ["winrm", "doctor", "websrv7"],
    "winrm wait lab.": ["winrm", "wait", "lab.example"],
    "winrm get -format:pre": ["winrm", "get", "-format:pretty"],
    "winrm enum -f:js": ["winrm", "enum", "-f:json"],
    "winrm e -dialect:sel": ["winrm", "e", "-dialect:selector"],
    "winrs -format:js": ["winrs", "-format:json"],
    "winrmd --check": ["winrmd", "--check-config"],
}


@pytest.fixture
def home(tmp_path):
    settings = tmp_path / ".config/openwinrm/client.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[host.websrv7]\nusername = "alice"\n\n[host."lab.example"]\nusessl = true\n')
    (tmp_path / "authority.pem").write_text("")
    (tmp_path / "list.of.hosts").write_text("")
    return tmp_path


def need(shell):
    if not shutil.which(shell):
        pytest.skip(f"needs the package {shell}")


def typed_into(command, preparation, typed, home) -> list[str]:
    """The words of the line after `typed` and TAB, as the shell itself took it apart."""
    main, terminal = pty.openpty()
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    shell = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, cwd=home, env=environment, start_new_session=True
    )
    os.close(terminal)
    try:
        for line in preparation:
            os.write(main, f"{line}\n".encode())
        os.write(main, b"echo READ''Y\n")
        read_until(main, "READY")
        # To the beginning of the line (Ctrl-A), and to its end (Ctrl-E).
        os.write(main, f"{typed}\t\x01printf '[%s]\\n' \x05 END\n".encode())
        shown = read_until(main, END)
    finally:
        shell.kill()
        shell.wait()
        os.close(main)
    lines = shown.replace("\r", "").splitlines()
    return [line[1:-1] for line in lines if line.startswith("[") and line.endswith("]") and line != END]


def read_until(terminal, text) -> str:
    shown = ""
    deadline = time.monotonic() + 20
    while text not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"the shell did not come to {text}: {shown}"
        shown += os.read(terminal, 65536).decode(errors="replace")
    return shown


@pytest.mark.parametrize("typed", TYPED)
def test_bash(typed, home):
    need("bash")
    sources = [f"source {file}" for file in sorted(COMPLETIONS.glob("*.bash"))]
    words = typed_into(["bash", "--norc", "--noprofile", "-i"], ["PS1=", *sources], typed, home)
    assert words == TYPED[typed]


@pytest.mark.parametrize("typed", TYPED)
def test_zsh(typed, home):
    need("zsh")
    preparation = ["PS1=", f"fpath=({COMPLETIONS} $fpath)", "autoload -U compinit", "compinit -u -D"]
    words = typed_into(["zsh", "-f", "-i"], preparation, typed, home)
    assert words == TYPED[typed]


@pytest.mark.parametrize("typed", TYPED)
def test_fish(typed, home):
    need("fish")
    sources = "; ".join(f"source {file}" for file in sorted(COMPLETIONS.glob("*.fish")))
    shown = subprocess.run(
        ["fish", "--no-config", "-c", f"{sources}; complete --do-complete '{typed}'"],
        capture_output=True,
        text=True,
        cwd=home,
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
    )
    candidates = [line.split("\t")[0] for line in shown.stdout.splitlines()]
    assert TYPED[typed][-1] in candidates, shown.stdout + shown.stderr
