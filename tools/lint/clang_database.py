#!/usr/bin/env python3
"""Writes a compilation database that clang's tools can use, and prints its folder: clang_database.py build/release.

Without g++'s precompiled headers, which clang cannot read, and with each source on its own where several are compiled
as one: so a source that clang reads must include what it uses."""

import json
import re
import sys
from pathlib import Path

INCLUDED_SOURCE = re.compile(r'^#include "(\S+\.cpp)"$', re.MULTILINE)


def each_on_its_own(entry: dict) -> list[dict]:
    batch = entry["file"]
    if "/Unity/unity_" not in batch:
        return [entry]
    sources = INCLUDED_SOURCE.findall(Path(batch).read_text())
    return [{**entry, "file": source, "command": entry["command"].replace(f"-c {batch}", f"-c {source}")} for source in sources]


def without_precompiled_header(entry: dict) -> dict:
    command = re.sub(r" -Winvalid-pch| -fpch-preprocess| -include \S+cmake_pch\.hxx", "", entry["command"])
    return {**entry, "command": command.replace(" -Wno-subobject-linkage", "")}


def write(compiled: Path) -> Path:
    database = json.loads((compiled / "compile_commands.json").read_text())
    database = [without_precompiled_header(single) for entry in database for single in each_on_its_own(entry)]
    folder = compiled / "for_clang"
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(database))
    return folder


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
