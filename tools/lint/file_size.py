"""A file has one job: beyond this it usually has two."""

from collections.abc import Iterator

from tree import Finding, Tree

LONGEST = 600


def check(tree: Tree) -> Iterator[Finding]:
    for name in tree.sources():
        length = sum(1 for _ in tree.lines(name))
        if length > LONGEST:
            yield Finding(name, LONGEST, f"{length} lines: split it by job ({LONGEST} at most)")
