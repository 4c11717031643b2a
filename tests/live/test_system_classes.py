"""Classes of the machine against the tools that administrators trust, and what they change."""

import datetime
import json
import os
import secrets
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.caller import Caller
from support.cim import instance, instances

ACCESS_DENIED = 5
ENVIRONMENT_OF_TOOLS = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
ENVIRONMENT = Path("/etc/environment")


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT_OF_TOOLS).stdout.strip()


@pytest.fixture(scope="module")
def account():
    """An account of this machine that has no rights."""
    name = f"winrm-test-{secrets.token_hex(2)}"
    subprocess.run(["useradd", "--system", "--no-create-home", name], check=True)
    yield name
    subprocess.run(["userdel", "--force", name], check=False, capture_output=True)


@pytest.fixture
def stranger(as_root, service, account) -> Caller:
    return Caller(service, service.add_user(f"user-of-{account}", account=account))


# -- values -------------------------------------------------------------------------------------------------


def test_M5_what_changes_by_itself_may_come_back_as_it_was_read(caller):
    """Clients change one property and send all of them (winrm set, Set-WSManInstance)."""
    system = instance(caller, "Win32_OperatingSystem")
    read = system.get()
    older = {"LocalDateTime": "20200102030405.000000+000", "FreePhysicalMemory": "1", "NumberOfProcesses": "1"}
    answer = system.put(Version=read["Version"], **older)
    assert not answer.is_fault, answer.body
    assert b"Version of Win32_OperatingSystem is read-only" in system.put(Version="0.1").body


def test_D9_processors_agree_with_lscpu(caller):
    theirs = {row["field"].rstrip(":"): row["data"] for row in json.loads(output_of("lscpu", "--json"))["lscpu"]}
    ours = instances(caller, "Win32_Processor")
    assert len(ours) == int(theirs["Socket(s)"])
    assert ours[0]["Name"] == theirs["Model name"]
    assert ours[0]["Manufacturer"] == theirs["Vendor ID"]
    assert ours[0]["NumberOfCores"] == theirs["Core(s) per socket"]
    assert ours[0]["Level"] == theirs["CPU family"]
    assert sum(int(row["NumberOfLogicalProcessors"]) for row in ours) == int(output_of("getconf", "_NPROCESSORS_ONLN"))
    assert 0 <= int(ours[0]["LoadPercentage"]) <= 100


def test_D9_hardware_agrees_with_sysfs(caller):
    if not Path("/sys/class/dmi/id").exists():
        pytest.skip("this machine's firmware has no tables: test_furnished_machine.py has some")
    def field(name: str) -> str | None:
        path = Path("/sys/class/dmi/id") / name
        return path.read_text().strip() or None if path.exists() else None

    def first(class_name: str, name: str) -> str | None:
        found = instances(caller, class_name)
        return found[0][name] if found else None

    assert first("Win32_ComputerSystemProduct", "Vendor") == field("sys_vendor")
    assert first("Win32_BIOS", "Manufacturer") == field("bios_vendor")
    assert first("Win32_BaseBoard", "Product") == field("board_name")
    assert first("Win32_SystemEnclosure", "Manufacturer") == field("chassis_vendor")


def test_D1_time_zone_agrees_with_date(caller):
    (zone,) = instances(caller, "Win32_TimeZone")
    offsets = {output_of("date", "-d", f"2026-{month}-15", "+%z %Z") for month in ("01", "07")}
    hours, minutes = divmod(abs(int(zone["Bias"])), 60)
    standard = f"{'-' if int(zone['Bias']) < 0 else '+'}{hours:02}{minutes:02} {zone['StandardName']}"
    assert standard in offsets
    assert (zone["DaylightName"] is not None) == (len(offsets) == 2)


