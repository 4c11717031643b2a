"""Each of our lint rules finds what it is for, and nothing in a clean tree."""

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/lint"))
from tree import Tree  # noqa: E402

ROOMS = {
    "src/base/CMakeLists.txt": "winrm_room(base LEVEL 0)\n",
    "src/http/CMakeLists.txt": "winrm_room(http LEVEL 5 LINKS base)\n",
    "src/client/CMakeLists.txt": "winrm_room(client LEVEL 6 LINKS http)\n",
    "src/client/session.cpp": '#include "client/session.hpp"\n#include "http/client.hpp"\n#include "base/result.hpp"\n',
}

BROKEN = {
    "room_arrows": ("src/http/server.cpp", '#include "client/session.hpp"\n', 1),
    "outside_libraries": ("src/client/session.hpp", "#pragma once\n#include <boost/asio.hpp>\n", 2),
    "principal_minting": ("src/client/x.cpp", "auto p = PrincipalMint::mint(a, b, c);\n", 1),
    "secret_in_message": ("src/client/x.cpp", 'log::info("{}", password.reveal());\n', 1),
    "leftovers": ("src/client/x.cpp", "// TODO later\n", 1),
    "file_size": ("src/client/x.cpp", "\n" * 601, 600),
    "blocking_in_http": ("src/http/x.cpp", "co_await read();\ngetaddrinfo(a, b, c, d);\n", 2),
}


@pytest.fixture
def tree(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name, text in ROOMS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Tree(tmp_path)


def findings(tree, rule):
    return list(importlib.import_module(rule).check(tree))


@pytest.mark.parametrize("rule", BROKEN)
def test_a_clean_tree_has_no_findings(tree, rule):
    assert findings(tree, rule) == []


@pytest.mark.parametrize("rule", BROKEN)
def test_the_mistake_is_found_where_it_is(tree, rule):
    name, text, line = BROKEN[rule]
    (tree.root / name).write_text(text)
    found = findings(tree, rule)
    assert [(finding.file, finding.line) for finding in found] == [(name, line)]


@pytest.mark.parametrize("rule", ["leftovers", "principal_minting"])
def test_an_exception_needs_a_reason(tree, rule):
    name, text, _ = BROKEN[rule]
    (tree.root / name).write_text(text.rstrip() + f" // lint: allow {rule}:\n")
    assert findings(tree, rule)
    (tree.root / name).write_text(text.rstrip() + f" // lint: allow {rule}: a fixture of the parser\n")
    assert not findings(tree, rule)


def test_a_text_may_contain_the_word_password(tree):
    (tree.root / "src/client/x.cpp").write_text('return fail("the password is empty");\n')
    assert findings(tree, "secret_in_message") == []


PROBE = """#include <coroutine>
struct Aggregate { int n; };
struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  bool await_ready() { return true; }
  void await_suspend(std::coroutine_handle<>) {}
  bool await_resume() { return true; }
};
Task f(Aggregate);
Task g() { Aggregate named{2}; %s; }
"""


@pytest.mark.skipif(
    shutil.which("clang-query-14") is None, reason="clang-query-14 is not installed (package clang-tools-14)"
)
@pytest.mark.parametrize(
    "rule, statement, found",
    [
        ("coroutine_temporaries", "co_await f(Aggregate{1})", True),
        ("coroutine_temporaries", "co_await f(named)", False),
        ("coroutine_conditions", "if (co_await f(named)) named.n = 1", True),
        ("coroutine_conditions", "if (named.n && !co_await f(named)) named.n = 1", True),
        ("coroutine_conditions", "while (co_await f(named)) named.n = 1", True),
        ("coroutine_conditions", "bool const good = co_await f(named); if (good) named.n = 1", False),
        ("coroutine_conditions", "if (named.n) co_await f(named)", False),
    ],
)
def test_coroutines(tmp_path, rule, statement, found):
    source = tmp_path / "probe.cpp"
    source.write_text(PROBE % statement)
    command = ["clang-query-14", "-f", ROOT / f"tools/lint/{rule}.query", source, "--", "-std=c++20"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "error:" not in run.stderr
    assert ("binds here" in run.stdout) == found
