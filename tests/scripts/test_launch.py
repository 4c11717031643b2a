"""cmake/launch makes a precompiled header again when the compiler cannot read what it wrote."""

import os
import pathlib
import subprocess

import pytest

LAUNCH = pathlib.Path(__file__).parents[2] / "cmake" / "launch"

# Writes a header that takes all memory when read, as often as the file `bad` says, and then a good one.
COMPILER = r"""#!/bin/bash
cd "$(dirname "$0")"
echo "$*" >> calls
if [[ " $* " == *" -fsyntax-only "* ]]; then
  [[ $(< header.gch) == good ]] || exec python3 -c 'bytearray(4 << 30)'
else
  left=$(< bad)
  if ((left > 0)); then echo $((left - 1)) > bad; echo unreadable > header.gch; else echo good > header.gch; fi
fi
"""


@pytest.fixture
def compiler(tmp_path):
    program = tmp_path / "g++"
    program.write_text(COMPILER)
    program.chmod(0o755)
    return program


def launch(compiler, arguments):
    environment = {**os.environ, "CCACHE_DISABLE": "1"}
    return subprocess.run([LAUNCH, compiler, *arguments], env=environment, capture_output=True, text=True, timeout=60)


def precompile(compiler, bad):
    folder = compiler.parent
    (folder / "bad").write_text(str(bad))
    header = folder / "header"
    return launch(
        compiler,
        f"-O2 -x c++-header -include {header} -MD -MT {header}.gch -MF {header}.d -o {header}.gch -c {header}.cxx".split(),
    )


def test_an_unreadable_header_is_made_again(compiler):
    assert precompile(compiler, bad=2).returncode == 0
    assert (compiler.parent / "header.gch").read_text() == "good\n"
    calls = (compiler.parent / "calls").read_text().splitlines()
    assert len(calls) == 6
    assert calls[1] == f"-O2 -x c++ -include {compiler.parent}/header -fsyntax-only /dev/null"


def test_it_gives_up_and_says_so(compiler):
    result = precompile(compiler, bad=99)
    assert result.returncode == 1
    assert "5 times the compiler wrote a precompiled header that it cannot read" in result.stderr


def test_other_files_are_compiled_once(compiler):
    (compiler.parent / "bad").write_text("0")
    assert launch(compiler, ["-O2", "-o", "x.o", "-c", "x.cpp"]).returncode == 0
    assert (compiler.parent / "calls").read_text() == "-O2 -o x.o -c x.cpp\n"
