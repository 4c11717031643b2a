"""Nothing blocks in a coroutine's thread: sleeping, name look-up, PAM and GSSAPI belong to other processes or workers."""

from collections.abc import Iterator

from tree import Finding, Tree

BLOCKING = r"\b(sleep_for|sleep_until|usleep|getaddrinfo|gethostbyname|getpwnam|pam_\w+|gss_(accept|init)_sec_context|std::system)\s*\("


def check(tree: Tree) -> Iterator[Finding]:
    coroutines = [name for name in tree.sources("src/") if any("co_await" in line for _, line in tree.lines(name))]
    for name, line, match in tree.search(BLOCKING, coroutines, "blocking_in_http"):
        yield Finding(name, line, f"{match[1]}() blocks every connection of this thread")
