"""Classes of what this machine may lack, on a machine that has it: compared with tools that know nothing of the
service."""

import re
import socket

import pytest

import test_every_class as every
from support.caller import Caller
from support.cim import instance, instances, query
from support.envelope import CIMV2


@pytest.fixture
def caller(machine):
    return machine.caller


@pytest.fixture
def plain_caller(service):
    """Of the machine the tests run on."""
    return Caller(service)


def dmidecode(machine, kind: int) -> list[dict[str, str]]:
    """The fields of each structure of a type."""
    blocks = re.split(r"\n\n", machine.output_of("dmidecode", "--quiet", "--type", str(kind)))
    found = [dict(re.findall(r"^\t(\w[^:]*): (.*)$", block, re.MULTILINE)) for block in blocks]
    return [fields for fields in found if fields]


def test_D9_firmware_agrees_with_dmidecode(machine, caller):
    (bios,), (theirs,) = instances(caller, "Win32_BIOS"), dmidecode(machine, 0)
    assert (bios["Manufacturer"], bios["SMBIOSBIOSVersion"]) == (theirs["Vendor"], theirs["Version"])
    month, day, year = theirs["Release Date"].split("/")
    assert bios["ReleaseDate"].startswith(f"{year}-{month}-{day}")
    (product,), (theirs,) = instances(caller, "Win32_ComputerSystemProduct"), dmidecode(machine, 1)
    assert (product["Vendor"], product["Name"]) == (theirs["Manufacturer"], theirs["Product Name"])
    assert (product["IdentifyingNumber"], product["UUID"].lower()) == (theirs["Serial Number"], theirs["UUID"])
    (board,), (theirs,) = instances(caller, "Win32_BaseBoard"), dmidecode(machine, 2)
    assert (board["Manufacturer"], board["Product"]) == (theirs["Manufacturer"], theirs["Product Name"])
    (case,), (theirs,) = instances(caller, "Win32_SystemEnclosure"), dmidecode(machine, 3)
    assert (case["Manufacturer"], case["SMBIOSAssetTag"]) == (theirs["Manufacturer"], theirs["Asset Tag"])


def test_D9_memory_agrees_with_dmidecode(machine, caller):
    modules = [fields for fields in dmidecode(machine, 17) if fields["Size"] != "No Module Installed"]
    ours = instances(caller, "Win32_PhysicalMemory")
    assert len(ours) == len(modules) == 2
    for row, theirs in zip(ours, modules):
        assert row["DeviceLocator"] == theirs["Locator"]
        assert int(row["Capacity"]) == int(theirs["Size"].split()[0]) * 2**30
        assert row["PartNumber"] == theirs["Part Number"]
        assert row["ConfiguredClockSpeed"] == theirs["Configured Memory Speed"].split()[0]
    (array,), (theirs,) = instances(caller, "Win32_PhysicalMemoryArray"), dmidecode(machine, 16)
    assert array["MemoryDevices"] == theirs["Number Of Devices"]
    assert int(array["MaxCapacity"]) == int(theirs["Maximum Capacity"].split()[0]) * 2**20


def ends(caller, class_name: str) -> list[list[dict[str, str]]]:
    """The keys of both ends of each link."""
    selector = "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}Selector"
    items = caller.enumerate(CIMV2 + class_name, "<w:MaxElements>500</w:MaxElements>")
    return [[{key.get("Name"): key.text for key in end.iter(selector)} for end in item] for item in items]


def test_D7_sessions_agree_with_who_and_ps(machine, caller):
    (entry,) = machine.output_of("who").splitlines()
    user, terminal = entry.split()[:2]
    assert instance(caller, "Win32_OperatingSystem").get()["NumberOfUsers"] == "1"
    (session,) = instances(caller, "Win32_LogonSession")
    assert session["LogonId"] == terminal
    ((account, logon),) = ends(caller, "Win32_LoggedOnUser")
    assert (account["Name"], logon["LogonId"]) == (user, terminal)
    theirs = set(machine.output_of("ps", "-s", str(machine.leader.pid), "-o", "pid=").split())
    links = ends(caller, "Win32_SessionProcess")
    assert {logon["LogonId"] for logon, _ in links} == {terminal}
    assert {process["Handle"] for _, process in links} == theirs
    assert len(theirs) >= 2


