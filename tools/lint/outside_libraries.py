"""Outside libraries stay in the rooms that docs/architecture.md gives them: compile times and replaceability."""

from collections.abc import Iterator

from tree import Finding, Tree

# What an #include begins with, and where it may stand.
HOMES = {
    "boost/": ("src/http/", "src/service/front/"),
    "toml++/": ("src/config/",),
    "libxml/": ("src/xml/",),
    "openssl/": ("src/http/", "src/auth/", "src/base/"),
    "gssapi/": ("src/auth/",),
    "krb5": ("src/auth/",),
    "security/pam": ("src/system/",),
    "crypt.h": ("src/auth/", "src/system/"),
    "sdbus-c++/": ("src/system/",),
    "systemd/": ("src/system/",),
    "google/protobuf": ("src/ipc/",),
    "spdlog/": ("src/base/",),
    "histedit.h": ("src/tools/winrs/",),
}


def check(tree: Tree) -> Iterator[Finding]:
    for name, line, match in tree.search(r"^#\s*include\s*<([^>]+)>", tree.sources("src/"), "outside_libraries"):
        for prefix, homes in HOMES.items():
            if match[1].startswith(prefix) and not name.startswith(homes):
                yield Finding(name, line, f"<{match[1]}> belongs in {' or '.join(homes)} only")
