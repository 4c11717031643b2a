"""Every command line that the reference of the tools shows, every switch in every spelling, and every bad use.

`winrm` and `winrs` run against a service of their own. What a line must print is a file of golden/, where <number> and
the like stand for what changes from run to run, or a regular expression. The last tests compare these tables with what
the tools say of themselves: a verb, switch, alias, topic or setting without a line here fails."""

import os
import re
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.service import Service, binary

GOLDEN = Path(__file__).with_name("golden")
VARIABLE = {
    "<port>": r"\d{2,5}",
    "<number>": r"\d+",
    "<uuid>": r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}",
    "<words>": r"[^\n<>]+",
    "<namespaces>": r'( xmlns(:\w+)?="[^"]*")+',
}
LOG_ON = "-u:tester -passwordenv:SECRET"
REMOTE = f"-r:{{http}} {LOG_ON}"
SECURE = f"-r:{{https}} {LOG_ON} -skipCAcheck -skipCNcheck"
HINT = r'^Error: .+\nType "winrm -\?" for help\.\n$'
SDDL = "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)"


@dataclass(frozen=True)
class Line:
    """`words` as a shell reads them; {http}, {https}, {port} and {folder} belong to the service of the test."""

    section: str
    words: str
    out: str = ""
    golden: str = ""
    err: str = ""
    status: int = 0
    stdin: str = ""

    def __str__(self) -> str:
        return f"{self.section} {self.words}"[:90]


