"""Our tools against what Windows hosts answer: fixtures written from the protocol's reference, and conversations
recorded from real hosts, which WINRM_RECORDINGS names the folder of."""

import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from support.envelope import GET, Request
from support.replayed_host import ReplayedHost, read_fixture, read_recording
from support.service import binary

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/windows"
RECORDINGS = Path(os.environ.get("WINRM_RECORDINGS", ROOT.parent / "shared/recordings/windows"))
CONFIG_URI = "http://schemas.microsoft.com/wbem/wsman/1/config"


@pytest.fixture
def tool(tmp_path):
    """Runs winrm or winrs against a replayed host."""
    client = tmp_path / "client.toml"
    client.write_text('[Client]\nAllowUnencrypted = true\nTrustedHosts = "*"\n')

    def run(host: ReplayedHost, program: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess:
        log_on = [f"-r:{host.url}", "-u:alice", "-p:secret", "-a:Basic", "-unencrypted"]
        done = subprocess.run(
            [binary(program), *log_on, *words],
            input=stdin.encode(),
            capture_output=True,
            timeout=60,
            check=False,
            env={**os.environ, "WINRM_CONFIG": str(client)},
        )
        # Line ends as they are: what comes of a host comes out byte by byte.
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    return run


WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2"
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
SHOWN = {
    "identify": (
        ["identify"],
        "IdentifyResponse\n"
        "    ProtocolVersion = http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\n"
        "    ProductVendor = Microsoft Corporation\n"
        "    ProductVersion = OS: 10.0.17763 SP: 0.0 Stack: 3.0\n",
    ),
    "enumerate_services": (
        ["enumerate", "wmicimv2/Win32_Service"],
        "Win32_Service\n    AcceptStop = true\n    Description = Remote & local\n    InstallDate = null\n"
        "    Name = WinRM\n    ProcessId = 612\n    State = Running\n\n"
        "Win32_Service\n    AcceptStop = true\n    Description = null\n    InstallDate = null\n"
        "    Name = Spooler\n    ProcessId = 0\n    State = Stopped\n\n"
        "Win32_Service\n    AcceptStop = true\n    Description\n    InstallDate = null\n"
        "    Name = W32Time\n    ProcessId = 988\n    State = Running\n",
    ),
    "enumerate_nothing": (["enumerate", "wmicimv2/Win32_TapeDrive"], ""),
    "get_process": (
        ["get", "wmicimv2/Win32_Process?Handle=4"],
        "Win32_Process\n    Caption = System <Idle>\n    CommandLine = null\n"
        "    CreationDate\n        Datetime = 2014-04-03T14:45:50.46875+08:00\n"
        "    Handles = 1, 2, 3\n    Name\n"
        f"    Owner\n        Address = {ANONYMOUS}\n        ReferenceParameters\n"
        f"            ResourceURI = {WMI}/Win32_Account\n            SelectorSet\n"
        "                Selector: Domain = HOST, Name = alice\n",
    ),
    "get_fragment": (
        ["get", "wmicimv2/Win32_Service?Name=WinRM", "-fragment:State"],
        "XmlFragment\n    State = Running\n",
    ),
    "create_process": (
        ["invoke", "Create", "wmicimv2/Win32_Process", '@{CommandLine="calc.exe";CurrentDirectory=$null}'],
        "Create_OUTPUT\n    ProcessId = 4711\n    ReturnValue = 0\n",
    ),
    "set_winrs": (
        ["set", "winrm/config/winrs", '@{MaxShellsPerUser="20"}'],
        'Winrs\n    AllowRemoteShellAccess = true\n    IdleTimeout = 7200000 [Source="GPO"]\n'
        "    MaxShellsPerUser = 20\n",
    ),
}
SHOWN_FAULTS = {
    "fault_of_a_provider": (
        "WSManFault\n    Message\n        ProviderFault\n            WSManFault\n                Message = Not found",
        "Error number:  -2144108294 0x803380FA\n",
    ),
    "fault_access_denied": ("WSManFault\n    Message = Access is denied.", "Error number:  -2147024891 0x80070005\n"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_P22_T2_answers_of_windows_are_shown(tool, name):
    words, shown = SHOWN[name]
    with ReplayedHost(read_fixture(FIXTURES / f"{name}.xml")) as host:
        done = tool(host, "winrm", *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown
    assert host.unanswered == []


@pytest.mark.parametrize("name", SHOWN_FAULTS)
def test_P22_P17_faults_of_windows_are_shown(tool, name):
    with ReplayedHost(read_fixture(FIXTURES / f"{name}.xml")) as host:
        done = tool(host, "winrm", "get", "wmicimv2/Win32_Service?Name=none")
    assert done.returncode == 1
    assert done.stdout == ""
    for part in SHOWN_FAULTS[name]:
        assert part in done.stderr


def test_P22_P4_a_listener_is_made_and_removed_on_windows(tool):
    address = "winrm/config/listener?Address=*+Transport=HTTPS"
    with ReplayedHost(read_fixture(FIXTURES / "create_and_delete_listener.xml")) as host:
        made = tool(host, "winrm", "create", address, '@{Hostname="web01"}')
        removed = tool(host, "winrm", "delete", address)
    assert made.stdout.endswith("            Selector: Address = *, Transport = HTTPS\n"), made.stderr
    assert (removed.returncode, removed.stdout) == (0, ""), removed.stderr
    body = host.request("Create").find("{*}Body")[0]
    assert body.tag == f"{{{CONFIG_URI}/listener}}listener"
    assert body.findtext("{*}Hostname") == "web01"


def test_P22_what_windows_reads_of_a_method_call(tool):
    with ReplayedHost(read_fixture(FIXTURES / "create_process.xml")) as host:
        tool(host, "winrm", *SHOWN["create_process"][0])
    given = host.request("Create").find("{*}Body")[0]
    assert given.tag == f"{{{WMI}/Win32_Process}}Create_INPUT"
    assert [child.tag.split("}")[1] for child in given] == ["CommandLine", "CurrentDirectory"]
    assert given[1].get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"


def test_P22_T5_set_puts_back_what_it_read_with_the_change(tool):
    with ReplayedHost(read_fixture(FIXTURES / "set_winrs.xml")) as host:
        tool(host, "winrm", *SHOWN["set_winrs"][0])
    given = host.request("Put").find("{*}Body")[0]
    assert given.tag == f"{{{CONFIG_URI}/winrs}}Winrs"
    assert given.findtext("{*}MaxShellsPerUser") == "20"


def test_P22_W1_a_negative_exit_code_and_a_long_poll_of_windows(tool):
    with ReplayedHost(read_fixture(FIXTURES / "shell_negative_exit_code.xml")) as host:
        done = tool(host, "winrs", "exit -1")
    assert (done.stdout, done.stderr, done.returncode) == ("one\r\ntwo", "bad\r\n", 255)
    assert host.unanswered == []


def test_P22_Q10_the_quota_of_windows_is_told(tool):
    with ReplayedHost(read_fixture(FIXTURES / "shell_quota.xml")) as host:
        done = tool(host, "winrs", "hostname")
    assert done.returncode == 255
    assert re.match(r"^Winrs error:\n\n.*maximum number of 30 concurrent shells", done.stderr)


def test_every_fixture_is_replayed():
    used = {*SHOWN, *SHOWN_FAULTS, "create_and_delete_listener", "shell_negative_exit_code", "shell_quota"}
    assert {file.stem for file in FIXTURES.glob("*.xml")} == used


# What winrs shows of each recorded conversation: its words, standard output (an expression), error and exit status.
COMMANDS = {
    "test_winrs_standard": (["cmd.exe", "/c", "echo", "hi"], r"hi\r\n", "", 0),
    "test_winrs_stderr_rc": (["cmd.exe /c echo out && echo err>&2 && exit 1"], r"out \r\n", r"err \r\n", 1),
    "test_winrs_unicode": (["powershell.exe Write-Host こんにちは"], "こんにちは\n", "", 0),
    "test_winrs_operation_timeout": (["powershell.exe slow"], "hi\nhi again\n", "", 0),
    "test_winrs_environment": (
        ["-env:env1=var1", "-env:a&b=c<d", "cmd.exe", "/c", "set"],
        r"(?s).*1234=5678\r\n.*",
        "",
        0,
    ),
    "test_winrs_extra_opts": (["-d:C:\\Windows", "powershell.exe (pwd).Path"], r"C:\\Windows\r\n", "", 0),
    "test_winrs_noprofile": (["-noprofile", "powershell.exe $env:username"], r"(?s).+", "", 0),
    "test_winrs_send": (["powershell.exe", "-"], "output 1\noutput 2\n", "", 0),
    "test_client_execute_cmd": (["dir"], r"(?s).+", "", 0),
    "test_client_execute_cmd_environment": (["dir"], r"(?s).+", "", 0),
    "test_winrs_bad_cmd_id": (["cmd.exe"], "", r"(?s)Winrs error:\n\n.*command identifier that does not exist.*", 255),
    "test_winrs_no_cmd_shell": (["echo", "hi"], "", r"(?s)Winrs error:\n\n.*cannot find the file.*", 255),
}
SETTINGS = {f"test_wsman_update_envelope_size_{kilobytes}": str(kilobytes) for kilobytes in (150, 500, 4096)}
# Conversations that our tools cannot have: a Receive without a command, and a shell that is opened and left alone.
OF_THE_LIBRARY = {"test_winrs_fail_poll_process", "test_winrs_open_already_opened"}


@pytest.fixture(scope="module")
def recordings() -> Path:
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recorded conversations of Windows hosts in {RECORDINGS}: WINRM_RECORDINGS names their folder")
    return RECORDINGS


@pytest.mark.parametrize("name", COMMANDS)
def test_P22_W1_recorded_commands_come_out_of_winrs(recordings, tool, name):
    words, out, err, status = COMMANDS[name]
    typed = 'Write-Host "output 1";Write-Host "output 2";' if name.endswith("send") else ""
    with ReplayedHost(read_recording(recordings / f"{name}.yml")) as host:
        done = tool(host, "winrs", *words, stdin=typed)
    assert re.fullmatch(out, done.stdout), done.stdout + done.stderr
    assert re.fullmatch(err, done.stderr), done.stderr
    assert done.returncode == status
    assert host.input().decode() == typed
    assert host.actions[-1] == "Delete", "the shell was left"
    assert "404" not in done.stderr


@pytest.mark.parametrize("name", SETTINGS)
def test_P22_C1_recorded_settings_come_out_of_winrm(recordings, tool, name):
    with ReplayedHost(read_recording(recordings / f"{name}.yml")) as host:
        done = tool(host, "winrm", "get", "winrm/config")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Config\n    MaxEnvelopeSizekb = {SETTINGS[name]}\n")
    assert "    Client\n        NetworkDelayms = " in done.stdout
    assert "    Winrs\n        AllowRemoteShellAccess = " in done.stdout


def test_P22_every_recording_is_replayed(recordings):
    assert {file.stem for file in recordings.glob("*.yml")} == {*COMMANDS, *SETTINGS, *OF_THE_LIBRARY}


def outline(element: ElementTree.Element, depth: int = 0) -> list[str]:
    """The elements with their namespaces, each name once in its parent and without what is optional."""
    lines, seen = ["  " * depth + element.tag], set()
    for child in element:
        if child.tag not in seen and not child.tag.endswith("}ActivityId"):
            seen.add(child.tag)
            lines += outline(child, depth + 1)
    return lines


@pytest.mark.parametrize("name", SETTINGS)
def test_P22_C1_our_configuration_has_the_elements_of_windows(recordings, caller, name):
    (exchange,) = read_recording(recordings / f"{name}.yml")
    theirs = ElementTree.fromstring(exchange.response)
    ours = ElementTree.fromstring(caller.call(Request(GET, CONFIG_URI)).body)
    assert outline(ours) == outline(theirs)
