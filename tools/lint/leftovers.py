"""What only makes sense on its author's machine, or to its author."""

from collections.abc import Iterator

from tree import Finding, Tree

MACHINE_PATHS = r"(?<![\w/.])(/home/(?!alice|bob|carol)\w|/(?:root|work|Users)/)"
OPEN_ENDS = r"\b(TODO|FIXME|HACK)\b(?!\(#\d+\): \S)"


def check(tree: Tree) -> Iterator[Finding]:
    texts = [name for name in tree.files if name != "tools/lint/leftovers.py" and not name.startswith("LICENSE")]
    for name, line, match in tree.search(MACHINE_PATHS, texts, "leftovers"):
        yield Finding(name, line, f"a path of one machine: {match[0]}")
    for name, line, match in tree.search(OPEN_ENDS, tree.sources(), "leftovers"):
        yield Finding(name, line, f"{match[1]} needs an issue and a reason: {match[1]}(#12): text")