def test_D1_clocks_agree_with_date(caller):
    def moment(class_name: str) -> datetime.datetime:
        (fields,) = instances(caller, class_name)
        return datetime.datetime(*(int(fields[name]) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")))

    def theirs(*options: str) -> datetime.datetime:
        return datetime.datetime.fromisoformat(output_of("date", *options, "+%Y-%m-%dT%H:%M:%S"))

    assert abs(moment("Win32_UTCTime") - theirs("--utc")) < datetime.timedelta(seconds=5)
    assert abs(moment("Win32_LocalTime") - theirs()) < datetime.timedelta(seconds=5)
    assert len(instances(caller, "Win32_CurrentTime")) == 2
    assert instances(caller, "Win32_UTCTime")[0]["DayOfWeek"] == output_of("date", "--utc", "+%w")


def test_D1_products_agree_with_dpkg_query(caller):
    form = "${db:Status-Status}\t${Package}:${Architecture}\t${Version}\n"
    theirs = {
        tuple(line.split("\t")[1:])
        for line in output_of("dpkg-query", "--show", f"--showformat={form}").splitlines()
        if line.startswith("installed\t")
    }
    assert {(row["IdentifyingNumber"], row["Version"]) for row in instances(caller, "Win32_Product")} == theirs


def test_D1_a_product_is_found_by_its_keys(caller):
    form = "${Version}\t${Maintainer}"
    version, maintainer = output_of("dpkg-query", "--show", f"--showformat={form}", "dpkg").split("\t")
    number = "dpkg:" + output_of("dpkg", "--print-architecture")
    found = instance(caller, "Win32_Product", IdentifyingNumber=number, Name="dpkg", Version=version).get()
    assert found["Vendor"] == maintainer
    assert found["Description"] == output_of("dpkg-query", "--show", "--showformat=${binary:Summary}", "dpkg")


def test_D1_updates_agree_with_the_log_of_dpkg(caller):
    theirs = set()
    for name in ("dpkg.log.1", "dpkg.log"):
        path = Path("/var/log") / name
        for line in path.read_text().splitlines() if path.exists() else []:
            words = line.split()
            if words[2] == "upgrade":
                theirs.add(f"{words[3]}={words[5]}")
    if not theirs:
        pytest.skip("no package was upgraded since the log of dpkg begins: compared nothing")
    assert {row["HotFixID"] for row in instances(caller, "Win32_QuickFixEngineering")} == theirs


def test_D1_page_files_agree_with_swapon(caller, swap_file):
    assert swap_file in {row["Name"] for row in instances(caller, "Win32_PageFileUsage")}
    theirs = output_of("swapon", "--show=NAME", "--noheadings", "--raw").split()
    assert [row["Name"] for row in instances(caller, "Win32_PageFileUsage")] == theirs


def test_P8_singletons_need_no_selectors(caller):
    assert instance(caller, "Win32_WMISetting").get()["BuildVersion"]
    assert instance(caller, "Win32_UTCTime").get()["Year"] == output_of("date", "--utc", "+%Y")


def test_M4_parents_show_their_subclasses(caller):
    assert {row["Name"] for row in instances(caller, "CIM_Product")} >= {"dpkg"}
    assert len(instances(caller, "CIM_Processor")) == len(instances(caller, "Win32_Processor"))


# -- the environment ----------------------------------------------------------------------------------------


@pytest.fixture
def environment(as_root):
    """/etc/environment, as it was before."""
    before = ENVIRONMENT.read_bytes() if ENVIRONMENT.exists() else None
    yield ENVIRONMENT
    if before is None:
        ENVIRONMENT.unlink(missing_ok=True)
    else:
        ENVIRONMENT.write_bytes(before)


def test_M6_a_variable_is_created_changed_and_deleted(caller, environment):
    keys = {"Name": "WINRM_TEST_VARIABLE", "UserName": "<SYSTEM>"}
    before = environment.read_text() if environment.exists() else ""
    created = instance(caller, "Win32_Environment").create(**keys, VariableValue="two words & more")
    assert not created.is_fault, created.body
    assert 'WINRM_TEST_VARIABLE="two words & more"\n' in environment.read_text()
    assert instance(caller, "Win32_Environment").create(**keys, VariableValue="x").is_fault, "it exists"

    changed = instance(caller, "Win32_Environment", **keys).put(VariableValue="other")
    assert not changed.is_fault, changed.body
    assert instance(caller, "Win32_Environment", **keys).get()["VariableValue"] == "other"

    assert not instance(caller, "Win32_Environment", **keys).delete().is_fault
    assert environment.read_text().rstrip("\n") == before.rstrip("\n")


def test_M6_variables_that_are_created_at_once_are_all_kept(service, environment):
    names = [f"WINRM_TEST_{number}" for number in range(24)]

    def create(name: str) -> bool:
        variable = instance(Caller(service), "Win32_Environment")
        return variable.create(Name=name, UserName="<SYSTEM>", VariableValue="x").is_fault

    with ThreadPoolExecutor(len(names)) as clients:
        assert not any(clients.map(create, names))
    content = environment.read_text()
    assert [name for name in names if f'{name}="x"\n' not in content] == []


def test_M6_a_variable_that_would_set_others_is_refused(caller, environment):
    before = environment.read_bytes() if environment.exists() else None
    refused = instance(caller, "Win32_Environment").create(Name="A=B", UserName="<SYSTEM>", VariableValue="x")
    assert refused.is_fault
    assert (environment.read_bytes() if environment.exists() else None) == before


def test_Z8_the_environment_is_changed_by_nobody_else(stranger, environment):
    before = environment.read_bytes() if environment.exists() else None
    refused = instance(stranger, "Win32_Environment").create(Name="A", UserName="<SYSTEM>", VariableValue="x")
    assert refused.fault_code == ACCESS_DENIED
    assert (environment.read_bytes() if environment.exists() else None) == before


# -- the machine --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method, parameters",
    [("Reboot", {}), ("Shutdown", {}), ("Win32Shutdown", {"Flags": 6}), ("SetDateTime", {"LocalDatetime": ""})],
)
def test_D4_who_may_not_end_the_machine_is_told(stranger, method, parameters):
    if method == "SetDateTime":
        parameters = {"LocalDatetime": datetime.datetime.now(datetime.timezone.utc).isoformat()}
    assert instance(stranger, "Win32_OperatingSystem").invoke(method, **parameters).fault_code == ACCESS_DENIED


def test_D4_flags_that_mean_nothing_end_nothing(caller):
    assert instance(caller, "Win32_OperatingSystem").result_of("Win32Shutdown", Flags=3, Reserved=0) == 87


IN_OWN_MACHINE = 'mount --bind "$0" /etc/hostname && hostname before && exec "$@"'


def test_the_computer_is_renamed_at_once_and_for_good(start_service, as_root, tmp_path):
    file = tmp_path / "hostname"
    file.write_text("before\n")
    service = start_service()
    service.stop()
    service._as_account = lambda command: [
        "unshare", "--uts", "--mount", "sh", "-c", IN_OWN_MACHINE, str(file), *command,
    ]  # fmt: skip
    service.start()
    caller = Caller(service)
    keys = {"Name": "before"}
    assert instance(caller, "Win32_ComputerSystem", **keys).result_of("Rename", Name="not a name") == 87
    assert instance(caller, "Win32_ComputerSystem", **keys).result_of("Rename", Name="after") == 0
    assert file.read_text() == "after\n"
    assert output_of("nsenter", "--uts", "--target", str(service.process.pid), "hostname") == "after"
    assert instance(caller, "Win32_ComputerSystem", Name="after").get()["DNSHostName"] == "after"


def test_Z8_the_computer_is_renamed_by_nobody_else(stranger):
    name = os.uname().nodename.split(".")[0]
    assert instance(stranger, "Win32_ComputerSystem", Name=name).result_of("Rename", Name="other") == 5
    assert os.uname().nodename.split(".")[0] == name


# -- packages -----------------------------------------------------------------------------------------------


@pytest.fixture
def package(as_root):
    """A package file of nothing but itself, which every account may read; not installed before and after."""
    name = f"winrm-test-{secrets.token_hex(2)}"
    with tempfile.TemporaryDirectory(prefix="winrm-test-") as folder:
        Path(folder).chmod(0o755)
        yield name, build_package(Path(folder), name)
    subprocess.run(["dpkg", "--purge", name], check=False, capture_output=True)


def build_package(folder: Path, name: str, version: str = "1.0") -> Path:
    control = folder / name / "DEBIAN/control"
    control.parent.mkdir(parents=True, exist_ok=True)
    maintainer = "Test <test@example.test>"
    control.write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: {maintainer}\nDescription: a test\n"
    )
    file = folder / f"{name}_{version}.deb"
    subprocess.run(["dpkg-deb", "--build", str(folder / name), str(file)], check=True, capture_output=True)
    return file


