"""The command `wsman` of openwsman, the client that CIM administrators on Linux have."""

import os
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from support.envelope import CIMV2, NAMESPACES, PROCESS, properties_of
from support.events import EVENT_LOG, WSMAN, EventSink, journal_service, message_of

WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
DMTF = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
ENVIRONMENT = Path("/etc/environment")
BUILD = Path(__file__).with_name("build_wsman")
FOLDER = Path(__file__).parents[2] / "build/wsman"
BUILD_SECONDS = 900


@pytest.fixture(scope="module")
def program() -> str:
    """WINRM_WSMAN, or the one that is installed, or one that is built from the project's sources."""
    found = os.environ.get("WINRM_WSMAN") or shutil.which("wsman")
    built = FOLDER / "bin/wsman"
    if not found and not built.exists():
        run = subprocess.run(
            [BUILD, FOLDER],
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        )
        if run.returncode != 0:
            reason = (run.stderr.strip().splitlines() or ["no reason given"])[-1]
            pytest.skip(f"THE CLIENT OF OPENWSMAN COULD NOT RUN: tests/interop/build_wsman failed: {reason}")
    return found or str(built)


class Wsman:
    def __init__(self, program: str, service):
        user = service.user
        endpoint = ["--https", "-h", "127.0.0.1", "-P", str(service.https_port), "-V", "-v"]
        self.command = [program, *endpoint, "-y", "basic", "-u", user.name, "-p", user.password]

    def __call__(self, *arguments: str, fails: bool = False) -> list[ElementTree.Element]:
        """The bodies of the envelopes it prints, in order."""
        run = subprocess.run([*self.command, *arguments], capture_output=True, text=True, timeout=60, check=False)
        assert (run.returncode != 0) == fails, run.stdout + run.stderr
        envelopes = [text for text in re.split(r"<\?xml[^>]*\?>", run.stdout) if text.strip()]
        return [ElementTree.fromstring(text).find("s:Body", NAMESPACES) for text in envelopes]


@pytest.fixture
def wsman(program, service):
    return Wsman(program, service)


def items_of(bodies: list[ElementTree.Element]) -> list[ElementTree.Element]:
    found = []
    for body in bodies:
        for name in ("w:Items", "n:Items"):
            found += [item for items in body.iterfind(f"*/{name}", NAMESPACES) for item in items]
    return found


def local(element: ElementTree.Element) -> str:
    return element.tag.split("}")[-1]


def test_P22_P10_identify(wsman):
    (body,) = wsman("identify")
    assert body.find("wsmid:IdentifyResponse", NAMESPACES) is not None


@pytest.mark.parametrize("prefix", [CIMV2, DMTF])
def test_P22_M2_get(wsman, sleeper, prefix):
    (body,) = wsman("get", f"{prefix}Win32_Process?Handle={sleeper.pid}")
    assert body[0].tag == f"{{{prefix}Win32_Process}}Win32_Process"
    assert properties_of(body[0])["CommandLine"] == "sleep 600"


def test_P22_P7_get_a_fragment(wsman, sleeper):
    (body,) = wsman("get", "-F", "Name/text()", f"{PROCESS}?Handle={sleeper.pid}")
    assert body.find("w:XmlFragment", NAMESPACES).text.strip() == "sleep"


def test_P22_P17_a_fault_is_shown(wsman):
    (body,) = wsman("get", f"{PROCESS}?Handle=no", fails=True)
    assert body.find("s:Fault", NAMESPACES) is not None


def test_P22_P5_enumerate_pulls_to_the_end(wsman, sleeper):
    found = items_of(wsman("enumerate", "-m", "20", PROCESS))
    assert {local(item) for item in found} == {"Win32_Process"}
    assert str(sleeper.pid) in {properties_of(item)["Handle"] for item in found}


@pytest.mark.parametrize("mode, names", [("epr", {"EndpointReference"}), ("objepr", {"Item"})])
def test_P22_P21_enumerate_references(wsman, mode, names):
    found = items_of(wsman("enumerate", "-o", "-m", "100", "-M", mode, CIMV2 + "Win32_OperatingSystem"))
    assert {local(item) for item in found} == names


