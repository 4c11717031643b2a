"""Every form of winrm's command line, against a running service: exit status and the shape of what is printed."""

import json
import os
import re
import subprocess
from dataclasses import dataclass

import pytest
from support.service import Service, binary


@dataclass
class Line:
    """A command line, what it prints, and what it says when it fails."""

    row: str
    words: list[str]
    out: str = ""
    err: str = ""
    status: int = 0
    stdin: str | None = None
    remote: bool = False
    secure: bool = False


HELP = r"winrm manages this machine and others"
HINT = r'^Error: .*\nType "winrm -\?" for help\.\n$'
FAULT = r"^WSManFault\n    Message.*\n\nError number:  -\d+ 0x[0-9A-F]{8}\n.+\n$"
CONFIG = "winrm/config"
SKIP = ["-skipCAcheck", "-skipCNcheck"]
ROOT_SDDL = "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)"
ROOT_FOLDER = "Win32_LogicalDisk?DeviceID=/"
MAPPING = f"{CONFIG}/service/certmapping?Issuer=0123456789012345678901234567890123456789+Subject=a+URI=*"
PARTS = {
    "": "Config",
    "/client": "Client",
    "/client/auth": "Auth",
    "/client/defaultports": "DefaultPorts",
    "/service": "Service",
    "/service/auth": "Auth",
    "/service/defaultports": "DefaultPorts",
    "/winrs": "Winrs",
}