def is_installed(name: str) -> bool:
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    run = subprocess.run(command, capture_output=True, check=False)
    return run.stdout == b"installed"


def test_M7_a_package_is_installed_upgraded_and_removed(caller, package):
    name, file = package
    assert instance(caller, "Win32_Product").result_of("Install", PackageLocation=f"{file}.no", Options="") == 1619
    assert instance(caller, "Win32_Product").result_of("Install", PackageLocation=str(file), Options="") == 0
    assert is_installed(name)
    keys = {"IdentifyingNumber": f"{name}:all", "Name": name, "Version": "1.0"}
    assert instance(caller, "Win32_Product", **keys).get()["Vendor"] == "Test <test@example.test>"
    newer = build_package(file.parent, name, "2.0")
    upgraded = instance(caller, "Win32_Product", **keys).result_of("Upgrade", PackageLocation=str(newer), Options="")
    assert upgraded == 0
    assert output_of("dpkg-query", "--show", "--showformat=${Version}", name) == "2.0"
    keys["Version"] = "2.0"
    assert instance(caller, "Win32_Product", **keys).result_of("Uninstall") == 0
    assert not is_installed(name)


def test_Z8_packages_are_changed_by_root_alone(stranger, package):
    name, file = package
    refused = instance(stranger, "Win32_Product").invoke("Install", PackageLocation=str(file), Options="")
    assert refused.fault_code == ACCESS_DENIED
    assert not is_installed(name)
    subprocess.run(["dpkg", "--install", str(file)], check=True, capture_output=True)
    keys = {"IdentifyingNumber": f"{name}:all", "Name": name, "Version": "1.0"}
    assert instance(stranger, "Win32_Product", **keys).invoke("Uninstall").fault_code == ACCESS_DENIED
    assert is_installed(name)