# The sections are those of the reference: 2 winrm, 3 winrs, 4 winrm/config.
LINES = [
    Line("2.1", "winrm", r"^winrm manages"),
    Line("2.1", "winrm -?", r"^winrm manages"),
    Line("2.1", "winrm /?", r"^winrm manages"),
    Line("2.1", "winrm help", r"^winrm manages"),
    Line("2.1", "winrm get winrm/config/winrs -format:pretty", r"^<cfg:Winrs [^\n]*>\n  <cfg:"),
    Line(
        "2.1",
        'winrm set winrm/config/winrs \'@{MaxShellsPerUser="30";MaxProcessesPerShell="25"}\'',
        golden="config_winrs",
    ),
    Line("2.1", "winrm invoke Restore winrm/config -format:text", r"^Restore_OUTPUT\n$"),
    Line("2.1", "winrm identify -remote:{http} -auth:none", golden="identify"),
    Line("2.1", "winrm configSDDL winrm/config", err="0x803381BF", status=1),
    Line("2.1", f"winrm configSDDL default '-sddl:{SDDL}'", rf"^{re.escape(SDDL)}\n$"),
    Line("2.1", "winrm helpmsg 0x80338012", r"^The WinRM client cannot connect"),
    Line("2.1", "winrm fetch", golden="usage", status=1),
    *[
        Line("2.1", f"winrm {verb} -?", rf"^winrm {re.escape(name)}\b")
        for name, verbs in {
            "get": "get GET g",
            "set": "set s put p",
            "create": "create c",
            "delete": "delete d",
            "enumerate": "enumerate e enum",
            "invoke": "invoke i",
            "identify": "identify id",
            "quickconfig": "quickconfig qc QuickConfig",
            "configSDDL": "configSDDL configsddl",
            "helpmsg": "helpmsg",
            "query": "query q",
            "wait": "wait",
            "doctor": "doctor",
        }.items()
        for verb in verbs.split()
    ],
    *[
        Line("2.1", f"winrm help {topic}", r"^\S.*\n(.*\n){3}")
        for topic in "uris aliases alias config certmapping remoting auth input switches proxy filters "
        "customremoteshell URIS".split()
    ],
    # 2.2 each verb, by every name
    *[Line("2.2", f"winrm {verb} winrm/config/client/auth", golden="config_client_auth") for verb in ("get", "g")],
    *[
        Line("2.2", f"winrm {verb} winrm/config/winrs '@{{MaxShellsPerUser=\"30\"}}'", golden="config_winrs")
        for verb in ("set", "s", "put", "p")
    ],
    *[
        line
        for verb, end in (("create", "delete"), ("c", "d"))
        for line in (
            Line(
                "2.2",
                f"winrm {verb} winrm/config/listener?Address=IP:127.0.0.8+Transport=HTTP '@{{Hostname=\"web01\"}}'",
                golden="listener_created",
            ),
            Line(
                "2.2",
                "winrm get winrm/config/listener?Address=IP:127.0.0.8+Transport=HTTP",
                golden="listener_of_an_address",
            ),
            Line("2.2", f"winrm {end} winrm/config/listener?Address=IP:127.0.0.8+Transport=HTTP", r"^$"),
        )
    ],
    *[Line("2.2", f"winrm {verb} winrm/config/resource", golden="resources") for verb in ("enumerate", "e", "enum")],
    *[
        Line(
            "2.2",
            f"winrm {verb} Create wmicimv2/Win32_Process '@{{CommandLine=\"/bin/true\"}}'",
            golden="process_created",
        )
        for verb in ("invoke", "i")
    ],
    *[Line("2.2", f"winrm {verb} -r:{{http}} -auth:none", golden="identify") for verb in ("identify", "id")],
    Line("2.2", "winrm identify", err="0x803380FC", status=1),
    *[
        Line(
            "2.2",
            f"winrm {verb}",
            r"^WinRM service is already .*\n(.*\n)+Make these changes \[y/n\]\? \n$",
            stdin="n\n",
        )
        for verb in ("quickconfig", "qc")
    ],
    *[
        Line("2.2", f"winrm {verb} 'select Day from Win32_LocalTime'", r"^XmlFragment\n    Day = \d+\n$")
        for verb in ("query", "q")
    ],
    Line("2.2", f"winrm wait {{http}} {LOG_ON} -timeout:5000", r"^.*\S"),
    Line("2.2", f"winrm doctor {{http}} {LOG_ON}", r"^ok +name "),
    Line("2.2", "winrm configSDDL http://example.test/none '-sddl:D:P'", err="0x80338000", status=1),
    Line("2.2", "winrm helpmsg 5", r"^Access is denied\.\n$"),
    Line("2.2", "winrm helpmsg -2144108526", r"^The WinRM client cannot connect"),
    Line("2.2", "winrm helpmsg none", err=HINT, status=1),
    # 2.3 URI aliases, in any case, and what they stand for
    Line("2.3", "winrm get wmi/root/cimv2/Win32_LocalTime", golden="local_time"),
    Line("2.3", "winrm get WMICIMV2/Win32_LocalTime", golden="local_time"),
    Line("2.3", "winrm get wmicimv2/Win32_LocalTime", golden="local_time"),
    Line("2.3", "winrm get cimv2/Win32_LocalTime", golden="local_time"),
    Line(
        "2.3", "winrm get http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_LocalTime", golden="local_time"
    ),
    Line("2.3", "winrm get wsman/config/client/auth", golden="config_client_auth"),
    Line("2.3", "winrm get http://schemas.microsoft.com/wbem/wsman/1/config/client/auth", golden="config_client_auth"),
    Line("2.3", f"winrm enumerate shell {REMOTE}", r"^$"),
    Line("2.3", f"winrm enumerate shell/cmd {REMOTE}", r"^$"),
    # 2.4 where a target leads
    Line("2.4", "winrm id -r:127.0.0.1:{port} -auth:none", golden="identify"),
    Line("2.4", "winrm id -r:http://127.0.0.1:{port}/wsman -auth:none", golden="identify"),
    Line("2.4", "winrm id -r:http://127.0.0.1:1 -auth:none", golden="unreachable", status=1),
    Line("2.4", "winrm id -r:127.0.0.1:0 -auth:none", err="0x803380DB", status=1),
    Line("2.4", "winrm id -r:127.0.0.1:65536 -auth:none", err="0x803380DB", status=1),
    Line("2.4", "winrm id -r:http://::1 -auth:none", err="0x803380D[9B]", status=1),
    Line(
        "2.4",
        f"winrm get winrm/config/client/auth -r:127.0.0.1:{{secure_port}} -usessl {LOG_ON} -skipCAcheck -skipCNcheck",
        golden="config_client_auth",
    ),
    # 2.5 formats
    Line("2.5", "winrm g winrm/config/client/auth", golden="config_client_auth"),
    Line("2.5", "winrm g winrm/config/client/auth -format:xml", golden="config_client_auth_xml"),
    Line("2.5", "winrm g winrm/config -format:pretty", golden="config_pretty"),
    Line("2.5", "winrm e winrm/config/listener", r"^Listener\n(    .+\n)+\nListener\n(    .+\n)+$"),
    Line("2.5", "winrm g winrm/config/listener?Address=IP:127.0.0.1+Transport=HTTP", golden="listener"),
    Line(
        "2.5",
        "winrm c winrm/config/listener?Address=*+Transport=HTTPS '@{Hostname=\"web01\"}'",
        err="0x803380E7",
        status=1,
    ),
    Line("2.5", "winrm i Create wmicimv2/Win32_Process '@{CommandLine=\"/bin/true\"}'", golden="process_created"),
    Line("2.5", "winrm id -r:{http} -auth:none", golden="identify"),
    Line("2.5", "winrm g wmicimv2/Win32_LogicalDisk?DeviceID=/ -fragment:DeviceID", golden="fragment"),
    Line("2.5", "winrm e wmicimv2/Win32_Processor -returntype:epr", golden="reference_with_key"),
    Line("2.5", "winrm g wmicimv2/Win32_NoSuchClass", golden="fault", status=1),
    Line("2.5", "winrm g wmicimv2/Win32_NoSuchClass -format:xml", golden="fault_xml", status=1),
    Line("2.5", "winrm g wmicimv2/Win32_NoSuchClass -format:pretty", golden="fault_pretty", status=1),
    Line("2.5", "winrm invoke Create wmicimv2/Win32_Process '@{CommandLine=$null}'", err="0x8033803A", status=1),
    Line(
        "2.5",
        'winrm set winrm/config/client \'@{NetworkDelayms = "5000" ; URLPrefix="wsman"}\'',
        golden="config_client",
    ),
    Line("2.5", 'winrm set winrm/config/winrs \'@{IdleTimeout="1";IdleTimeout="2"}\'', err="given twice", status=1),
    Line("2.5", "winrm set winrm/config/winrs '@{Weather=\"fine\"}'", err="has no property Weather", status=1),
    Line("2.5", "winrm set winrm/config/winrs '@{IdleTimeout}'", err=HINT, status=1),
    # 2.7 quickconfig
    Line("2.7", "winrm quickconfig -transport:https", r"listener on HTTPS://\*", stdin="no\n"),
    Line("2.7", "winrm quickconfig", r"^WinRM service is already running on this machine\.\n", stdin="no\n"),
    # 3 winrs
    Line("3", f"winrs -r:{{http}} {LOG_ON} echo hi", r"^hi\n$"),
    Line("3", f"winrs /r:{{https}} {LOG_ON} -skipCAcheck -skipCNcheck 'exit 3'", status=3),
    Line("3", f"winrs /r:127.0.0.1:{{secure_port}} /usessl {LOG_ON} -skipCAcheck -skipCNcheck echo hi", r"^hi\n$"),
    Line("3", "winrs /r:http://[1080::417A]:80 cmd", err="^Winrs error:\n\n.*IP address", status=255),
    Line(
        "3", f"winrs /r:{{http}} {LOG_ON} /nop /env:PATH=/opt/bin:/bin /env:X=1 'echo $PATH $X'", r"^/opt/bin:/bin 1\n$"
    ),
    Line("3", f"winrs /r:{{http}} /ad {LOG_ON} ls //etc/passwd", r"^//?etc/passwd\n$"),
    Line("3", f"winrs /r:{{http}} {LOG_ON} cat", r"^typed\n$", stdin="typed\n"),
    Line("3", "winrs -?", r"^winrs runs a command"),
    Line("3", "winrs /?", r"^winrs runs a command"),
    Line("3", "winrs", r"^winrs runs a command"),
    Line("3", "winrs -bogus x", golden="winrs_usage", status=255),
    Line("3", "winrs -r:http://127.0.0.1:1 -u:a -p:b x", golden="winrs_unreachable", status=255),
    Line("3", f"winrm enum shell/cmd {REMOTE}", r"^$"),
    Line("3", "winrm get winrm/config/winrs", golden="config_winrs"),
    # 4 the configuration
    Line("4.1", "winrm get winrm/config", golden="config"),
    *[
        Line("4.1", f"winrm get winrm/config/{part}", golden=f"config_{part.replace('/', '_')}")
        for part in "client client/auth client/defaultports service service/auth service/defaultports winrs".split()
    ],
    Line("4.1", "winrm set winrm/config '@{MaxEnvelopeSizekb=\"31\"}'", err="32 to", status=1),
    Line("4.1", "winrm set winrm/config '@{MaxTimeoutms=\"499\"}'", err="500 to", status=1),
    Line("4.1", "winrm set winrm/config '@{MaxProviderRequests=\"1\"}'", err="0x803381AE", status=1),
    Line(
        "4.2",
        "winrm create winrm/config/listener?Address=IP:127.0.0.8+Transport=HTTP -file:{folder}/listener.xml",
        golden="listener_created",
    ),
    Line(
        "4.2",
        "winrm set winrm/config/listener?Address=IP:127.0.0.8+Transport=HTTP '@{Port=\"5999\"}'",
        r"    Port = 5999\n",
    ),
    Line("4.2", "winrm delete winrm/config/listener?Address=IP:127.0.0.8+Transport=HTTP", r"^$"),
    Line(
        "4.2",
        "winrm create winrm/config/listener?Address=IP:127.0.0.8+Transport=HTTP "
        "'@{CertificateThumbprint=\"0123456789012345678901234567890123456789\"}'",
        err="0x803380EB",
        status=1,
    ),
    Line("4.3", "winrm enumerate winrm/config/service/certmapping", r"^$"),
    Line(
        "4.4",
        "winrm set winrm/config/service '@{IPv4Filter=\"2.0.0.1-2.0.0.20, 24.0.0.1-24.0.0.22\"}'",
        r"IPv4Filter = 2\.0\.0\.1-2\.0\.0\.20, ?24\.0\.0\.1-24\.0\.0\.22\n",
    ),
    Line(
        "4.4",
        "winrm set winrm/config/service '@{IPv6Filter=\"3FFE:FFFF:7654:FEDA:1245:BA98:0000:0000"
        "-3FFE:FFFF:7654:FEDA:1245:BA98:3210:4562\"}'",
        r"IPv6Filter = 3",
    ),
    Line("4.4", 'winrm set winrm/config/service \'@{IPv4Filter="*";IPv6Filter="*"}\'', golden="config_service"),
    Line("4.5", "winrm create winrm/config/plugin?Name=N -file:{folder}/listener.xml", err="0x80338190", status=1),
    Line("4.5", "winrm get 'winrm/config/plugin?Name=Shell cmd' -format:pretty", golden="plugin_pretty"),
    Line("4.5", "winrm enumerate winrm/config/plugin", r"^PlugInConfiguration\n"),
]

