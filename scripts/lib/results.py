"""Reads the result files that GoogleTest and pytest leave behind (both write JUnit's XML)."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    name: str
    outcome: str  # "pass", "fail" or "skip"
    reason: str


def read_results(folder: Path) -> list[Result]:
    return [result for file in sorted(folder.rglob("*.xml")) for result in _read_file(file)]


def _read_file(file: Path) -> list[Result]:
    return [_read_case(case) for case in ElementTree.parse(file).iter("testcase")]


def _read_case(case: ElementTree.Element) -> Result:
    name = f"{case.get('classname')}.{case.get('name')}"
    skipped = case.find("skipped")
    if case.find("failure") is not None or case.find("error") is not None:
        return Result(name, "fail", "")
    if skipped is not None or case.get("status") == "notrun":
        return Result(name, "skip", (skipped.get("message") or "") if skipped is not None else "")
    return Result(name, "pass", "")
