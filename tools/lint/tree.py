"""The files of the project as the rules see them."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    file: str
    line: int
    text: str


class Tree:
    def __init__(self, root: Path):
        self.root = root

    @cached_property
    def files(self) -> list[str]:
        """Tracked and new files, relative to the root."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout
        return sorted(name for name in listed.split("\0") if name and (self.root / name).is_file())

    def sources(self, folder: str = "") -> list[str]:
        return [name for name in self.files if name.startswith(folder) and name.endswith((".cpp", ".hpp", ".h"))]

    def lines(self, name: str) -> Iterator[tuple[int, str]]:
        try:
            text = (self.root / name).read_text()
        except UnicodeDecodeError:
            return
        yield from enumerate(text.splitlines(), start=1)

    def search(self, pattern: str, names: list[str], rule: str) -> Iterator[tuple[str, int, re.Match]]:
        """Matches of a pattern, except on lines that allow the rule and give a reason."""
        compiled = re.compile(pattern)
        allowance = re.compile(rf"lint: allow {rule}: \S+")
        for name in names:
            for number, line in self.lines(name):
                match = compiled.search(line)
                if match and not allowance.search(line):
                    yield name, number, match