GET = "winrm get winrm/config/client/auth"
ENUMERATE = "winrm enumerate wmicimv2/Win32_LocalTime"
QUERY = "winrm enumerate wmicimv2/* '-filter:select Day from Win32_LocalTime'"
AUTH, TIME, DAY = r"^Auth\n", r"^Win32_LocalTime\n", r"^XmlFragment\n    Day = \d+\n$"

# Each switch of winrm with a use of it; "{switch}" is the switch with its value, in one spelling after the other.
WINRM = {
    "remote": (":{http}", f"{GET} {{switch}} {LOG_ON}", AUTH),
    "username": (":tester", f"{GET} -r:{{http}} {{switch}} -passwordenv:SECRET", AUTH),
    "password": (":{password}", f"{GET} -r:{{http}} -u:tester {{switch}}", AUTH),
    "passwordfile": (":{folder}/password", f"{GET} -r:{{http}} -u:tester {{switch}}", AUTH),
    "passwordenv": (":SECRET", f"{GET} -r:{{http}} -u:tester {{switch}}", AUTH),
    "authentication": (":Negotiate", f"{GET} {REMOTE} {{switch}}", AUTH),
    "certificate": (":{folder}/none.pem", f"{GET} -r:{{https}} -a:Certificate {{switch}}", "none.pem"),
    "unencrypted": ("", f"{GET} {REMOTE} {{switch}}", "0x803380DE"),
    "usessl": ("", f"{GET} -r:127.0.0.1:{{secure_port}} {LOG_ON} -skipCAcheck -skipCNcheck {{switch}}", AUTH),
    "cafile": (":{folder}/none.pem", f"{GET} -r:{{https}} {LOG_ON} {{switch}}", "none.pem"),
    "skipCAcheck": ("", f"{GET} -r:{{https}} {LOG_ON} -skipCNcheck {{switch}}", AUTH),
    "skipCNcheck": ("", f"{GET} -r:{{https}} {LOG_ON} -skipCAcheck {{switch}}", AUTH),
    "skipRevocationcheck": ("", f"{GET} {SECURE} {{switch}}", AUTH),
    "defaultCreds": ("", f"{GET} {REMOTE} {{switch}}", "0x803381B0"),
    "SPNPort": ("", f"{GET} {SECURE} -a:Basic {{switch}}", "0x803380AE"),
    "proxyaccess": (":no_proxy", f"{GET} {SECURE} {{switch}}", AUTH),
    "proxyauthentication": (":Basic", f"{GET} {SECURE} -pac:no_proxy {{switch}} -pu:x -pp:y", "0x8033819D"),
    "proxyusername": (":x", f"{GET} {SECURE} -pac:no_proxy -pa:Basic {{switch}} -pp:y", "0x8033819D"),
    "proxypassword": (":y", f"{GET} {SECURE} -pac:no_proxy -pa:Basic -pu:x {{switch}}", "0x8033819D"),
    "format": (":#xml", f"{GET} {{switch}}", r"^<cfg:Auth "),
    "fragment": (":Day", "winrm get wmicimv2/Win32_LocalTime {switch}", DAY),
    "dialect": (":WQL", f"{QUERY} {{switch}}", DAY),
    "filter": (":'select Day from Win32_LocalTime'", "winrm enumerate wmicimv2/* {switch}", DAY),
    "associations": ("", f"{ENUMERATE} {{switch}}", "association"),
    "returntype": (":EPR", "winrm enumerate wmicimv2/Win32_Processor {switch}", r"^EndpointReference\n"),
    "shallow": ("", f"{ENUMERATE} {{switch}}", TIME),
    "basepropertiesonly": ("", "winrm enumerate wmicimv2/CIM_OperatingSystem {switch}", r"^CIM_OperatingSystem\n"),
    "options": (":'{A=\"1\";B=$null}'", "winrm get wmicimv2/Win32_LocalTime {switch}", TIME),
    "file": (":{folder}/winrs.xml", "winrm set winrm/config/winrs {switch}", r"^Winrs\n"),
    "sddl": (f":'{SDDL}'", "winrm configSDDL default {switch}", rf"^{re.escape(SDDL)}\n$"),
    "transport": (":https", "winrm quickconfig {switch}", r"listener on HTTPS://\*"),
    "quiet": ("", "winrm quickconfig -transport:https {switch}", "0x80338115"),
    "force": ("", "winrm quickconfig -transport:https {switch}", "0x80338115"),
    "timeout": (":5000", f"{GET} {{switch}}", AUTH),
    "encoding": (":UTF-16", f"{GET} {REMOTE} {{switch}}", AUTH),
}

