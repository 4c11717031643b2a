"""A principal comes out of a finished, verified log-on and nowhere else (docs/security/threat-model.md)."""

from collections.abc import Iterator

from tree import Finding, Tree

# Files that may name the one class that can make a Principal.
MINTS = (
    "src/auth/",
    "src/service/broker/",
    "src/service/host/",
    "tests/",
)


def check(tree: Tree) -> Iterator[Finding]:
    for name, line, _ in tree.search(r"\bPrincipalMint\b", tree.sources(), "principal_minting"):
        if not name.startswith(MINTS):
            yield Finding(name, line, "PrincipalMint may only be used where a log-on has been verified")
