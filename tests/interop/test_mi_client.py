"""Requests in the shapes of Microsoft's MI client library, which the CIM cmdlets of PowerShell and OMI use."""

import socket
import time
import uuid
from pathlib import Path
from string import Template

import pytest

from support.envelope import NAMESPACES, Answer, properties_of

FIXTURES = Path(__file__).parents[1] / "fixtures/mi_client"
ENVIRONMENT = Path("/etc/environment")
XSI = "http://www.w3.org/2001/XMLSchema-instance"
DMTF = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
# What the library says it is: some services answer it in another form than others.
AGENT = {"User-Agent": "Microsoft WinRM Client"}


@pytest.fixture(params=["utf-8", "utf-16"])
def send(request, caller):
    def post(name: str, **values: str) -> Answer:
        ids = {"message_id": str(uuid.uuid4()).upper(), "operation_id": str(uuid.uuid4()).upper()}
        text = Template((FIXTURES / f"{name}.xml").read_text()).substitute(ids, **values)
        content_type = f"application/soap+xml;charset={request.param.upper()}"
        response = caller.post(text.encode(request.param), content_type, **AGENT)
        assert request.param in response.headers["Content-Type"].lower(), "answered in the same encoding"
        answer = Answer(response.status_code, response.content)
        assert answer.relates_to == "uuid:" + ids["message_id"]
        return answer

    return post


def items_of(answer: Answer) -> list:
    assert not answer.is_fault, answer.body
    return [item for found in answer.findall("s:Body/n:EnumerateResponse/w:Items") for item in found]


def local(element) -> str:
    return element.tag.split("}")[-1]


def test_M2_M11_get_names_the_namespace_in_a_selector(send, sleeper):
    answer = send("get_instance", handle=str(sleeper.pid))
    assert not answer.is_fault, answer.body
    found = answer.instance()
    assert found.tag == f"{{{DMTF}Win32_Process}}Win32_Process", "in the namespace of the URI that was asked"
    assert found.get(f"{{{XSI}}}type") == "p:Win32_Process_Type", "the library reads the class from the type"
    assert answer.properties()["ProcessId"] == str(sleeper.pid)


def test_M8_a_key_is_an_endpoint_reference_with_an_address(send, sleeper):
    computer = socket.gethostname().split(".")[0]
    answer = send("get_association", computer=computer, handle=str(sleeper.pid))
    assert not answer.is_fault, answer.body
    part = answer.instance().find(f"{{{DMTF}Win32_SystemProcesses}}PartComponent")
    selectors = part.findall("a:ReferenceParameters/w:SelectorSet/w:Selector", NAMESPACES)
    assert {one.get("Name"): one.text for one in selectors}["Handle"] == str(sleeper.pid)


def test_M4_P21_enumerates_objects_with_their_references(send, sleeper):
    answer = send("enumerate_instances")
    items = items_of(answer)
    while context := answer.text("s:Body/*/n:EnumerationContext"):
        answer = send("pull", context=context)
        assert not answer.is_fault, answer.body
        items += [item for found in answer.findall("s:Body/n:PullResponse/n:Items") for item in found]
    handles = {}
    for item in items:
        instance, reference = item
        assert local(instance) == "Win32_Process"
        selectors = reference.findall("a:ReferenceParameters/w:SelectorSet/w:Selector", NAMESPACES)
        named = {one.get("Name"): one.text for one in selectors}
        assert named["__cimnamespace"].lower() == "root/cimv2", "without it the library cannot use the reference"
        handles[named["Handle"]] = properties_of(instance)["Name"]
    assert handles[str(sleeper.pid)] == "sleep"


def test_B1_B10_queries(send, sleeper):
    found = items_of(send("query_instances", handle=str(sleeper.pid)))
    assert [local(item) for item in found] == ["Win32_Process"]
    assert properties_of(found[0])["Handle"] == str(sleeper.pid)


def test_B8_associated_instances(send, sleeper):
    found = items_of(send("associated_instances", handle=str(sleeper.pid)))
    assert [local(item) for item in found] == ["Win32_ComputerSystem"]


def test_B8_reference_instances(send, sleeper):
    found = items_of(send("reference_instances", handle=str(sleeper.pid)))
    assert [local(item) for item in found] == ["Win32_SystemProcesses"]


def test_M6_D3_methods_with_typed_parameters(send):
    created = send("invoke_static_method")
    assert not created.is_fault, created.body
    output = created.properties()
    assert output["ReturnValue"] == "0"
    handle = output["ProcessId"]
    deadline = time.monotonic() + 10
    while Path(f"/proc/{handle}/cmdline").read_bytes().split(b"\0")[:2] != [b"sleep", b"600"]:
        assert time.monotonic() < deadline, "the shell did not become the program"
        time.sleep(0.01)
    ended = send("invoke_instance_method", handle=handle)
    assert not ended.is_fault, ended.body
    assert local(ended.instance()) == "Terminate_OUTPUT"
    assert ended.properties()["ReturnValue"] == "0"
    deadline = time.monotonic() + 10
    while is_running(handle):
        assert time.monotonic() < deadline, "the process goes on"
        time.sleep(0.05)


def is_running(handle: str) -> bool:
    try:
        state = Path(f"/proc/{handle}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_M5_M10_modify_changes_what_the_list_of_changes_names(send, as_root):
    before = ENVIRONMENT.read_bytes() if ENVIRONMENT.exists() else None
    try:
        ENVIRONMENT.write_text("WINRM_TEST_VARIABLE=old\n")
        answer = send("modify_instance")
        assert not answer.is_fault, answer.body
        assert answer.properties()["VariableValue"] == "from the cmdlet"
        assert ENVIRONMENT.read_text() == 'WINRM_TEST_VARIABLE="from the cmdlet"\n'
    finally:
        if before is None:
            ENVIRONMENT.unlink()
        else:
            ENVIRONMENT.write_bytes(before)