RUN = f"winrs {{switch}} {REMOTE} echo hi"
HI = r"^hi\n$"
WINRS = {
    "remote": (":{http}", f"winrs {{switch}} {LOG_ON} echo hi", HI),
    "username": (":tester", "winrs {switch} -r:{http} -passwordenv:SECRET echo hi", HI),
    "password": (":{password}", "winrs {switch} -r:{http} -u:tester echo hi", HI),
    "passwordfile": (":{folder}/password", "winrs {switch} -r:{http} -u:tester echo hi", HI),
    "passwordenv": (":SECRET", "winrs {switch} -r:{http} -u:tester echo hi", HI),
    "authentication": (":Negotiate", RUN, HI),
    "certificate": (":{folder}/none.pem", "winrs {switch} -r:{https} -a:Certificate echo hi", "none.pem"),
    "unencrypted": ("", RUN, "AllowUnencrypted"),
    "usessl": ("", f"winrs {{switch}} -r:127.0.0.1:{{secure_port}} {LOG_ON} -skipCAcheck -skipCNcheck echo hi", HI),
    "cafile": (":{folder}/none.pem", f"winrs {{switch}} -r:{{https}} {LOG_ON} echo hi", "none.pem"),
    "skipCAcheck": ("", f"winrs {{switch}} -r:{{https}} {LOG_ON} -skipCNcheck echo hi", HI),
    "skipCNcheck": ("", f"winrs {{switch}} -r:{{https}} {LOG_ON} -skipCAcheck echo hi", HI),
    "skipRevocationcheck": ("", f"winrs {{switch}} {SECURE} echo hi", HI),
    "defaultCreds": ("", RUN, "HTTPS"),
    "SPNPort": ("", f"winrs {{switch}} {SECURE} -a:Basic echo hi", "Kerberos|Negotiate"),
    "proxyaccess": (":no_proxy", f"winrs {{switch}} {SECURE} echo hi", HI),
    "proxyauthentication": (":Basic", f"winrs {{switch}} {SECURE} -pac:no_proxy -pu:x -pp:y echo hi", "proxy"),
    "proxyusername": (":x", f"winrs {{switch}} {SECURE} -pac:no_proxy -pa:Basic -pp:y echo hi", "proxy"),
    "proxypassword": (":y", f"winrs {{switch}} {SECURE} -pac:no_proxy -pa:Basic -pu:x echo hi", "proxy"),
    "directory": (":/usr", f"winrs {{switch}} {REMOTE} pwd", r"^/usr\n$"),
    "environment": (":X=1", f"winrs {{switch}} {REMOTE} 'echo $X'", r"^1\n$"),
    "noecho": ("", RUN, HI),
    "noprofile": ("", RUN, HI),
    "allowdelegate": ("", RUN, HI),
    "compression": ("", RUN, HI),
    "codepage": (":850", RUN, HI),
    "reconnect": (":1", RUN, HI),
    "timeout": (":30", RUN, HI),
    "ps": ("", f"winrs {REMOTE} {{switch}} 'exit 3'", None),
    "file": (":{folder}/none.ps1", f"winrs {REMOTE} -ps {{switch}}", r"none\.ps1"),
    "inventory": (":{folder}/none.toml", "winrs {switch} echo hi", r"none\.toml"),
    "parallel": (":2", f"winrs {{switch}} -r:{{http}},{{http}}/wsman {LOG_ON} echo hi", r"(?m)^http.*: hi$"),
    "hosttimeout": (":30", f"winrs {{switch}} -r:{{http}},{{http}}/wsman {LOG_ON} echo hi", r"(?m)^http.*: hi$"),
    "output": (":GROUP", RUN, r"^==> http.* <==\nhi\n$"),
    "format": (":JSON", RUN, r'^\{"host":"http.*"stdout":"hi\\n"'),
    "maxoutput": (":1", f"winrs {{switch}} -r:{{http}},{{http}}/wsman {LOG_ON} echo hi", r"(?m)^http.*: hi$"),
    "input": (":{folder}/password", f"winrs {{switch}} -r:{{http}},{{http}}/wsman {LOG_ON} wc -l", r"(?m)^http.*: 1$"),
}
SHORT = {
    "winrm": "remote=r remote=machine username=u password=p authentication=a authentication=auth certificate=c "
    "unencrypted=un usessl=ssl proxyaccess=pac proxyauthentication=pa proxyauthentication=proxyauth proxyusername=pu "
    "proxypassword=pp format=f basepropertiesonly=basepropsonly quiet=q",
    "winrs": "remote=r remote=machine username=u password=p authentication=a authentication=auth certificate=c "
    "unencrypted=un usessl=ssl proxyaccess=pac proxyauthentication=pa proxyauthentication=proxyauth proxyusername=pu "
    "proxypassword=pp directory=d environment=env noecho=noe noprofile=nop allowdelegate=ad compression=comp "
    "timeout=t inventory=i",
}