LINES = [
    # 2.1 grammar
    Line("T1", [], HELP),
    Line("T1", ["-?"], HELP),
    Line("T1", ["/?"], HELP),
    Line("T1", ["help"], HELP),
    Line("T1", ["GET", "-?"], r"^winrm get RESOURCE_URI"),
    Line("T1", ["fetch"], err=HINT, status=1),
    Line("T1", ["get", "winrm/config", "-bogus"], err=HINT, status=1),
    Line("T1", ["get", "winrm/config", "-filter:x"], err=HINT, status=1),
    Line("T1", ["get", "winrm/config", "-:x"], err=HINT, status=1),
    Line("T1", ["get", "winrm/config", "-f:xml", "-format:xml"], err=r"given twice", status=1),
    Line("T1", ["get", "winrm/config", "-format:"], err=r"needs a value", status=1),
    Line("T1", ["get"], err=r"needs a resource URI", status=1),
    Line("T1", ["get", ""], err=r"^Error: The resource URI is empty", status=1),
    Line("T1", ["invoke"], err=r"needs an action", status=1),
    Line("T1", ["set", CONFIG, "-file:/nowhere.xml"], err=r"/nowhere.xml cannot be read", status=1),
    Line("T1", ["get", CONFIG, "@{A=1}"], err=r"takes no input", status=1),
    Line("T1", ["set", CONFIG], err=r"set needs input", status=1),
    Line("T1", ["get", CONFIG, "-format:html"], err=r"no output format", status=1),
    Line("T1", ["set", CONFIG, "@{=1}"], err=r"is no key", status=1),
    # 2.2 verbs and their short forms
    Line("T1", ["get", f"{CONFIG}/client/auth"], r"^Auth\n    Basic = true\n"),
    Line("T1", ["g", f"{CONFIG}/client/auth"], r"^Auth\n"),
    Line("T1", ["set", f"{CONFIG}/client", '@{NetworkDelayms="6000"}'], r"^Client\n    NetworkDelayms = 6000\n"),
    Line("T1", ["s", f"{CONFIG}/client", '@{NetworkDelayms="6000"}'], r"^Client\n"),
    Line("T1", ["put", f"{CONFIG}/client", '@{NetworkDelayms="6000"}'], r"^Client\n"),
    Line("T1", ["p", f"{CONFIG}/client", '@{NetworkDelayms="6000"}'], r"^Client\n"),
    Line("T1", ["enumerate", f"{CONFIG}/listener"], r"^Listener\n    Address = IP:127.0.0.1\n"),
    Line("T1", ["e", f"{CONFIG}/listener"], r"^Listener\n(    .*\n)+\nListener\n"),
    Line("T1", ["enum", f"{CONFIG}/listener"], r"^Listener\n"),
    Line(
        "T1",
        ["identify", "-auth:none"],
        r"^IdentifyResponse\n    ProtocolVersion = http://schemas.dmtf.org",
        remote=True,
    ),
    Line("P9", ["id", "-auth:none"], r"ProductVersion = OS: 0\.0\.0 SP: 0\.0 Stack: ", remote=True),
    Line("T1", ["identify"], err=r"Error number:  -2144108292 0x803380FC", status=1),
    Line("T9", ["helpmsg", "5"], r"^Access is denied"),
    Line("T9", ["helpmsg", "0x80338012"], r"^The WinRM client cannot connect"),
    Line("T9", ["helpmsg", "-2144108526"], r"^The WinRM client cannot connect"),
    Line("T9", ["helpmsg", "0x80041010"], r"^There is no such WMI class"),
    Line("T9", ["helpmsg", "12175"], r"^The TLS connection could not be made"),
    Line("T9", ["helpmsg", "five"], err=HINT, status=1),
    Line("T7", ["get", f"{CONFIG}/winrs", "-a:Basic", *SKIP], r"^Winrs\n", secure=True),
    Line("T1", ["invoke", "restore", CONFIG, "@{}"], r"^Restore_OUTPUT\n$"),
    Line("T1", ["i", "Restore", CONFIG], r"^Restore_OUTPUT\n$"),
    Line("T1", ["quickconfig", "-?"], r"^winrm quickconfig"),
    Line("T1", ["query", "select Name from Win32_OperatingSystem"], r"^XmlFragment\n    Name = "),
    # 2.3 switches
    Line("T2", ["get", f"{CONFIG}/winrs", "-format:xml"], r"^<cfg:Winrs xmlns:cfg=[^\n]*</cfg:Winrs>\n$"),
    Line("T2", ["get", f"{CONFIG}/winrs", "-format:#xml"], r"^<cfg:Winrs"),
    Line(
        "T2", ["get", f"{CONFIG}/winrs", "-format:pretty"], r"^<cfg:Winrs[^\n]*>\n  <cfg:AllowRemoteShellAccess>true<"
    ),
    Line("T2", ["get", f"{CONFIG}/winrs", "-f:#pretty"], r"^<cfg:Winrs"),
    Line("T2", ["get", f"{CONFIG}/winrs", "-f:text"], r"^Winrs\n"),
    Line("T2", ["get", f"{CONFIG}/winrs", "-f:json"], r'^\{"__CLASS":"Winrs","AllowRemoteShellAccess":"true"'),
    Line("T2", ["get", f"{CONFIG}/winrs", "-f:csv"], r"^AllowRemoteShellAccess,IdleTimeout,.*\ntrue,7200000,"),
    Line(
        "T2",
        ["get", f"{CONFIG}/winrs", "-f:table"],
        r"^AllowRemoteShellAccess  IdleTimeout  .*\ntrue                    7200000",
    ),
    Line("T7", ["get", f"{CONFIG}/winrs", "-encoding:utf-16"], r"^Winrs\n", remote=True),
    Line("T7", ["get", f"{CONFIG}/winrs", "-encoding:latin1"], err=r"no encoding", status=1, remote=True),
    Line("T7", ["get", f"{CONFIG}/winrs", "-timeout:5000"], r"^Winrs\n", remote=True),
    Line("T7", ["get", f"{CONFIG}/winrs", "-timeout:soon"], err=r"is no time", status=1),
    Line("T7", ["get", CONFIG, "-remote:http://[::1"], err=r"0x803380D9", status=1),
    Line("T7", ["get", CONFIG, "-remote:ftp://x"], err=r"0x803380DA", status=1),
    Line("T7", ["get", CONFIG, "-remote:x:99999"], err=r"0x803380DB", status=1),
    Line("T7", ["get", CONFIG, "-remote:https://x", "-usessl"], err=r"0x803381BE", status=1),
    Line("A22", ["get", CONFIG, "-u:a", "-p:b"], err=r"0x803380B8", status=1),
    Line("A14", ["get", CONFIG, "-unencrypted"], err=r"0x803380DE", status=1, remote=True),
    Line("A10", ["get", CONFIG, "-defaultCreds"], err=r"0x803381B0", status=1, remote=True),
    Line("T10", ["get", CONFIG, "-proxyaccess:ie_settings"], err=r"0x803381B1", status=1, remote=True),
    Line("T6", ["get", "wmicimv2/Win32_OperatingSystem", "-fragment:CSName"], r"^XmlFragment\n    CSName = "),
    Line(
        "T6",
        ["e", "wmicimv2/*", "-filter:select * from Win32_Process where Handle='1'"],
        r"^Win32_Process\n(.*\n)*    Handle = 1\n",
    ),
    Line("T6", ["e", "wmicimv2/*", "-dialect:sql", "-filter:x"], err=r"is no dialect", status=1),
    Line("T6", ["e", "wmicimv2/*", "-filter:selec"], err=FAULT, status=1),
    Line("T6", ["e", "wmicimv2/*", "-dialect:association", "-filter:{role=x}"], err=r"needs an object", status=1),
    Line(
        "T6", ["e", f"{CONFIG}/listener", "-returntype:epr"], r"^EndpointReference\n    Address = .*/role/anonymous\n"
    ),
    Line("T6", ["e", f"{CONFIG}/listener", "-returntype:objectandepr"], r"^Item\n    Listener\n"),
    Line("T6", ["e", "wmicimv2/Win32_Process", "-returntype:both"], err=r"no return type", status=1),
    Line("T6", ["e", "wmicimv2/CIM_OperatingSystem", "-basepropsonly"], r"^CIM_OperatingSystem\n"),
    Line("T6", ["get", "wmicimv2/Win32_OperatingSystem", '-options:{A="1"}'], r"^Win32_OperatingSystem\n"),
    # aliases and selectors
    Line("T3", ["get", "wmi/root/cimv2/Win32_OperatingSystem"], r"^Win32_OperatingSystem\n"),
    Line("T3", ["get", "cimv2/Win32_OperatingSystem"], r"^Win32_OperatingSystem\n"),
    Line("T3", ["get", "wsman/config/winrs"], r"^Winrs\n"),
    Line("T3", ["get", "http://schemas.microsoft.com/wbem/wsman/1/config/winrs"], r"^Winrs\n"),
    Line("T3", ["enumerate", "shell"], r"^$"),
    Line("T4", ["get", f"{CONFIG}/listener?Address=IP:127.0.0.1+Transport=HTTP"], r"    Transport = HTTP\n"),
    Line("T4", ["get", f"{CONFIG}/listener?Address"], err=r"is not NAME=VALUE", status=1),
    # input
    Line(
        "T5",
        ["set", f"{CONFIG}/client", "-file:-"],
        r"NetworkDelayms = 7000",
        stdin="<Client xmlns='u'><NetworkDelayms>7000</NetworkDelayms></Client>",
    ),
    Line(
        "T5",
        ["set", f"{CONFIG}/client"],
        r"NetworkDelayms = 7001",
        stdin="<Client xmlns='u'><NetworkDelayms>7001</NetworkDelayms></Client>",
    ),
    Line("T5", ["set", f"{CONFIG}/client", "-file:-", "@{A=1}"], err=r"not both", status=1),
    Line("T5", ["set", f"{CONFIG}/client", '@{networkdelayms="1"}'], err=r"has no property networkdelayms", status=1),
    Line("T5", ["set", f"{CONFIG}/client", '@{NetworkDelayms="7";NetworkDelayms="8"}'], err=r"given twice", status=1),
    # errors
    Line("T8", ["get", "wmicimv2/Win32_NoSuchClass"], err=FAULT, status=1),
    Line(
        "T8",
        ["get", "wmicimv2/Win32_NoSuchClass", "-format:xml"],
        err=r'^<f:WSManFault [^>]*Code="2150858752"',
        status=1,
    ),
    Line(
        "T8",
        ["get", "wmicimv2/Win32_NoSuchClass", "-format:json"],
        err=r'^\{"__CLASS":"WSManFault","Code":2150858752',
        status=1,
    ),
    Line(
        "T8",
        ["get", CONFIG, "-remote:http://127.0.0.1:1", "-u:a", "-p:b"],
        err=r"Error number:  -2144108526 0x80338012\n",
        status=1,
    ),
    # 4 configuration
    Line(
        "C7",
        ["set", f"{CONFIG}/client", '@{TrustedHosts="1.2.3.4,[1:2:3::8],<local>,*.example.com"}'],
        r"TrustedHosts = 1\.2\.3\.4,\[1:2:3::8\]",
    ),
    Line("C7", ["set", f"{CONFIG}/client", '@{TrustedHosts="a b"}'], err=r"0x8033809F", status=1),
    Line("C8", ["set", f"{CONFIG}/client/defaultports", '@{HTTP="8080"}'], r"^DefaultPorts\n    HTTP = 8080\n"),
    Line("C8", ["set", f"{CONFIG}/client/defaultports", '@{HTTP="0"}'], err=r"1 to 65535", status=1),
    Line("C10", ["e", f"{CONFIG}/plugin", "-format:pretty"], r'^<PlugInConfiguration xmlns="[^"]*PluginConfiguration"'),
    Line("C11", ["enum", f"{CONFIG}/resource"], r"^Resource\n    ResourceUri = "),
    Line("C1", ["get", f"{CONFIG}/weather"], err=r"0x80338000", status=1),
    Line("L7", ["create", f"{CONFIG}/listener?Address=IP:127.0.0.1+Transport=HTTP"], err=r"0x80338033", status=1),
    Line("L8", ["c", f"{CONFIG}/listener?Address=nowhere+Transport=HTTP"], err=r"0x80338089", status=1),
    Line("P4", ["d", f"{CONFIG}/listener?Address=IP:127.0.0.9+Transport=HTTP"], err=r"0x80338000", status=1),
    # 2.3 switches of the connection
    Line("T7", ["get", f"{CONFIG}/winrs", "-skipCAcheck", "-skipCNcheck"], r"^Winrs\n", secure=True),
    Line("T7", ["get", f"{CONFIG}/winrs", *SKIP, "-skipRevocationcheck"], r"^Winrs\n", secure=True),
    Line("A15", ["get", f"{CONFIG}/winrs"], err=r"0x80072F8F", status=1, secure=True),
    Line("A15", ["get", f"{CONFIG}/winrs", "-skipCAcheck"], err=r"is for HTTPS", status=1, remote=True),
    Line("T7", ["get", f"{CONFIG}/winrs", "-authentication:Negotiate", *SKIP], r"^Winrs\n", secure=True),
    Line("T7", ["get", f"{CONFIG}/winrs", "-auth:negotiate"], r"^Winrs\n", remote=True),
    Line("T7", ["get", f"{CONFIG}/winrs", "-a:telepathy"], err=r"telepathy", status=1, remote=True),
    Line("A14", ["get", f"{CONFIG}/winrs", "-un", *SKIP], err=r"0x803380D7", status=1, secure=True),
    Line("A17", ["get", f"{CONFIG}/winrs", "-SPNPort", "-a:Basic", *SKIP], err=r"0x803380AE", status=1, secure=True),
    Line("A12", ["get", CONFIG, "-c:0123456789012345678901234567890123456789"], err=FAULT, status=1, secure=True),
    Line(
        "T10", ["get", CONFIG, "-pac:no_proxy", "-pa:Basic", "-pu:x", "-pp:y"], err=r"0x8033819D", status=1, secure=True
    ),
    Line("T10", ["get", CONFIG, "-pac:telepathy"], err=r"telepathy|0x8033819C", status=1, secure=True),
    Line("T7", ["get", CONFIG, "-machine:http://127.0.0.1:1", "-u:a", "-p:b"], err=r"0x80338012", status=1),
    Line("T7", ["get", CONFIG, "-r:127.0.0.1:1", "-usessl", "-u:a", "-p:b"], err=r"0x80338012", status=1),
    Line("T7", ["get", CONFIG, "-r:http://[::1]:1/mgmt", "-u:a", "-p:b"], err=r"0x80338012", status=1),
    Line("T7", ["get", CONFIG, "-r:127.0.0.1:0", "-u:a", "-p:b"], err=r"0x803380DB", status=1),
    Line("A22", ["enumerate", f"{CONFIG}/listener", "-skipCAcheck"], err=FAULT, status=1),
    # 2.3 switches of the operations
    Line(
        "T6",
        ["e", "wmicimv2/Win32_Process", "-dialect:selector", '-filter:{Handle="1"}'],
        r"^Win32_Process\n(.*\n)*    Handle = 1\n",
    ),
    Line(
        "T6",
        ["e", "wmicimv2/*", "-dialect:association", f"-filter:{{object={ROOT_FOLDER}}}", "-shallow"],
        r"^Win32_Directory\n|^$",
    ),
    Line("T6", ["e", "wmicimv2/*", "-dialect:wql", "-filter:select Name from Win32_Processor"], r"^XmlFragment\n"),
    Line("T6", ["e", "wmicimv2/Win32_OperatingSystem", "-shallow"], r"^Win32_OperatingSystem\n"),
    Line("T6", ["e", "wmicimv2/CIM_OperatingSystem", "-basepropertiesonly"], r"^CIM_OperatingSystem\n"),
    Line("T6", ["get", "wmicimv2/Win32_OperatingSystem", "-fragment:CSName/text()"], r"."),
    Line(
        "T6",
        ["get", "wmicimv2/Win32_OperatingSystem", "-fragment:CSName", "-dialect:xpath"],
        r"^XmlFragment\n    CSName = ",
    ),
    Line("T6", ["e", "wmicimv2/Win32_Process", "-associations"], err=r".", status=1),
    Line("T1", ["quickconfig", "-bogus"], err=HINT, status=1),
    Line("T1", ["qc", "-transport:udp"], err=r"is no transport", status=1),
    Line("T1", ["wait", "-?"], r"^winrm wait HOST"),
    # 2.2 configSDDL
    Line("C12", ["configSDDL", "-?"], r"^winrm configSDDL default\|RESOURCE_URI"),
    Line("C12", ["configSDDL"], err=HINT, status=1),
    Line("C12", ["configsddl", "default", f"-sddl:{ROOT_SDDL}"], rf"^{re.escape(ROOT_SDDL)}\n$"),
    Line("C12", ["configSDDL", "default", "-sddl:D:P(A;;GA;;;Administrators)"], err=r"0x8033815C", status=1),
    Line("C12", ["configSDDL", "http://example.test/none", "-sddl:D:P"], err=r"0x80338000", status=1),
    Line("C12", ["configSDDL", CONFIG, "-sddl:D:P"], err=r"0x803381BF", status=1),
    # 4.1 the tree
    *[Line("C1", ["get", f"{CONFIG}{part}"], rf"^{name}\n    \S") for part, name in PARTS.items()],
    Line("C1", ["get", f"{CONFIG}/listener"], err=r"0x8033805A", status=1),
    Line("C2", ["set", CONFIG, '@{MaxEnvelopeSizekb="100"}'], r"^Config\n    MaxEnvelopeSizekb = 100\n"),
    Line("C3", ["set", CONFIG, '@{MaxEnvelopeSizekb="16"}'], err=r"32 to", status=1),
    Line("C4", ["set", CONFIG, '@{MaxProviderRequests="5"}'], err=r"0x803381AE", status=1),
    Line("C4", ["set", f"{CONFIG}/winrs", '@{MaxShellRunTime="5"}'], err=r"0x8033813F", status=1),
    Line("C12", ["set", f"{CONFIG}/service", '@{RootSDDL="none"}'], err=r"0x8033815C", status=1),
    Line("A16", ["set", f"{CONFIG}/service/auth", '@{CbtHardeningLevel="Iron"}'], err=r"0x803381B8", status=1),
    Line("L14", ["set", f"{CONFIG}/service", '@{IPv4Filter="1.2.3"}'], err=r"0x803380EC", status=1),
    Line("C1", ["set", f"{CONFIG}/service/auth", '@{Weather="fine"}'], err=r"has no property Weather", status=1),
    # 4.3 and 4.5 mappings and plug-ins
    Line("C9", ["e", f"{CONFIG}/service/certmapping"], r"^$"),
    Line("A13", ["create", MAPPING, '@{UserName="a";Password="b"}'], err=r"0x80338152", status=1),
    Line("C9", ["get", MAPPING], err=r"0x80338000", status=1),
    Line("C9", ["delete", MAPPING], err=r"0x80338000", status=1),
    Line("C9", ["get", f"{CONFIG}/service/certmapping"], err=r"0x8033805A", status=1),
    Line("C10", ["get", f"{CONFIG}/plugin?Name=Shell cmd", "-f:xml"], r'^<PlugInConfiguration [^\n]*Name="Shell cmd"'),
    Line(
        "C10",
        ["get", f"{CONFIG}/plugin?Name=Shell cmd"],
        r"^PlugInConfiguration\n    Name = Shell cmd\n(.*\n)+            Capability\n                Type = Get\n",
    ),
    Line("C10", ["get", f"{CONFIG}/plugin?Name=Shell cmd", "-f:json"], r'"Name":"Shell cmd".*"Capability":\[{"Type":"'),
    Line("C10", ["e", f"{CONFIG}/plugin", "-f:csv"], r"^Name,Filename,.*Resources.Resource.Capability.Type"),
    Line("C10", ["get", f"{CONFIG}/plugin?Name=None"], err=r"0x80338000", status=1),
    Line("C10", ["get", f"{CONFIG}/plugin"], err=r"0x8033805A", status=1),
    Line("C10", ["delete", f"{CONFIG}/plugin?Name=WMI Provider"], err=r"0x8033813F", status=1),
    Line("C10", ["create", f"{CONFIG}/plugin?Name=x", "@{}"], err=r"0x80338190", status=1),
    Line("C5", ["invoke", "restore", f"{CONFIG}/plugin", "@{}"], r"^Restore_OUTPUT\n$"),
    Line("C5", ["invoke", "weather", CONFIG], err=FAULT, status=1),
    Line("P4", ["delete", CONFIG], err=FAULT, status=1),
    Line("P4", ["create", f"{CONFIG}/winrs", "@{}"], err=FAULT, status=1),
]
TOPICS = [
    "uris",
    "aliases",
    "alias",
    "config",
    "certmapping",
    "remoting",
    "auth",
    "input",
    "switches",
    "proxy",
    "filters",
]
LINES += [Line("T1", ["help", topic], r"\S") for topic in [*TOPICS, "customremoteshell"]]
LINES += [Line("T1", ["help", "weather"], err=HINT, status=1)]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("commands")).start()
    yield service
    service.stop()


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.row}_{'_'.join(line.words)}"[:70])
def test_T1_T10_C1_C11_command_lines(running, line):
    port, scheme = (running.https_port, "https") if line.secure else (running.http_port, "http")
    remote = [f"-r:{scheme}://127.0.0.1:{port}"]
    own_credentials = any(re.match("-(auth:none|u:|c:|defaultcreds)", word, re.IGNORECASE) for word in line.words)
    if not own_credentials:
        remote += [f"-u:{running.user.name}", f"-p:{running.user.password}"]
    done = subprocess.run(
        [binary("winrm"), *line.words, *(remote if line.remote or line.secure else [])],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "WINRM_CONFIG": str(running.configuration), "TERM": "xterm"},
        **({"input": line.stdin} if line.stdin is not None else {"stdin": subprocess.DEVNULL}),
    )
    assert done.returncode == line.status, done.stdout + done.stderr
    assert re.search(line.out, done.stdout, re.MULTILINE if line.out.startswith(r"\S") else 0), done.stdout
    if line.status:
        assert done.stdout == ""
        assert re.search(line.err, done.stderr, re.DOTALL), done.stderr
    else:
        assert done.stderr == ""
    assert "\x1b" not in done.stdout, "colour is for terminals"


