"""One property of every class against a program or file that knows nothing of this service."""

import re
import socket
import subprocess
import time
from pathlib import Path

import pytest

from support.cim import STANDARD_CIMV2, instance, instances, output_of, query
from support.service import binary
from test_every_class import CLASSES, REFERENCE


PROVIDERS = Path(__file__).parents[2] / "src/providers"


def lines_of(*command: str) -> list[str]:
    return [line.strip() for line in output_of(*command).splitlines()]


def column(caller, class_name: str, name: str) -> set[str]:
    return {row[name] for row in query(caller, f"SELECT {name} FROM {class_name}")}


def agree(caller, class_name: str, name: str, theirs) -> None:
    assert column(caller, class_name, name) == set(theirs)


def soon(check, seconds: float = 10) -> None:
    """What changes all the time is compared until both sides were read between two changes."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.1)


# -- one function for each class ------------------------------------------------------------------------------


def data_file(caller):
    row = instance(caller, "CIM_DataFile", Name="/etc/passwd").get()
    assert row["FileSize"] == output_of("stat", "-c", "%s", "/etc/passwd")


def directory(caller):
    row = instance(caller, "Win32_Directory", Name="/etc").get()
    assert row["Name"] == "/etc"
    files = query(caller, "SELECT Name FROM Win32_Directory WHERE Path='/etc/'")
    theirs = lines_of("find", "/etc", "-mindepth", "1", "-maxdepth", "1", "-type", "d")
    assert {one["Name"] for one in files} == set(theirs)


def sub_directory(caller):
    text = "SELECT * FROM Win32_SubDirectory WHERE GroupComponent=\"Win32_Directory.Name='/usr'\""
    assert len(query(caller, text)) == len(lines_of("find", "/usr", "-mindepth", "1", "-maxdepth", "1", "-type", "d"))


def file_security(caller):
    row = instance(caller, "Linux_LogicalFileSecuritySetting", Path="/etc/shadow").get()
    mode, owner, group = output_of("stat", "-c", "%a %U %G", "/etc/shadow").split()
    assert (row["Mode"].lstrip("0"), row["OwnerName"], row["GroupName"]) == (mode, owner, group)


def linux_operating_system(caller):
    row = instance(caller, "Linux_OperatingSystem").get()
    assert row["KernelCommandLine"] == output_of("cat", "/proc/cmdline")
    assert row["BuildNumber"] == output_of("uname", "-r")
    load = float(re.search(r"load averages?: ([\d.]+)", output_of("env", "LC_ALL=C", "uptime")).group(1))
    assert abs(float(row["LoadAverage1"]) - load) < 5


def linux_process(caller):
    process = subprocess.Popen(["nice", "-n", "7", "sleep", "600"])
    try:
        soon(lambda: output_of("ps", "-o", "comm=", "-p", str(process.pid)) == "sleep")  # nice is done
        row = instance(caller, "Linux_Process", Handle=process.pid).get()
        assert row["Nice"] == output_of("ps", "-o", "nice=", "-p", str(process.pid)) == "7"
        assert row["ControlGroup"] == (output_of("sed", "-n", "s/^0:://p", f"/proc/{process.pid}/cgroup") or None)
        assert row["OomScore"] == output_of("cat", f"/proc/{process.pid}/oom_score")
    finally:
        process.kill()
        process.wait()


def services(class_name, name):
    def check(caller):
        """Unit files and init scripts are there, whether systemd runs or not."""
        ours = {row[name] for row in instances(caller, class_name)}
        theirs = {path.name for path in Path("/etc/init.d").iterdir() if path.stat().st_mode & 0o111}
        folders = [Path("/etc/systemd/system"), Path("/lib/systemd/system")]
        for path in (found for folder in folders if folder.exists() for found in folder.glob("*.service")):
            if "@" not in path.name and not path.is_symlink():
                theirs.add(path.name.removesuffix(".service"))
        assert theirs, "every Debian has units"
        # The text of a reference ends in its key.
        assert not {one for one in theirs if not any(known.endswith(one) for known in ours)}

    return check


def network_connections(caller):
    kinds = "nfs,nfs4,cifs,smb3"
    run = subprocess.run(["findmnt", "-n", "-o", "TARGET", "-t", kinds], capture_output=True, text=True, check=False)
    if not run.stdout:
        pytest.skip("nothing of another machine is mounted here: compared nothing")
    agree(caller, "Win32_NetworkConnection", "LocalName", run.stdout.split())


def root_directories(caller):
    assert len(instances(caller, "Win32_LogicalDiskRootDirectory")) == len(instances(caller, "Win32_LogicalDisk"))
    points = output_of("df", "--output=target").splitlines()[1:]
    assert column(caller, "Win32_LogicalDisk", "DeviceID") <= {point.strip() for point in points}


def logical_disk_counters(class_name):
    def check(caller):
        row = instance(caller, class_name, Name="/").get()
        available = int(output_of("df", "--output=avail", "-B1", "/").splitlines()[1])
        assert abs(int(row["FreeMegabytes"]) - available / 2**20) < 200

    return check


def physical_disk_counters(class_name):
    def check(caller):
        rows = lines_of("lsblk", "--nodeps", "--noheadings", "--output", "NAME,TYPE")
        theirs = {row.split()[0] for row in rows if row.split()[1] == "disk"}
        ours = column(caller, class_name, "Name") - {"_Total"}
        assert ours <= theirs, "loop devices and partitions are no hardware"
        assert {name for name in theirs if not re.match(r"(ram|zram|nbd|fd)\d", name)} <= ours

    return check


def system_counters(class_name):
    def check(caller):
        def close() -> bool:
            ours = int(instances(caller, class_name)[0]["Processes"])
            return abs(ours - len(lines_of("ps", "-e", "-o", "pid="))) <= 3

        soon(close)

    return check


def process_counters(class_name):
    def check(caller):
        process = subprocess.Popen(["sleep", "600"])
        try:
            (row,) = query(caller, f"SELECT * FROM {class_name} WHERE IDProcess={process.pid}")
            assert row["Name"].split("#")[0] == output_of("ps", "-o", "comm=", "-p", str(process.pid))
            assert row["CreatingProcessID"] == output_of("ps", "-o", "ppid=", "-p", str(process.pid)).strip()
        finally:
            process.kill()
            process.wait()

    return check


def memory_counters(caller):
    row = instances(caller, "Win32_PerfRawData_PerfOS_Memory")[0]
    available = int(output_of("free", "--bytes").splitlines()[1].split()[6])
    assert abs(int(row["AvailableBytes"]) - available) < 0.2 * available


def interface_counters(caller):
    theirs = {line.split(":")[1].strip().split("@")[0] for line in lines_of("ip", "-o", "link")}
    agree(caller, "Win32_PerfRawData_Tcpip_NetworkInterface", "Name", theirs)


def system_accounts(caller):
    names = {line.split(":")[0] for line in lines_of("getent", "passwd") if int(line.split(":")[2]) < 1000}
    assert column(caller, "Win32_SystemAccount", "Name") >= names - {"root"}


def system_processes(caller):
    process = subprocess.Popen(["sleep", "600"])
    try:
        path = f"PartComponent=\"Win32_Process.Handle='{process.pid}'\""
        assert len(query(caller, f"SELECT * FROM Win32_SystemProcesses WHERE {path}")) == 1
        assert len(instances(caller, "Win32_SystemProcesses")) >= 0.5 * len(lines_of("ps", "-e", "-o", "pid="))
    finally:
        process.kill()
        process.wait()


def wmi_setting(caller):
    version = output_of(binary("winrmd"), "--version")
    assert instances(caller, "Win32_WMISetting")[0]["BuildVersion"] in version


def ping(caller):
    row = query(caller, "SELECT * FROM Win32_PingStatus WHERE Address='localhost'")[0]
    found = {line.split()[0] for line in lines_of("getent", "ahosts", "localhost")}
    assert row["ProtocolAddress"] in found


def udp_endpoints(caller):
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        ours = {row["LocalPort"] for row in instances(caller, "MSFT_NetUDPEndpoint", STANDARD_CIMV2)}
        theirs = {line.split()[3].rsplit(":", 1)[1] for line in lines_of("ss", "-H", "-lun")}
        assert str(datagrams.getsockname()[1]) in ours & theirs


HERE = {
    "CIM_DataFile": data_file,
    "Linux_LogicalFileSecuritySetting": file_security,
    "Linux_OperatingSystem": linux_operating_system,
    "Linux_Process": linux_process,
    "Linux_Service": services("Linux_Service", "Name"),
    "MSFT_NetUDPEndpoint": udp_endpoints,
    "Win32_Directory": directory,
    "Win32_LogicalDiskRootDirectory": root_directories,
    "Win32_NetworkConnection": network_connections,
    "Win32_PerfFormattedData_PerfDisk_LogicalDisk": logical_disk_counters(
        "Win32_PerfFormattedData_PerfDisk_LogicalDisk"
    ),
    "Win32_PerfFormattedData_PerfDisk_PhysicalDisk": physical_disk_counters(
        "Win32_PerfFormattedData_PerfDisk_PhysicalDisk"
    ),
    "Win32_PerfFormattedData_PerfOS_System": system_counters("Win32_PerfFormattedData_PerfOS_System"),
    "Win32_PerfFormattedData_PerfProc_Process": process_counters("Win32_PerfFormattedData_PerfProc_Process"),
    "Win32_PerfRawData_PerfDisk_LogicalDisk": logical_disk_counters("Win32_PerfRawData_PerfDisk_LogicalDisk"),
    "Win32_PerfRawData_PerfDisk_PhysicalDisk": physical_disk_counters("Win32_PerfRawData_PerfDisk_PhysicalDisk"),
    "Win32_PerfRawData_PerfOS_Memory": memory_counters,
    "Win32_PerfRawData_PerfOS_System": system_counters("Win32_PerfRawData_PerfOS_System"),
    "Win32_PerfRawData_PerfProc_Process": process_counters("Win32_PerfRawData_PerfProc_Process"),
    "Win32_PerfRawData_Tcpip_NetworkInterface": interface_counters,
    "Win32_PingStatus": ping,
    "Win32_Service": services("Win32_Service", "Name"),
    "Win32_SubDirectory": sub_directory,
    "Win32_SystemAccount": system_accounts,
    "Win32_SystemProcesses": system_processes,
    "Win32_SystemServices": services("Win32_SystemServices", "PartComponent"),
    "Win32_WMISetting": wmi_setting,
}

# Compared by tests that first make what they compare, or that need more than one question.
ELSEWHERE = {
    "interop/test_values.py": {
        "test_computer_system": ["Win32_ComputerSystem"],
        "test_operating_system_against_os_release_and_uname": ["Win32_OperatingSystem"],
        "test_process_list_against_ps": ["Win32_Process"],
    },
    "live/test_account_classes.py": {
        "test_D7_accounts_agree_with_getent": ["Win32_UserAccount"],
        "test_D7_groups_agree_with_getent": ["Win32_Group"],
        "test_D7_members_agree_with_id": ["Win32_GroupUser"],
        "test_D7_the_profile_is_the_home_folder": ["Win32_UserProfile"],
    },
    "live/test_furnished_machine.py": {
        "test_D1_files_of_etc_are_read": ["Win32_Environment", "Win32_ScheduledJob", "Win32_StartupCommand"],
        "test_D7_sessions_agree_with_who_and_ps": ["Win32_LoggedOnUser", "Win32_LogonSession", "Win32_SessionProcess"],
        "test_D9_firmware_agrees_with_dmidecode": [
            "Win32_BIOS",
            "Win32_BaseBoard",
            "Win32_ComputerSystemProduct",
            "Win32_SystemEnclosure",
        ],
        "test_D9_memory_agrees_with_dmidecode": ["Win32_PhysicalMemory", "Win32_PhysicalMemoryArray"],
    },
    "live/test_eventlog_classes.py": {
        "test_D8_events_agree_with_journalctl": ["Win32_NTEventlogFile", "Win32_NTLogEvent"],
    },
    "live/test_network_classes.py": {
        "test_D5_adapters_agree_with_ip": ["Win32_NetworkAdapter"],
        "test_D5_configurations_agree_with_ip": ["Win32_NetworkAdapterConfiguration"],
        "test_D5_routes_agree_with_ip": ["Win32_IP4RouteTable"],
        "test_D5_settings_link_adapters_and_configurations": ["Win32_NetworkAdapterSetting"],
        "test_D5_sockets_agree_with_ss": ["MSFT_NetTCPConnection"],
    },
    "live/test_performance_classes.py": {
        "test_D1_available_memory_is_that_of_meminfo": ["Win32_PerfFormattedData_PerfOS_Memory"],
        "test_D1_formatted_values_are_percentages": ["Win32_PerfFormattedData_PerfOS_Processor"],
        "test_D1_interfaces_agree_with_proc_net_dev": ["Win32_PerfFormattedData_Tcpip_NetworkInterface"],
        "test_D1_raw_samples_give_the_load_that_proc_stat_gives": ["Win32_PerfRawData_PerfOS_Processor"],
    },
    "live/test_process_classes.py": {
        "test_D1_threads_agree_with_ps": ["Win32_Thread"],
    },
    "live/test_service_classes.py": {
        "test_B7_associations_agree_with_systemctl": [
            "Win32_DependentService",
            "Win32_LoadOrderGroup",
            "Win32_LoadOrderGroupServiceDependencies",
            "Win32_LoadOrderGroupServiceMembers",
            "Win32_SystemLoadOrderGroups",
        ],
    },
    "live/test_storage_classes.py": {
        "test_B6_a_folder_leads_to_its_files": ["CIM_DirectoryContainsFile"],
        "test_D1_shares_agree_with_testparm": ["Win32_Share"],
        "test_D6_a_mounted_partition_leads_to_its_logical_disk": ["Win32_LogicalDiskToPartition"],
        "test_D6_disk_drives_agree_with_lsblk": ["Win32_DiskDrive"],
        "test_D6_logical_disks_agree_with_df": ["Win32_LogicalDisk"],
        "test_D6_partitions_agree_with_lsblk": ["Win32_DiskDriveToDiskPartition", "Win32_DiskPartition"],
        "test_D6_volumes_and_mounts_agree_with_findmnt": ["Linux_MountPoint", "Win32_Volume"],
    },
    "live/test_system_classes.py": {
        "test_D1_clocks_agree_with_date": ["Win32_LocalTime", "Win32_UTCTime"],
        "test_D1_page_files_agree_with_swapon": ["Win32_PageFileUsage"],
        "test_D1_products_agree_with_dpkg_query": ["Win32_Product"],
        "test_D1_time_zone_agrees_with_date": ["Win32_TimeZone"],
        "test_D1_updates_agree_with_the_log_of_dpkg": ["Win32_QuickFixEngineering"],
        "test_D9_processors_agree_with_lscpu": ["Win32_Processor"],
    },
}


def concrete_classes() -> set[str]:
    parts = re.split(r"^### ", REFERENCE.read_text(), flags=re.MULTILINE)[1:]
    blocks = {part.splitlines()[0]: part for part in parts}
    return {name for _, name, _ in CLASSES if "Has no instances of its own" not in blocks[name]}


def test_D1_every_class_is_compared_somewhere():
    elsewhere = {name for tests in ELSEWHERE.values() for names in tests.values() for name in names}
    assert not HERE.keys() & elsewhere
    assert concrete_classes() == HERE.keys() | elsewhere


@pytest.mark.parametrize("file", sorted(ELSEWHERE))
def test_D1_the_other_comparisons_are_there(file):
    text = (Path(__file__).parents[1] / file).read_text()
    assert not [test for test in ELSEWHERE[file] if f"def {test}(" not in text]


@pytest.mark.parametrize("name", sorted(HERE))
def test_D1_agrees_with_an_independent_source(caller, name):
    HERE[name](caller)


def test_M1_the_inventory_of_providers(caller):
    """Nothing else lists them: the groups are the folders of the source, besides the parents that they share."""
    folders = {folder.name for folder in PROVIDERS.iterdir() if folder.is_dir()} - {"common", "schema"}
    rows = instances(caller, "__Win32Provider")
    assert len(rows) == len(folders) + len({"Inventory"}) and all(row["Name"] for row in rows)