def spellings(tool: str, name: str) -> list[str]:
    short = [pair.split("=")[1] for pair in SHORT[tool].split() if pair.split("=")[0] == name]
    return [f"-{name}", f"/{name.upper()}", *[form for word in short for form in (f"-{word}", f"/{word.upper()}")]]


USES = [
    pytest.param(use.replace("{switch}", spelling + value), shape, id=f"{tool} {spelling}")
    for tool, table in (("winrm", WINRM), ("winrs", WINRS))
    for name, (value, use, shape) in table.items()
    if shape is not None
    for spelling in spellings(tool, name)
]
BAD = [
    pytest.param(f"{tool} {first} {switch} {rest}", says, id=f"{tool} {switch} {says}")
    for tool, table, first, rest in (("winrm", WINRM, "get winrm/config", ""), ("winrs", WINRS, "", "x"))
    for name, (value, _, _) in table.items()
    for switch, says in (
        ((f"-{name}:", "needs a value"), (f"/{name}", "needs a value"), (f"-{name}:a -{name}:b", "given twice"))
        if value
        else ((f"-{name}:1", "takes no value"), (f"/{name} -{name}", "given twice"))
    )
    if not (name == "environment" and says == "given twice")
    and not (tool == "winrs" and name == "file" and " " in switch)
]
EXCLUSIVE = [
    (f"{GET} -r:{{https}} -usessl {LOG_ON}", "0x803381BE"),
    ("winrs -r:{https} -usessl x", "either -usessl or a transport"),
    (f"{GET} -r:{{http}} -u:a -p:b -passwordenv:SECRET", "password"),
    (f"{GET} -r:{{http}} -p:b", "-username"),
    ("winrs -r:{http} -p:b x", "-password needs a user"),
    (f"{GET} -u:a -p:b", "0x803380B8"),
    (f"{GET} -r:{{http}} {LOG_ON} -skipCAcheck", "is for HTTPS"),
    ("winrm set winrm/config/winrs -file:- '@{IdleTimeout=\"1000\"}'", "not both"),
    ("winrm get winrm/config '@{A=\"1\"}'", "takes no input"),
    ("winrm get winrm/config -filter:x", "is not for get"),
    ("winrm helpmsg 5 -r:a", "."),
    ("winrm quickconfig -r:{http}", "is not for quickconfig"),
    ("winrm get winrm/config -bogus", "Unknown switch: -bogus"),
    ("winrm get winrm/config /Bogus:1", "Unknown switch: /Bogus"),
    ("winrs /bogus x", "Unknown switch: /bogus"),
    ("winrm get winrm/config -:x", HINT),
]


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    service = Service(folder).start()
    # The test's own settings, such as Basic, go: what is shown are the defaults.
    restore = [binary("winrm"), "invoke", "Restore", "winrm/config"]
    subprocess.run(
        restore, check=True, capture_output=True, env={**os.environ, "WINRM_CONFIG": str(service.configuration)}
    )
    namespace = "http://schemas.microsoft.com/wbem/wsman/1/config"
    (folder / "listener.xml").write_text(
        f'<cfg:Listener xmlns:cfg="{namespace}/listener"><cfg:Hostname>web01</cfg:Hostname></cfg:Listener>'
    )
    (folder / "winrs.xml").write_text(
        f'<w:Winrs xmlns:w="{namespace}/winrs"><w:IdleTimeout>7200000</w:IdleTimeout></w:Winrs>'
    )
    (folder / "password").write_text(f"{service.user.password}\n")
    (folder / "password").chmod(0o600)
    yield service
    service.stop()


