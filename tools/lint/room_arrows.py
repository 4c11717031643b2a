"""A room includes only rooms of a lower level (docs/architecture.md): the levels are those of src/**/CMakeLists.txt."""

import re
from collections.abc import Iterator

from tree import Finding, Tree


def check(tree: Tree) -> Iterator[Finding]:
    levels = room_levels(tree)
    for name, line, match in tree.search(r'^#include "([^"]+)"', tree.sources("src/"), "room_arrows"):
        here, there = room_of(name.removeprefix("src/"), levels), room_of(match[1], levels)
        if here is None:
            yield Finding(name, line, "this folder is no room: add winrm_room() to its CMakeLists.txt")
        elif there is None and not (tree.root / "include" / match[1]).is_file() and not match[1].endswith(".pb.h"):
            yield Finding(name, line, f'"{match[1]}" belongs to no room')
        elif there is not None and there != here and levels[there] >= levels[here]:
            yield Finding(name, line, f"{here} (level {levels[here]}) may not include {there} (level {levels[there]})")


def room_levels(tree: Tree) -> dict[str, int]:
    levels = {}
    lists = [name for name in tree.files if name.startswith("src/") and name.endswith("CMakeLists.txt")]
    for _, _, match in tree.search(r"winrm_room\((\S+) LEVEL (\d+)", lists, "room_arrows"):
        levels[match[1]] = int(match[2])
    for _, _, match in tree.search(r"winrm_program\((\S+) LEVEL (\d+)", lists, "room_arrows"):
        levels[match[1]] = int(match[2])
    return levels


def room_of(path: str, levels: dict[str, int]) -> str | None:
    """The room of the longest folder that is one: tools/winrm/main.cpp is in tools/winrm."""
    parts = path.split("/")[:-1]
    while parts:
        if "/".join(parts) in levels:
            return "/".join(parts)
        parts.pop()
    return None
