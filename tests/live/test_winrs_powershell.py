"""winrs -ps: a script of any length, and errors as text. Run by PowerShell where there is one, and by a stand-in that
takes the command line and its input apart as powershell.exe does."""

import shutil
import subprocess
from pathlib import Path

import pytest
from support.service import binary

STAND_IN = """#!/usr/bin/env python3
import base64, sys
assert sys.argv[1:-1] == ["-NoLogo", "-NoProfile", "-NonInteractive", "-InputFormat", "None", "-EncodedCommand"]
bootstrap = base64.b64decode(sys.argv[-1]).decode("utf-16-le")
assert "[Console]::In.ReadLine().Split(' ')" in bootstrap
script, arguments = (base64.b64decode(word).decode() for word in sys.stdin.readline().split())
print(len(script), script[-20:].strip(), arguments.strip(), sys.stdin.read(), sep="|")
print('#< CLIXML\\r\\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
      '<S S="Error">Cannot find it._x000D__x000A_</S></Objs>', file=sys.stderr)
sys.exit(3)
"""


@pytest.fixture
def winrs(service, tmp_path):
    (tmp_path / "password").write_text(service.user.password)

    def run(*words, path="", **options):
        connection = [
            f"-r:http://127.0.0.1:{service.http_port}",
            f"-u:{service.user.name}",
            f"-passwordfile:{tmp_path}/password",
            "-noprofile",
        ]
        if path:
            connection.append(f"-env:PATH={path}:/usr/bin:/bin")
        command = [binary("winrs"), *connection, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)

    return run


@pytest.fixture
def stand_in(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "pwsh").write_text(STAND_IN)
    (folder / "pwsh").chmod(0o755)
    for parent in (folder, *folder.parents[:3]):
        parent.chmod(0o755)
    return str(folder)


def test_words_files_and_the_standard_input_are_scripts(winrs, stand_in, tmp_path):
    done = winrs("-ps", "Get-Item", "C:\\", path=stand_in, input="typed")
    assert (done.stdout, done.returncode) == ("12|Get-Item C:\\||typed\n", 3)
    assert done.stderr == "Cannot find it.\n"

    long = tmp_path / "long.ps1"
    long.write_bytes(b"\xef\xbb\xbf" + b"# padding\n" * 50_000 + "'größer'\n".encode())
    done = winrs(f"-file:{long}", "-Name", "it's", path=stand_in, input="")
    assert done.stdout.startswith("500009|") and done.stdout.endswith("'größer'|-Name 'it''s'|\n")

    done = winrs("-ps", path=stand_in, input="'from input'")
    assert done.stdout == "12|'from input'||\n"


def test_a_fleet_runs_scripts_too(winrs, stand_in):
    done = winrs("-format:json", "-ps", "1+1", path=stand_in, stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert '"stdout":"3|1+1||\\n","stderr":"Cannot find it.\\n"' in done.stdout


def test_a_missing_script_is_named(winrs):
    done = winrs("-file:/no/such.ps1", stdin=subprocess.DEVNULL)
    assert done.returncode == 255
    assert "/no/such.ps1 cannot be read" in done.stderr


NO_POWERSHELL = "no PowerShell (pwsh) on this machine: only the stand-in ran"
pwsh = pytest.mark.skipif(shutil.which("pwsh") is None, reason=NO_POWERSHELL)


@pwsh
def test_powershell_runs_a_long_script(winrs, tmp_path):
    script = tmp_path / "long.ps1"
    script.write_text("param($Name)\n" + "# padding\n" * 5000 + "\"hello $Name\"\nGet-Item /no/such\nexit 4\n")
    done = winrs(f"-file:{script}", "-Name", "wide world", path=str(Path(shutil.which("pwsh")).parent), input="")
    assert done.stdout == "hello wide world\n"
    assert done.returncode == 4
    assert "/no/such" in done.stderr and "CLIXML" not in done.stderr


@pwsh
def test_powershell_reports_what_was_thrown(winrs):
    done = winrs("-ps", "throw 'no good'", path=str(Path(shutil.which("pwsh")).parent), input="")
    assert done.returncode == 1
    assert "no good" in done.stderr