@pytest.fixture
def run(started):
    known = {
        "{http}": f"http://127.0.0.1:{started.http_port}",
        "{https}": f"https://127.0.0.1:{started.https_port}",
        "{port}": str(started.http_port),
        "{secure_port}": str(started.https_port),
        "{folder}": str(started.folder),
        "{password}": started.user.password,
    }

    def run_line(line: str, stdin: str = "") -> subprocess.CompletedProcess:
        words = shlex.split(line)
        for name, value in known.items():
            words = [word.replace(name, value) for word in words]
        environment = {**os.environ, "WINRM_CONFIG": str(started.configuration), "SECRET": started.user.password}
        return subprocess.run(
            [binary(words[0]), *words[1:]],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment,
        )

    return run_line


def golden(name: str) -> str:
    """What a golden file stands for, as a regular expression."""
    text = re.escape((GOLDEN / f"{name}.txt").read_text())
    for word, pattern in VARIABLE.items():
        text = text.replace(re.escape(word), pattern)
    return rf"\A{text}\Z"


@pytest.mark.parametrize("line", LINES, ids=str)
def test_T1_T2_W1_C1_every_line_of_the_reference(run, line):
    done = run(line.words, line.stdin)
    assert done.returncode == line.status, done.stdout + done.stderr
    shown, silent = (
        (done.stdout, done.stderr)
        if done.returncode == 0 or not (line.err or line.golden)
        else (done.stderr, done.stdout)
    )
    shape = golden(line.golden) if line.golden else line.err or line.out
    assert re.search(shape, shown), (
        f"{shown}\n-- is not --\n{(GOLDEN / f'{line.golden}.txt').read_text() if line.golden else shape}"
    )
    assert silent == ""


