"""Secrets reach no log, no exception text and no command line."""

import re
from collections.abc import Iterator

from tree import Finding, Tree

TALKS = r"\b(log::(debug|info|warning|error|write)|fail|throw \w+|fmt::print)\("
SECRET = r"(\.reveal\(\)|\bpassword\b|\bsession_key\b)"


def check(tree: Tree) -> Iterator[Finding]:
    for name, line, match in tree.search(TALKS, tree.sources("src/"), "secret_in_message"):
        if re.search(rf"{TALKS}[^;]*{SECRET}", without_quoted_text(match.string)):
            yield Finding(name, line, "a secret in a message: say what is wrong without its content")


def without_quoted_text(line: str) -> str:
    """A text may well contain the word password."""
    return re.sub(r'"(\\.|[^"\\])*"', '""', line)