@pytest.mark.parametrize("mode, name", [("include", "Win32_Process"), ("exclude", "CIM_Process"), ("none", None)])
def test_P22_M4_enumerate_a_parent(wsman, mode, name):
    found = items_of(wsman("enumerate", "-m", "100", "-B", mode, CIMV2 + "CIM_Process"))
    assert {local(item) for item in found} == ({name} if name else set())


def test_P22_B1_enumerate_by_wql(wsman, sleeper):
    query = f"SELECT * FROM Win32_Process WHERE ProcessId={sleeper.pid}"
    found = items_of(wsman("enumerate", "-x", query, "-D", WQL, CIMV2 + "*"))
    assert [properties_of(item)["Handle"] for item in found] == [str(sleeper.pid)]


def test_P22_B8_the_association_dialect(wsman, sleeper):
    process = f"{PROCESS}?Handle={sleeper.pid}"
    associated = items_of(wsman("associators", "-x", process, CIMV2 + "*"))
    assert "Win32_ComputerSystem" in {local(item) for item in associated}
    references = items_of(wsman("references", "-x", process, CIMV2 + "*"))
    assert "Win32_SystemProcesses" in {local(item) for item in references}


def test_P22_M6_invoke(wsman, sleeper):
    (body,) = wsman("invoke", "-a", "Terminate", "-k", "Reason=9", f"{PROCESS}?Handle={sleeper.pid}")
    assert properties_of(body[0])["ReturnValue"] == "0"
    assert sleeper.wait(timeout=10) != 0


def test_P22_M5_put(wsman, as_root):
    before = ENVIRONMENT.read_bytes() if ENVIRONMENT.exists() else None
    variable = CIMV2 + "Win32_Environment?Name=WINRM_TEST_VARIABLE&UserName=<SYSTEM>"
    try:
        ENVIRONMENT.write_text("WINRM_TEST_VARIABLE=old\n")
        wsman("put", "-k", "VariableValue=new", variable)
        assert ENVIRONMENT.read_text() == 'WINRM_TEST_VARIABLE="new"\n'
    finally:
        if before is None:
            ENVIRONMENT.unlink()
        else:
            ENVIRONMENT.write_bytes(before)


@pytest.fixture
def events():
    """A service with a journal of the test's own."""
    clear = {"Client": {"AllowUnencrypted": True}}
    with tempfile.TemporaryDirectory(prefix="winrm-test-") as name, journal_service(Path(name), clear) as started:
        yield started


def subscription_of(body: ElementTree.Element) -> tuple[str, str | None]:
    """The identifier, and the enumeration context of a pulled one."""
    (response,) = body.iterfind("e:SubscribeResponse", NAMESPACES)
    return response.find(".//e:Identifier", NAMESPACES).text, response.findtext("n:EnumerationContext", None, NAMESPACES)


def test_P22_P6_subscribe_and_pull(program, events):
    wsman = Wsman(program, events)
    (body,) = wsman("subscribe", "-G", "pull", "-r", "60", EVENT_LOG)
    identifier, context = subscription_of(body)
    events.journal.write("seen by openwsman")
    pulled = wsman("pull", "-U", context, EVENT_LOG)
    (item,) = items_of(pulled)
    assert message_of(item) == "seen by openwsman"
    (renewed,) = wsman("renew", "-i", identifier, "-r", "600", EVENT_LOG)
    assert renewed.findtext("e:RenewResponse/e:Expires", None, NAMESPACES) == "PT600.000S"
    wsman("unsubscribe", "-i", identifier, EVENT_LOG)
    (fault,) = wsman("renew", "-i", identifier, "-r", "600", EVENT_LOG, fails=True)
    assert fault.find("s:Fault", NAMESPACES) is not None


@pytest.mark.parametrize("mode, action", [("push", "Event"), ("pushwithack", "Event"), ("events", "Events")])
def test_P22_P6_subscribe_to_be_sent(program, events, mode, action):
    wsman, sink = Wsman(program, events), EventSink()
    try:
        (body,) = wsman("subscribe", "-G", mode, "-Z", sink.url, "-r", "60", "-l", EVENT_LOG)
        identifier, context = subscription_of(body)
        assert context is None
        events.journal.write(f"by {mode}")
        message = sink.wait_for(lambda message: message.action == f"{WSMAN}/{action}")
        assert f"by {mode}" in message.body.decode()
        assert message.find("s:Header/w:Bookmark") is not None
        wsman("unsubscribe", "-i", identifier, EVENT_LOG)
    finally:
        sink.close()