def test_S7_T2_an_open_shell_as_the_reference_shows_it(run, started):
    words = shlex.split(f"-r:http://127.0.0.1:{started.http_port} {LOG_ON} -noprofile sleep 60")
    environment = {**os.environ, "SECRET": started.user.password}
    with subprocess.Popen([binary("winrs"), *words], stdin=subprocess.DEVNULL, env=environment) as open_shell:
        deadline = time.monotonic() + 20
        while not (shown := run(f"winrm e shell {REMOTE}").stdout):
            assert time.monotonic() < deadline
        open_shell.send_signal(signal.SIGTERM)
    assert re.search(golden("shell"), shown), shown


@pytest.mark.parametrize("line, shape", USES)
def test_T6_T7_W1_every_spelling_of_every_switch(run, line, shape):
    done = run(line)
    assert re.search(shape, done.stderr if done.returncode else done.stdout), done.stdout + done.stderr
    # quickconfig shows what it is going to do before it fails.
    assert done.returncode == 0 or done.stdout == "" or "quickconfig" in line


@pytest.mark.parametrize("line, says", BAD)
def test_T1_W1_every_bad_use_of_every_switch(run, line, says):
    done = run(line)
    assert done.returncode == (255 if line.startswith("winrs") else 1), done.stdout
    assert done.stdout == ""
    assert says in done.stderr
    assert done.stderr.endswith(f'Type "{line.split()[0]} -?" for help.\n')