def test_T2_json_lines_are_json(running):
    shown = subprocess.run(
        [binary("winrm"), "e", "wmicimv2/Win32_Process", "-format:json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "WINRM_CONFIG": str(running.configuration)},
    ).stdout
    assert len({json.loads(line)["Handle"] for line in shown.splitlines()}) > 2


def test_an_enumeration_ends_quietly_when_nobody_reads(running):
    command = f"{binary('winrm')} e wmicimv2/Win32_Process | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "WINRM_CONFIG": str(running.configuration)},
    )
    assert done.stdout == "Win32_Process\n0\n"
    assert done.stderr == ""


@pytest.mark.parametrize("words", [["get", CONFIG], ["e", "wmicimv2/Win32_Process"], ["-?"], ["helpmsg", "5"]])
def test_output_that_cannot_be_written_is_a_failure(running, words):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [binary("winrm"), *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "WINRM_CONFIG": str(running.configuration)},
        )
    assert done.returncode == 1
    assert "The output cannot be written: No space left on device" in done.stderr


@pytest.mark.parametrize("words", [["set", f"{CONFIG}/client", '@{TrustedHosts="a"'], ["get", CONFIG, "@{"]])
def test_T5_a_hash_that_is_not_closed_tells_no_password(words):
    done = subprocess.run(
        [binary("winrm"), *words, "-r:h", "-u:x", "-p:SECRET"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert re.search(r"in @{TrustedHosts…\.|leave out @{\.", done.stderr)
    assert "SECRET" not in done.stderr and "-u" not in done.stderr


def test_doctor_finds_a_good_host_good_and_names_the_problem_of_a_bad_one(running):
    def doctor(*arguments):
        return subprocess.run(
            [binary("winrm"), "doctor", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "WINRM_CONFIG": str(running.configuration)},
        )

    target = f"http://127.0.0.1:{running.http_port}"
    good = doctor(target, f"-u:{running.user.name}", f"-p:{running.user.password}")
    assert good.returncode == 0, good.stdout
    steps = [line.split()[1] for line in good.stdout.splitlines()]
    assert steps == [
        "name",
        "port",
        "tls",
        "schemes",
        "clock",
        "ticket",
        "channel",
        "encryption",
        "log-on",
        "rights",
        "quota",
    ]
    wrong = doctor(target, f"-u:{running.user.name}", "-p:wrong")
    assert wrong.returncode == 1
    assert re.search(r"^PROBLEM  log-on .*refused the logon", wrong.stdout, re.MULTILINE)
    closed = doctor("http://127.0.0.1:1", "-u:a", "-p:b")
    assert closed.returncode == 1
    assert re.search(r"^PROBLEM  port ", closed.stdout, re.MULTILINE)


def test_doctor_says_when_there_is_no_room_for_another_shell(tmp_path):
    service = Service(tmp_path, {"Winrs": {"MaxShellsPerUser": 0}}).start()
    connection = [f"-r:{service.http_url}", f"-u:{service.user.name}", f"-p:{service.user.password}"]
    environment = {**os.environ, "WINRM_CONFIG": str(service.configuration)}

    def winrm(*words):
        return subprocess.run(
            [binary("winrm"), *words, *connection],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment,
        )

    try:
        unlimited = winrm("doctor")
        assert unlimited.returncode == 0, unlimited.stdout
        assert re.search("^ok       quota .*0 shells .*not limited", unlimited.stdout, re.MULTILINE)
        assert winrm("set", f"{CONFIG}/winrs", '@{MaxShellsPerUser="1"}').returncode == 0
        with subprocess.Popen(
            [binary("winrs"), *connection, "echo", "there;", "exec", "cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        ) as occupant:
            assert occupant.stdout.readline() == b"there\n"
            full = winrm("doctor")
            assert full.returncode == 1, full.stdout
            assert re.search("^PROBLEM  quota  .*1 of 1 shells .*MaxShellsPerUser", full.stdout, re.MULTILINE)
            shell = winrm("e", "shell", "-f:json")
            deleted = winrm("delete", f"shell?ShellId={json.loads(shell.stdout)['ShellId']}")
            assert deleted.returncode == 0, deleted.stderr
        assert re.search("^ok       quota .*0 of 1 shells", winrm("doctor").stdout, re.MULTILINE)
    finally:
        service.stop()
