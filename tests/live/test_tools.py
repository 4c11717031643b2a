"""winrm and winrs against a running service, as a person types them."""

import json
import os
import pty
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest

from support.service import binary


@pytest.fixture
def password_file(service, tmp_path):
    file = tmp_path / "password"
    file.write_text(service.user.password + "\n")
    file.chmod(0o600)
    return file


@pytest.fixture(params=["http", "https"])
def who(request, service, password_file):
    return switches(service, request.param, password_file)


@pytest.fixture
def over_http(service, password_file):
    return switches(service, "http", password_file)


def switches(service, scheme, password_file):
    port = getattr(service, f"{scheme}_port")
    found = [f"-r:{scheme}://127.0.0.1:{port}", f"-u:{service.user.name}", f"-passwordfile:{password_file}"]
    return found + (["-skipCAcheck", "-skipCNcheck"] if scheme == "https" else [])


def run(program, *arguments, **options):
    command = [binary(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def test_P10_identify(who):
    done = run("winrm", "identify", *who)
    assert done.returncode == 0, done.stderr
    assert "ProductVersion = OS: " in done.stdout and "OS: 0.0.0" not in done.stdout


def test_P9_identify_without_authentication(service):
    done = run("winrm", "id", f"-r:http://127.0.0.1:{service.http_port}", "-auth:none")
    assert done.returncode == 0, done.stderr
    assert "OS: 0.0.0" in done.stdout


def test_get_operating_system(who):
    done = run("winrm", "get", "wmicimv2/Win32_OperatingSystem", *who)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Win32_OperatingSystem\n")
    assert "CSName = " in done.stdout


@pytest.mark.parametrize("alias", ["wmicimv2/Win32_Process", "wmi/root/cimv2/Win32_Process"])
def test_M2_get_by_selector_and_aliases(over_http, alias):
    done = run("winrm", "GET", f"{alias}?Handle=1", *over_http)
    assert done.returncode == 0, done.stderr
    assert "ProcessId = 1\n" in done.stdout


def test_enumerate_processes(who):
    done = run("winrm", "e", "wmicimv2/Win32_Process", *who)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Win32_Process\n") > 3


def test_formats(over_http):
    def shown(name):
        done = run("winrm", "get", "wmicimv2/Win32_OperatingSystem", f"-format:{name}", *over_http)
        assert done.returncode == 0, done.stderr
        return done.stdout

    document = json.loads(shown("json"))
    assert "CSName" in json.dumps(document)
    assert ElementTree.fromstring(shown("xml")).tag.endswith("Win32_OperatingSystem")
    assert ElementTree.fromstring(shown("pretty")).tag.endswith("Win32_OperatingSystem")
    assert "\n" in shown("pretty").strip()


def test_switches_of_windows_in_any_case(service, password_file):
    done = run(
        "winrm",
        "IDENTIFY",
        f"/REMOTE:http://127.0.0.1:{service.http_port}",
        f"/Username:{service.user.name}",
        f"-PASSWORDFILE:{password_file}",
        "-A:NEGOTIATE",
    )
    assert done.returncode == 0, done.stderr


def test_a_fault_goes_to_stderr_with_exit_code_1(over_http):
    done = run("winrm", "get", "wmicimv2/Win32_NoSuchClass", *over_http)
    assert done.returncode == 1 and done.stdout == ""
    assert "WSManFault" in done.stderr


def test_authentication_failure_says_what_was_tried(service, tmp_path):
    (tmp_path / "wrong").write_text("wrong\n")
    done = run(
        "winrm",
        "identify",
        f"-r:http://127.0.0.1:{service.http_port}",
        f"-u:{service.user.name}",
        f"-passwordfile:{tmp_path}/wrong",
    )
    assert done.returncode != 0
    assert "Negotiate" in done.stderr
    assert "wrong\n" not in done.stderr


def test_A14_clear_text_is_refused_by_the_client(over_http):
    done = run("winrm", "identify", "-unencrypted", *over_http)
    assert done.returncode != 0
    assert "AllowUnencrypted" in done.stderr


def test_ntlm_over_http_only_towards_trusted_hosts(service, password_file):
    done = run(
        "winrm",
        "identify",
        "-r:http://198.51.100.7:5985",
        "-a:Negotiate",
        f"-u:{service.user.name}",
        f"-passwordfile:{password_file}",
    )
    assert done.returncode != 0
    assert "TrustedHosts" in done.stderr


def test_password_from_the_environment(service):
    done = run(
        "winrm",
        "identify",
        f"-r:http://127.0.0.1:{service.http_port}",
        f"-u:{service.user.name}",
        "-passwordenv:MY_SECRET",
        env={**os.environ, "MY_SECRET": service.user.password},
    )
    assert done.returncode == 0, done.stderr


def test_A1_kerberos_ticket_needs_no_password(kerberos_service, ticket):
    done = run("winrm", "identify", f"-r:http://localhost:{kerberos_service.http_port}", "-a:Kerberos")
    assert done.returncode == 0, done.stderr
    done = run("winrs", f"-r:http://localhost:{kerberos_service.http_port}", "echo", "kerberos")
    assert done.stdout == "kerberos\n", done.stderr


def test_W1_streams_and_exit_code(who):
    done = run("winrs", *who, "echo out; echo err >&2; exit 3")
    assert (done.stdout, done.returncode) == ("out\n", 3), done.stderr
    assert done.stderr.endswith("err\n"), "after what the account's profile may say"


def test_W1_standard_input(who):
    data = "line\n" * 20000
    done = run("winrs", *who, "sha256sum", input=data)
    local = subprocess.run(["sha256sum"], input=data, capture_output=True, text=True, check=True)
    assert done.stdout == local.stdout


def test_W1_large_output(over_http):
    done = subprocess.run(
        [binary("winrs"), *over_http, "head -c 20000000 /dev/zero"], capture_output=True, timeout=60, check=False
    )
    assert (len(done.stdout), done.returncode) == (20000000, 0)


def test_environment_and_directory(over_http):
    done = run("winrs", *over_http, "-env:COLOUR=blue", "-env:SIZE=3", "-d:/usr", 'echo "$COLOUR $SIZE $PWD"')
    assert done.stdout == "blue 3 /usr\n", done.stderr


def test_W4_ctrl_c_reaches_the_remote_command(over_http):
    command = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done"
    process = subprocess.Popen(
        [binary("winrs"), *over_http, "-noprofile", command], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.read() == "caught\n"
    assert process.wait(timeout=10) == 9


def test_W4_a_second_ctrl_c_ends_the_client(over_http):
    command = "trap '' INT; echo ready; sleep 60"
    process = subprocess.Popen(
        [binary("winrs"), *over_http, "-noprofile", command], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    time.sleep(1)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) != 0


def test_the_password_can_be_asked_for(service):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(
            binary("winrm"),
            ["winrm", "identify", f"-r:http://127.0.0.1:{service.http_port}", f"-u:{service.user.name}"],
        )
    shown = b""
    while b"assword" not in shown:
        shown += os.read(terminal, 1024)
    time.sleep(0.3)
    os.write(terminal, service.user.password.encode() + b"\n")
    try:
        while data := os.read(terminal, 1024):
            shown += data
    except OSError:
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, shown
    assert service.user.password.encode() not in shown


def test_W6_the_local_machine_is_the_default(service):
    """Over the service's own socket: the account of the caller is its credential."""
    environment = {**os.environ, "WINRM_CONFIG": str(service.configuration)}
    done = run("winrs", "id -un", env=environment)
    local = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.returncode) == (local.stdout, 0), done.stderr


def test_unknown_switch_is_named():
    done = run("winrm", "identify", "-nosuchswitch:1")
    assert done.returncode != 0
    assert "nosuchswitch" in done.stderr


@pytest.mark.parametrize("program", ["winrm", "winrs", "winrmd"])
def test_help(program):
    help_switch = "--help" if program == "winrmd" else "-?"
    done = run(program, help_switch)
    assert done.returncode == 0 and program in done.stdout