@pytest.mark.parametrize("line, says", EXCLUSIVE)
def test_T1_W1_switches_that_exclude_each_other(run, line, says):
    done = run(line)
    assert done.returncode in (1, 255), done.stdout
    assert done.stdout == ""
    assert re.search(says, done.stderr), done.stderr


SWITCH_ROW = re.compile(r"^  -(\w+)(?::[^\s,]+)?((?:, -\w+)*)", re.MULTILINE)


@pytest.mark.parametrize(
    "tool, helps, table",
    [("winrm", ["winrm help switches"], WINRM), ("winrs", ["winrs -?"], WINRS)],
    ids=["winrm", "winrs"],
)
def test_T1_W1_the_table_has_every_switch(run, tool, helps, table):
    listed = [row for text in helps for row in SWITCH_ROW.findall(run(text).stdout)]
    assert len(listed) > 20
    assert {name for name, _ in listed} == set(table)
    short = {f"{name}={form}" for name, forms in listed for form in re.findall(r"-(\w+)", forms)}
    assert short == set(SHORT[tool].split())


def used_first_words() -> set[str]:
    return {words[1].lower() for words in (shlex.split(line.words) for line in LINES) if len(words) > 1}


def test_T1_the_table_has_every_verb(run):
    listed = run("winrm -?").stdout.split("Operations:\n")[1].split("\n\n")[0]
    verbs = {word for row in re.findall(r"^  (\S.*?)(?:   |$)", listed, re.MULTILINE) for word in row.split(", ")}
    assert {"get", "g", "configSDDL", "doctor"} < verbs
    assert {verb.lower() for verb in verbs} <= used_first_words()


def test_T1_the_table_has_every_topic(run):
    listed = run("winrm -?").stdout.split("Topics of")[1].split("\n\n")[0]
    topics = re.findall(r"^  (\w+)", listed, re.MULTILINE)
    assert len(topics) == 11
    assert set(topics) <= {line.words.split()[-1] for line in LINES if line.words.startswith("winrm help ")}


def test_T3_the_table_has_every_alias(run):
    shown = run("winrm help aliases").stdout
    uris, dialects = (re.findall(r"^  (\w+) +http", part, re.MULTILINE) for part in shown.split("For -dialect:"))
    assert len(uris) == 6
    lines = [line.words for line in LINES]
    for alias in uris:
        assert any(re.search(rf" {alias}(/|$| )", words) for words in lines), alias
    tested = Path(__file__).with_name("test_winrm_commands.py").read_text().lower()
    for alias in dialects:
        assert f"-dialect:{alias}" in tested, alias


def test_C1_the_golden_configuration_has_every_setting(run):
    settings = re.findall(r"^  ([A-Z]\w+)", run("winrm help config").stdout, re.MULTILINE)
    assert len(settings) > 40
    shown = (GOLDEN / "config.txt").read_text()
    for name in settings:
        assert re.search(rf"^ +{name}( = .*)?$", shown, re.MULTILINE), name


def test_every_golden_file_is_used():
    assert {file.stem for file in GOLDEN.iterdir()} == {line.golden for line in LINES if line.golden} | {"shell"}
