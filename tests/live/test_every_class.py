"""Every class of the service, in every way a client may ask for its instances."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from support.envelope import ENUMERATE, GET, NAMESPACES, Request, properties_of

WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
BINDING = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
REFERENCE = Path(__file__).parents[2] / "docs/classes.md"
ALL = "<w:OptimizeEnumeration/><w:MaxElements>500</w:MaxElements>"
MORE = "<n:MaxElements>500</n:MaxElements>"
CAP = 50
NOT_FOUND = 2150858752
INVALID_PARAMETER = 87


def documented_classes():
    """(namespace, class, whether it is enumerated without a condition) of the reference."""
    found, namespace = [], None
    for block in re.split(r"^(?=#{2,3} )", REFERENCE.read_text(), flags=re.MULTILINE):
        title = block.splitlines()[0]
        if title.startswith("## "):
            namespace = title[3:]
        elif title.startswith("### "):
            found.append((namespace, title[4:], "Enumerated only under a condition" not in block))
    return found


CLASSES = documented_classes()
BOUNDED = [pytest.param(ns, name, id=name) for ns, name, bounded in CLASSES if bounded]
UNBOUNDED = [pytest.param(ns, name, id=name) for ns, name, bounded in CLASSES if not bounded]


def local(element):
    return element.tag.split("}")[-1]


def enumerate_all(caller, uri, options=""):
    return caller.enumerate(uri, ALL + options, MORE)


def epr_mode(mode):
    return f"<w:EnumerationMode>{mode}</w:EnumerationMode>"


def polymorphism(mode):
    return f'<b:PolymorphismMode xmlns:b="{BINDING}">{mode}</b:PolymorphismMode>'


def wql(text):
    return f'<w:Filter Dialect="{WQL}">{escape(text)}</w:Filter>'


def address(reference):
    """Resource URI and SelectorSet, as a client copies them out of an endpoint reference."""
    parameters = reference.find("a:ReferenceParameters", NAMESPACES)
    return parameters.find("w:ResourceURI", NAMESPACES).text, parameters.find("w:SelectorSet", NAMESPACES)


def selector_header(selectors):
    return "" if selectors is None else ElementTree.tostring(selectors, encoding="unicode")


def object_path(reference):
    uri, selectors = address(reference)
    keys = [] if selectors is None else list(selectors)
    values = []
    for key in keys:
        nested = key.find("a:EndpointReference", NAMESPACES)
        text = (key.text or "") if nested is None else object_path(nested)
        values.append('{}="{}"'.format(key.get("Name"), text.replace("\\", "\\\\").replace('"', '\\"')))
    return uri.rsplit("/", 1)[1] + ("." + ",".join(values) if values else "=@")


def literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def get(caller, reference, headers=""):
    uri, selectors = address(reference)
    return caller.call(Request(GET, uri, headers=selector_header(selectors) + headers))


def is_gone(caller, uri, reference):
    """Processes, sessions and connections end while they are looked at."""
    now = {object_path(one) for one in enumerate_all(caller, uri, epr_mode("EnumerateEPR"))}
    return object_path(reference) not in now


def test_B4_the_schema_queries_list_what_is_documented(caller):
    for namespace in sorted({ns for ns, _, _ in CLASSES}):
        listed = enumerate_all(caller, f"{WMI}{namespace}/*", wql("SELECT * FROM meta_class"))
        names = {local(item) for item in listed if not local(item).startswith("__")}
        assert names == {name for ns, name, _ in CLASSES if ns == namespace}


def test_B4_the_namespaces_are_listed(caller):
    below_root = {properties_of(item)["Name"] for item in enumerate_all(caller, WMI + "root/__NAMESPACE")}
    assert {"cimv2", "default", "standardcimv2", "hardware"} <= below_root


@pytest.mark.parametrize("namespace, name", BOUNDED)
def test_D1_M1_M4_enumerates_deep_shallow_and_as_its_parent_sees_it(caller, namespace, name):
    uri = f"{WMI}{namespace}/{name}"
    schema = enumerate_all(caller, f"{WMI}{namespace}/*", wql(f"SELECT * FROM meta_class WHERE __CLASS='{name}'"))
    declared = {local(child) for child in schema[0]}
    derived = enumerate_all(caller, f"{WMI}{namespace}/*", wql(f"SELECT * FROM meta_class WHERE __this ISA '{name}'"))
    below = {local(item) for item in derived}
    for item in enumerate_all(caller, uri):
        assert local(item) in below
        assert item.get(f"{{{XSI}}}type") == f"p:{local(item)}_Type"
        assert {local(child) for child in item} >= declared, "every property is there, null or not"
    for item in enumerate_all(caller, uri, polymorphism("None")):
        assert local(item) == name
    for item in enumerate_all(caller, uri, polymorphism("ExcludeSubClassProperties")):
        assert local(item) == name
        assert {local(child) for child in item} <= declared


@pytest.mark.parametrize("namespace, name", BOUNDED)
def test_M2_P21_each_instance_is_found_by_its_reference(caller, namespace, name):
    uri = f"{WMI}{namespace}/{name}"
    for item in enumerate_all(caller, uri, epr_mode("EnumerateObjectAndEPR"))[:CAP]:
        instance, reference = item
        answer = get(caller, reference)
        if answer.is_fault:
            assert answer.fault_code == NOT_FOUND and is_gone(caller, uri, reference), answer.body
            continue
        assert answer.instance().tag == instance.tag
        _, selectors = address(reference)
        for key in [] if selectors is None else selectors:
            if key.text and key.get("Name") != "__cimnamespace":
                assert answer.properties()[key.get("Name")] == key.text


@pytest.mark.parametrize("namespace, name", BOUNDED)
def test_P7_each_property_is_a_fragment(caller, namespace, name):
    uri = f"{WMI}{namespace}/{name}"
    listed = enumerate_all(caller, uri, epr_mode("EnumerateObjectAndEPR"))
    if not listed:
        return
    instance, reference = listed[0]
    for property_name in sorted({local(child) for child in instance}):
        header = f'<w:FragmentTransfer s:mustUnderstand="true">{property_name}</w:FragmentTransfer>'
        answer = get(caller, reference, header)
        if answer.is_fault:
            assert is_gone(caller, uri, reference), answer.body
            return
        assert local(answer.instance()) == "XmlFragment"
        assert {local(child) for child in answer.instance()} == {property_name}


@pytest.mark.parametrize("path", ["Name[1]", "./Name", "/p:Win32_OperatingSystem/p:Name[1]"])
def test_P7_paths_that_lead_to_the_same_element(caller, path):
    def fragment(of: str):
        header = f'<w:FragmentTransfer s:mustUnderstand="true">{of}</w:FragmentTransfer>'
        return caller.call(Request(GET, WMI + "root/cimv2/Win32_OperatingSystem", headers=header)).instance()

    assert properties_of(fragment(path)) == properties_of(fragment("Name"))
    assert list(fragment("Name[2]")) == [], "there is one"


@pytest.mark.parametrize("namespace, name", BOUNDED)
def test_B1_wql_finds_instances_by_each_key(caller, namespace, name):
    uri = f"{WMI}{namespace}/{name}"
    for reference in enumerate_all(caller, uri, epr_mode("EnumerateEPR"))[:3]:
        own_uri, selectors = address(reference)
        own_name = own_uri.rsplit("/", 1)[1]  # the class may be a child of the one that is enumerated
        for key in [] if selectors is None else selectors:
            nested = key.find("a:EndpointReference", NAMESPACES)
            value = (key.text or "") if nested is None else object_path(nested)
            query = f"SELECT * FROM {own_name} WHERE {key.get('Name')}={literal(value)}"
            found = enumerate_all(caller, f"{WMI}{namespace}/*", epr_mode("EnumerateEPR") + wql(query))
            paths = {object_path(one) for one in found}
            assert object_path(reference) in paths or is_gone(caller, uri, reference), query


@pytest.mark.parametrize("namespace, name", UNBOUNDED)
def test_classes_without_bounds_want_a_condition(caller, namespace, name):
    answer = caller.call(Request(ENUMERATE, f"{WMI}{namespace}/{name}", body=f"<n:Enumerate>{ALL}</n:Enumerate>"))
    assert answer.is_fault
    assert answer.fault_code == INVALID_PARAMETER


def test_M4_a_query_of_a_parent_passes_over_classes_without_bounds(caller):
    query = "SELECT * FROM CIM_LogicalElement WHERE Name LIKE '%' AND __CLASS <> 'Win32_Process'"
    found = {local(item) for item in enumerate_all(caller, WMI + "root/cimv2/*", wql(query))}
    assert "Win32_ComputerSystem" in found
    assert not found & {name for _, name, bounded in CLASSES if not bounded}


@pytest.mark.parametrize("name", ["Win32_ComputerSystem", "Win32_Process", "Win32_LogicalDisk"])
def test_B7_everything_around_an_instance_is_found(caller, name):
    path = object_path(enumerate_all(caller, WMI + "root/cimv2/" + name, epr_mode("EnumerateEPR"))[0])
    references = enumerate_all(caller, WMI + "root/cimv2/*", wql(f"REFERENCES OF {{{path}}}"))
    associators = enumerate_all(caller, WMI + "root/cimv2/*", wql(f"ASSOCIATORS OF {{{path}}}"))
    assert references
    assert associators
