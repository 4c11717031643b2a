#!/usr/bin/env python3
"""Runs the rules of this folder over the project: run.py [--compiled build/release]."""

import argparse
import importlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))
import clang_database  # noqa: E402
from tree import Finding, Tree  # noqa: E402

NOT_RULES = {"clang_database", "run", "tree"}


def python_rules(tree: Tree) -> list[tuple[str, Finding]]:
    names = sorted(file.stem for file in HERE.glob("*.py") if file.stem not in NOT_RULES)
    return [(name, finding) for name in names for finding in importlib.import_module(name).check(tree)]


def query_rules(compiled: Path, tree: Tree) -> list[str]:
    """Matches of the clang-query scripts in the sources that contain coroutines."""
    compiled = clang_database.write(compiled)
    database = json.loads((compiled / "compile_commands.json").read_text())
    sources = [entry["file"] for entry in database if (ROOT / "src") in Path(entry["file"]).parents]
    files = [file for file in sources if "co_await" in Path(file).read_text()]
    scripts = sorted(HERE.glob("*.query"))
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(run_query, script, file, compiled) for script in scripts for file in files]
        return [line for job in jobs for line in job.result()]


def run_query(script: Path, file: str, compiled: Path) -> list[str]:
    command = ["clang-query-14", "-p", str(compiled), "--extra-arg=-Wno-unknown-warning-option", "-f", str(script), file]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if "error:" in run.stderr:
        return [f"{file}: clang-query could not read it: {run.stderr.splitlines()[0]}"]
    return [f"{line} [{script.stem}]" for line in run.stdout.splitlines() if "note:" in line and " binds here" in line]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--compiled", type=Path, help="build folder with compile_commands.json: runs the .query rules too"
    )
    arguments = parser.parse_args()
    tree = Tree(ROOT)
    problems = [f"{finding.file}:{finding.line}: {finding.text} [{rule}]" for rule, finding in python_rules(tree)]
    if arguments.compiled:
        problems += query_rules(arguments.compiled, tree)
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
