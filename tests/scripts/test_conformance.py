"""The conformance table is made from results, and says so when it is not."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASES = {
    "pass": '<testcase classname="Request" name="P11_TooSmall"/>',
    "fail": '<testcase classname="Request" name="P11_TooSmall"><failure message="x"/></testcase>',
    "not yet": '<testcase classname="Request" name="Other"/>',
}


def table(results: Path) -> str:
    command = [sys.executable, ROOT / "scripts/conformance", "--results", results]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("status", CASES)
def test_status_of_a_row(tmp_path, status):
    (tmp_path / "unit.xml").write_text(f"<testsuite>{CASES[status]}</testsuite>")
    (line,) = [line for line in table(tmp_path).splitlines() if line.split()[:1] == ["P11"]]
    assert line.split("P11")[1].strip().startswith(status)


def test_one_failing_test_fails_the_row(tmp_path):
    (tmp_path / "a.xml").write_text(f"<testsuite>{CASES['pass']}{CASES['fail']}</testsuite>")
    assert "P11  fail" in table(tmp_path)


def test_a_name_may_carry_several_ids(tmp_path):
    (tmp_path / "a.xml").write_text('<testsuite><testcase classname="tests.x" name="test_A1_S2_x[basic]"/></testsuite>')
    shown = table(tmp_path)
    assert "A1   pass" in shown and "S2   pass" in shown


def test_an_id_that_does_not_exist_is_an_error(tmp_path):
    (tmp_path / "a.xml").write_text('<testsuite><testcase classname="tests.x" name="test_Z99_x"/></testsuite>')
    command = [sys.executable, ROOT / "scripts/conformance", "--results", tmp_path, "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "Z99" in run.stderr


def test_every_row_of_the_inventory_is_there(tmp_path):
    assert "All 261: 0 pass, 0 fail, 261 not yet" in table(tmp_path)