def test_D8_events_agree_with_journalctl(machine, caller):
    theirs = machine.output_of("journalctl", "--output=cat", "--identifier=winrm-test").splitlines()
    found = query(caller, "SELECT * FROM Win32_NTLogEvent WHERE SourceName='winrm-test'")
    assert [row["Message"] for row in found] == theirs == ["an entry of a test"]
    assert found[0]["Type"] == "Error"
    every_entry = machine.output_of("journalctl", "--quiet", "--output=json").splitlines()
    assert sum(int(row["NumberOfRecords"]) for row in instances(caller, "Win32_NTEventlogFile")) == len(every_entry)


def test_D8_one_log_of_the_journal_is_neither_cleared_nor_saved(caller):
    for method in ("ClearEventlog", "BackupEventlog"):
        answer = instance(caller, "Win32_NTEventlogFile", Name="journal:System").invoke(method)
        assert answer.is_fault and b"journalctl(1)" in answer.body


def test_D1_files_of_etc_are_read(machine, caller):
    environment = {row["Name"]: row["VariableValue"] for row in instances(caller, "Win32_Environment")}
    assert environment["WINRM_TEST_COLOUR"] == "blue"
    assert environment["WINRM_TEST_SIZE"] == "two words"
    (row,) = query(caller, "SELECT * FROM Win32_StartupCommand WHERE Location LIKE '%winrm-test.desktop'")
    assert row["Command"] in machine.output_of("grep", "Exec=", "/etc/xdg/autostart/winrm-test.desktop")
    jobs = query(caller, "SELECT * FROM Win32_ScheduledJob WHERE Name='/etc/cron.d/winrm-test'")
    assert {(job["Owner"], job["Command"], job["DaysOfWeek"]) for job in jobs} == {
        ("daemon", "/usr/bin/true --weekly", "31"),
        ("root", "/usr/bin/true", None),
    }
    (export,) = query(caller, "SELECT * FROM Win32_Share WHERE Name='/srv'")
    assert export["Description"] in machine.output_of("cat", "/etc/exports.d/winrm-test.exports")


# -- what test_every_class finds nothing of on a plain machine ----------------------------------------------------

LACKING_ELSEWHERE = [
    "Win32_BIOS",
    "Win32_BaseBoard",
    "Win32_Environment",
    "Win32_DiskDriveToDiskPartition",
    "Win32_DiskPartition",
    "Win32_LoggedOnUser",
    "Win32_LogicalDiskToPartition",
    "Win32_LogonSession",
    "Win32_NTEventlogFile",
    "Win32_NTLogEvent",
    "Win32_PhysicalMemory",
    "Win32_PhysicalMemoryArray",
    "Win32_ScheduledJob",
    "Win32_SessionProcess",
    "Win32_Share",
    "Win32_SystemEnclosure",
]


@pytest.mark.parametrize("name", LACKING_ELSEWHERE)
def test_D1_M2_P7_instances_are_found_in_every_way(caller, name):
    assert instances(caller, name)
    every.test_D1_M1_M4_enumerates_deep_shallow_and_as_its_parent_sees_it(caller, "root/cimv2", name)
    every.test_M2_P21_each_instance_is_found_by_its_reference(caller, "root/cimv2", name)
    every.test_P7_each_property_is_a_fragment(caller, "root/cimv2", name)
    every.test_B1_wql_finds_instances_by_each_key(caller, "root/cimv2", name)


# What neither machine has, and why.
EMPTY = {
    "Win32_NetworkConnection": "needs a server of files and a kernel that mounts it",
}


def test_D1_no_class_is_empty_everywhere(caller, plain_caller, swap_file):
    """A class without an instance passes every test of classes: here at least one machine has one."""
    empty = set()
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        for namespace, name in concrete_classes():
            uri = f"{every.WMI}{namespace}/{name}"
            if not any(every.enumerate_all(one, uri) for one in (plain_caller, caller)):
                empty.add(name)
    assert empty <= EMPTY.keys()


def concrete_classes() -> list[tuple[str, str]]:
    """Those that have instances of their own, and show them without a condition."""
    parts = re.split(r"^### ", every.REFERENCE.read_text(), flags=re.MULTILINE)[1:]
    abstract = {part.splitlines()[0] for part in parts if "Has no instances of its own" in part}
    return [(namespace, name) for namespace, name, bounded in every.CLASSES if bounded and name not in abstract]
