"""WQL, associations and methods with the clients people have: pypsrp and pywinrm."""

import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from pypsrp.exceptions import WSManFaultError
from pypsrp.wsman import NAMESPACES, SelectorSet, WSMan
from winrm.protocol import Protocol

from support.envelope import ANONYMOUS, ENUMERATE, Request

WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
ASSOCIATION = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter"
BINDING = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"


@pytest.fixture
def pypsrp(service):
    options = {"ssl": True, "cert_validation": False, "auth": "basic", "port": service.https_port, "no_proxy": True}
    with WSMan("127.0.0.1", username=service.user.name, password=service.user.password, **options) as connection:
        yield connection


@pytest.fixture
def pywinrm(service):
    return Protocol(
        endpoint=service.https_url,
        transport="basic",
        username=service.user.name,
        password=service.user.password,
        server_cert_validation="ignore",
        proxy=None,
    )


def enumerate_body(dialect):
    body = ElementTree.Element(f"{{{ENUMERATION}}}Enumerate")
    ElementTree.SubElement(body, f"{{{WSMAN}}}OptimizeEnumeration")
    ElementTree.SubElement(body, f"{{{WSMAN}}}MaxElements").text = "500"
    return body, ElementTree.SubElement(body, f"{{{WSMAN}}}Filter", Dialect=dialect)


def items_of(response):
    return [item for found in response.iter(f"{{{WSMAN}}}Items") for item in found]


def local(element):
    return element.tag.split("}")[-1]


def association_filter(kind, class_name, key, value):
    body, filter_element = enumerate_body(ASSOCIATION)
    associated = ElementTree.SubElement(filter_element, f"{{{BINDING}}}{kind}")
    target = ElementTree.SubElement(associated, f"{{{BINDING}}}Object")
    ElementTree.SubElement(target, f"{{{ADDRESSING}}}Address").text = ANONYMOUS
    parameters = ElementTree.SubElement(target, f"{{{ADDRESSING}}}ReferenceParameters")
    ElementTree.SubElement(parameters, f"{{{WSMAN}}}ResourceURI").text = WMI + class_name
    selectors = ElementTree.SubElement(parameters, f"{{{WSMAN}}}SelectorSet")
    ElementTree.SubElement(selectors, f"{{{WSMAN}}}Selector", Name=key).text = value
    return body


def test_B1_pypsrp_queries_by_wql(pypsrp):
    body, filter_element = enumerate_body(WQL)
    filter_element.text = "SELECT * FROM Win32_Process WHERE ProcessId=1"
    found = items_of(pypsrp.enumerate(WMI + "*", body))
    assert [local(item) for item in found] == ["Win32_Process"]
    assert found[0].find(f"{{{WMI}Win32_Process}}Handle").text == "1"


def test_B1_pypsrp_hears_what_is_wrong_with_a_query(pypsrp):
    body, filter_element = enumerate_body(WQL)
    filter_element.text = "SELECT * FORM Win32_Process"
    with pytest.raises(WSManFaultError, match="character 10"):
        pypsrp.enumerate(WMI + "*", body)


def test_B8_pypsrp_finds_the_system_of_a_process(pypsrp):
    found = items_of(
        pypsrp.enumerate(WMI + "*", association_filter("AssociatedInstances", "Win32_Process", "Handle", "1"))
    )
    assert "Win32_ComputerSystem" in {local(item) for item in found}


def test_B8_pypsrp_finds_the_associations_of_a_process(pypsrp):
    found = items_of(
        pypsrp.enumerate(WMI + "*", association_filter("AssociationInstances", "Win32_Process", "Handle", "1"))
    )
    assert "Win32_SystemProcesses" in {local(item) for item in found}


def test_M6_D3_pypsrp_ends_a_process(pypsrp):
    sleeper = subprocess.Popen(["sleep", "600"])
    try:
        uri = WMI + "Win32_Process"
        selectors = SelectorSet()
        selectors.add_option("Handle", str(sleeper.pid))
        body = ElementTree.Element(f"{{{uri}}}Terminate_INPUT")
        response = pypsrp.invoke(f"{uri}/Terminate", uri, body, selector_set=selectors)
        assert response.find(f".//{{{uri}}}ReturnValue").text == "0"
        assert sleeper.wait(timeout=10) != 0
    finally:
        sleeper.kill()
        sleeper.wait()


def test_B7_pywinrm_queries_associators(pywinrm):
    query = "ASSOCIATORS OF {Win32_Process.Handle='1'} WHERE ResultClass=CIM_ComputerSystem"
    filter_element = f'<w:Filter Dialect="{WQL}">{query}</w:Filter>'
    body = f"<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>10</w:MaxElements>{filter_element}</n:Enumerate>"
    answer = ElementTree.fromstring(pywinrm.send_message(Request(ENUMERATE, WMI + "*", body=body).xml()))
    assert [local(item) for item in items_of(answer)] == ["Win32_ComputerSystem"]
    assert answer.find("s:Body", NAMESPACES) is not None
