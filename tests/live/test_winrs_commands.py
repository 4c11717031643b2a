"""Every form of winrs's command line, against a running service: exit status and the shape of what is printed."""

import os
import re
import subprocess
from dataclasses import dataclass

import pytest
from support.service import binary


@dataclass
class Line:
    """A command line, what it prints, and what it says when it fails. {http} and {https} become URLs of the service."""

    row: str
    words: list[str]
    out: str = r"^$"
    err: str = ""
    status: int = 0
    stdin: str | None = None
    local: bool = False


USAGE = r"^Winrs error:\n\n.*\nType \"winrs -\?\" for help\.\n$"
HELP = r"^winrs runs a command"
HTTPS_CHECKS = ["-skipCAcheck", "-skipCNcheck"]

LINES = [
    # help
    Line("W1", [], HELP, local=True),
    Line("W1", ["-?"], HELP, local=True),
    Line("W1", ["/?"], HELP, local=True),
    Line("W1", ["/?", "/r:host"], HELP, local=True),
    Line("W1", ["-?", "echo", "a"], HELP, local=True),
    # remote, as the reference writes it
    Line("W1", ["-remote:{http}", "echo", "a"], r"^a\n$"),
    Line("W1", ["/REMOTE:{http}", "echo", "a"], r"^a\n$"),
    Line("W1", ["-R:{http}", "echo", "a"], r"^a\n$"),
    Line("W1", ["/r:{https}", *HTTPS_CHECKS, "echo", "a"], r"^a\n$"),
    Line("W1", ["/r:{http}", "sh", "-c", "exit 3"], status=3),
    Line("W1", ["/r:{http}", "sh -c 'echo out; echo err >&2; exit 300'"], r"^out\n$", r"err\n$", status=44),
    Line("W1", ["/r:{http}", "cat"], r"^typed\n$", stdin="typed\n"),
    Line("W1", ["/r:{http}", "echo", "-n", "/r:other", "-?"], r"^/r:other -\?$"),
    Line("W1", ["/r:{http}", "no-such-program"], err=r"not found", status=127),
    Line("W1", ["/r:http://127.0.0.1:1", "x"], err=r"^Winrs error:\n\n127.0.0.1:1 refused the connection", status=255),
    Line("W1", ["/r:ftp://host", "x"], err=r"transport must be http or https", status=255),
    Line("W1", ["/r:http://[::1", "x"], err=r"brackets do not hold an IPv6 address", status=255),
    # echo, environment, directory, profile
    Line("W2", ["/r:{http}", "/noe", "echo a"], r"^a\n$"),
    Line("W2", ["/r:{http}", "-NoEcho", "echo a"], r"^a\n$"),
    Line("W3", ["/r:{http}", "/nop", "/env:PATH=/opt/bin:/bin", "/env:X=1", "echo $PATH $X"], r"^/opt/bin:/bin 1\n$"),
    Line("W3", ["/r:{http}", "-Environment:X=a=b c", 'echo "$X"'], r"^a=b c\n$"),
    Line("W3", ["/r:{http}", "/env:X", "echo"], err=r"takes NAME=VALUE", status=255),
    Line("W3", ["/r:{http}", "/d:/usr", "pwd"], r"^/usr\n$"),
    Line("W3", ["/r:{http}", "-directory:/usr", "pwd"], r"^/usr\n$"),
    Line("W3", ["/r:{http}", "-d:/no/such/folder", "pwd"], err=r"^Winrs error:\n\n", status=255),
    Line("W3", ["/r:{http}", "/nop", "echo a"], r"^a\n$"),
    Line("W3", ["/r:{http}", "-NOPROFILE", "echo a"], r"^a\n$"),
    # delegation, compression, TLS, clear text
    Line("W5", ["/r:{http}", "/ad", "echo a"], r"^a\n$"),
    Line("W5", ["/r:{http}", "-AllowDelegate", "echo a"], r"^a\n$"),
    Line("W5", ["/r:{http}", "/comp", "seq 1000"], r"^1\n(.*\n)+1000\n$"),
    Line("W5", ["/r:{http}", "-compression", "echo a"], r"^a\n$"),
    Line("W5", ["/r:127.0.0.1:{https_port}", "/usessl", *HTTPS_CHECKS, "echo", "a"], r"^a\n$"),
    Line("W5", ["/r:127.0.0.1:{https_port}", "-SSL", *HTTPS_CHECKS, "echo", "a"], r"^a\n$"),
    Line("W5", ["/r:{https}", "-usessl", "x"], err=r"either -usessl or a transport in -remote", status=255),
    Line("W5", ["/r:{https}", "echo", "a"], err=r"certificate is not trusted", status=255),
    Line("W5", ["/r:{https}", *HTTPS_CHECKS, "/un", "echo a"], r"^a\n$"),
    Line("W5", ["/r:{http}", "/un", "echo a"], err=r"AllowUnencrypted", status=255),
    Line("W5", ["/r:{http}", "-Unencrypted", "echo a"], err=r"AllowUnencrypted", status=255),
    # the switch without a meaning
    Line("W5", ["/r:{http}", "/t:30", "echo a"], r"^a\n$"),
    Line("W5", ["/r:{http}", "-Timeout:600", "echo a"], r"^a\n$"),
    # this machine
    Line("W6", ["echo", "a"], r"^a\n$", local=True),
    Line("W6", ["-directory:/", "/env:X=2", "echo $PWD $X"], r"^/ 2\n$", local=True),
    Line("W6", ["-u:a", "-p:x", "echo"], err=r"Credentials are not accepted for the local", status=255, local=True),
    # without a command: the remote shell
    Line("W2", ["/r:{http}", "/nop"], r"^/usr\n$", stdin="cd /usr; pwd; exit 2\n", status=2),
    Line("W6", ["-noprofile"], r"^ok\n$", stdin="echo ok\n", local=True),
    # additions: many hosts, code pages
    Line("W1", ["-r:{http},{https}", *HTTPS_CHECKS, "echo a"], err=r"-skipCAcheck is for HTTPS", status=255),
    Line("W1", ["-r:{http},127.0.0.2:1", "echo a"], r"^http://127.0.0.1:\d+: a\n$", r"1 succeeded; 1 failed", 2),
    Line("W1", ["-r:{http}", "-format:JSON", "echo a"], r'^\{"host":"http://127.*"exitCode":0,"stdout":"a\\n"'),
    Line("W1", ["-r:{http}", "-output:GROUP", "echo a"], r"^==> http://127.0.0.1:\d+ <==\na\n$"),
    Line("W1", ["-r:a,b", "-format:xml", "x"], err=r"-format is text or json", status=255, local=True),
    Line("W1", ["-r:a,b", "-output:json", "x"], err=r"-output is prefix or group", status=255, local=True),
    Line("W1", ["-r:a,b", "-parallel:many", "x"], err=r"-parallel takes a number from 1", status=255, local=True),
    Line("W1", ["-r:a,b", "-hosttimeout:0", "x"], err=r"-hosttimeout takes a number", status=255, local=True),
    Line("W1", ["-r:a,b", "-noprofile"], err=r"several hosts need one", status=255, local=True),
    Line("W1", ["-r:@/no/list", "x"], err=r"/no/list cannot be read", status=255, local=True),
    Line("W1", ["-i:/no/inventory", "x"], err=r"/no/inventory", status=255, local=True),
    Line("W1", ["-codepage:0", "x"], err=r"-codepage takes a number from 1 to 65535", status=255, local=True),
    Line("W1", ["-reconnect:soon", "x"], err=r"-reconnect takes a number", status=255, local=True),
    # what is no command line
    Line("W1", ["-bogus", "x"], err=USAGE, status=255, local=True),
    Line("W1", ["-r:", "x"], err=r"needs a value", status=255, local=True),
    Line("W1", ["-r:a", "-remote:b", "x"], err=r"given twice", status=255, local=True),
    Line("W1", ["-noecho:1", "x"], err=r"takes no value", status=255, local=True),
    Line("W1", ["-r:a", "-p:secret", "x"], err=r"-password needs a user", status=255, local=True),
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.row} {' '.join(line.words)}"[:70])
def test_W1_W2_W3_W5_W6_every_form(service, line):
    known = {
        "{http}": f"http://127.0.0.1:{service.http_port}",
        "{https}": f"https://127.0.0.1:{service.https_port}",
        "{https_port}": str(service.https_port),
    }
    words = line.words
    for name, value in known.items():
        words = [word.replace(name, value) for word in words]
    # Credentials go first: the first plain word ends the switches.
    log_on = [] if line.local or not any("127.0.0.1" in word for word in words) else credentials()
    environment = {**os.environ, "WINRM_CONFIG": str(service.configuration), "SECRET": service.user.password}
    done = subprocess.run(
        [binary("winrs"), *log_on, *words],
        input=line.stdin or "",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
    )
    assert re.search(line.out, done.stdout), done.stdout + done.stderr
    assert re.search(line.err, done.stderr), done.stderr
    assert done.returncode == line.status, done.stderr


def credentials():
    return ["/u:tester", "-passwordenv:SECRET"]


def test_W1_user_and_password_by_every_name(service):
    for user, password in (("-username", "-password"), ("/U", "/P"), ("-u", "/password")):
        done = subprocess.run(
            [
                binary("winrs"),
                f"-r:http://127.0.0.1:{service.http_port}",
                f"{user}:{service.user.name}",
                f"{password}:{service.user.password}",
                "echo a",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.stdout, done.returncode) == ("a\n", 0), done.stderr


def test_W5_a_ticket_is_delegated_with_kerberos(kerberos_service, ticket):
    """The logon with GSS_C_DELEG_FLAG succeeds; what the host does with the ticket is row Y4."""
    done = subprocess.run(
        [binary("winrs"), f"-r:http://localhost:{kerberos_service.http_port}", "-ad", "echo a"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("a\n", 0), done.stderr
