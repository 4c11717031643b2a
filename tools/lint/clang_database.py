#!/usr/bin/env python3
"""Writes a compilation database that clang's tools can use, and prints its folder: clang_database.py build/release.

Without g++'s precompiled headers, which clang cannot read: so a source that clang reads must include what it uses."""

import json
import re
import sys
from pathlib import Path


def write(compiled: Path) -> Path:
    database = json.loads((compiled / "compile_commands.json").read_text())
    for entry in database:
        entry["command"] = re.sub(r" -Winvalid-pch| -fpch-preprocess| -include \S+cmake_pch\.hxx", "", entry["command"])
    folder = compiled / "for_clang"
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(database))
    return folder


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
