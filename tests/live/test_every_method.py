"""Every method with an argument that is wrong, and for an account without the right: what it answers, and that it
changes nothing. Methods that need a disk, a network or a systemd of their own are tried beside those; where each one
is tried, tests/providers/every_method_test.cpp says."""

import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.caller import Caller
from support.cim import instance, output_of, query
from test_every_class import REFERENCE

ACCESS_DENIED = "fault 5"
MISSING_PARAMETER = "fault 2150858810"
UNKNOWN_PARAMETER = "fault 2150858837"
NOT_FOUND = 2150858752
WRONG_TYPE = "fault 2150858836"
NEXT_YEAR = "2027-01-01T12:00:00Z"
EVERY_DAY = {"StartTime": NEXT_YEAR, "RunRepeatedly": True}
SHARES = Path("/var/lib/samba/usershares")
JOB = "/usr/bin/true winrm-test"

# Class, method, arguments ({folder} and the like are what Targets names), and the answer.
WRONG_ARGUMENTS = [
    ("CIM_DataFile", "Copy", {"FileName": "relative.txt"}, 21),
    ("CIM_DataFile", "CopyEx", {"FileName": "{folder}/../up.txt"}, 21),
    ("CIM_DataFile", "DeleteEx", {"StartFileName": "{folder}/letter.txt"}, 16),
    ("CIM_DataFile", "GetEffectivePermission", {"Permissions": 0x40000000}, "false"),
    ("CIM_DataFile", "Rename", {"FileName": "{folder}/"}, 21),
    ("CIM_DataFile", "Rename", {"FileName": "{folder}/taken.txt"}, 10),
    ("Win32_ComputerSystem", "Rename", {"Name": "not a name"}, 87),
    ("Win32_Directory", "Copy", {"FileName": "{folder}/sub/itself"}, 21),
    ("Win32_Directory", "CopyEx", {"FileName": "relative"}, 21),
    ("Win32_Directory", "CopyEx", {"FileName": "{folder}/twin", "StartFileName": "{folder}/sub/deep.txt"}, 16),
    ("Win32_Directory", "DeleteEx", {"StartFileName": "{folder}/sub/deep.txt"}, 16),
    ("Win32_Directory", "GetEffectivePermission", {"Permissions": 0x40000000}, "false"),
    ("Win32_Directory", "Rename", {"FileName": "relative"}, 21),
    ("Win32_Group", "Rename", {"Name": "not:a:name"}, 3),
    ("Win32_OperatingSystem", "SetDateTime", {}, MISSING_PARAMETER),
    ("Win32_OperatingSystem", "SetDateTime", {"LocalDatetime": "yesterday"}, WRONG_TYPE),
    ("Win32_OperatingSystem", "Win32Shutdown", {"Flags": 3}, 87),
    ("Win32_OperatingSystem", "Win32Shutdown", {"Flags": "soon"}, WRONG_TYPE),
    ("Win32_OperatingSystem", "Win32ShutdownTracker", {"Flags": 2, "Timeout": 315_360_001}, 87),
    ("Win32_Process", "Create", {"CommandLine": " "}, 21),
    ("Win32_Process", "Create", {}, MISSING_PARAMETER),
    ("Win32_Process", "SetPriority", {"Priority": 7}, 21),
    ("Win32_Process", "SetPriority", {}, MISSING_PARAMETER),
    ("Win32_Process", "Terminate", {"Reason": "none"}, WRONG_TYPE),
    ("Win32_Product", "Install", {"PackageLocation": "{folder}/letter.txt", "Options": ""}, 1619),
    ("Win32_Product", "Upgrade", {"PackageLocation": "{folder}/none.deb", "Options": ""}, 1619),
    ("Win32_ScheduledJob", "Create", {"Command": "", **EVERY_DAY}, 21),
    ("Win32_ScheduledJob", "Create", {"Command": JOB, **EVERY_DAY, "DaysOfMonth": 0x80000000}, 21),
    ("Win32_ScheduledJob", "Create", {"Command": JOB, **EVERY_DAY, "DaysOfWeek": 0x80}, 21),
    ("Win32_Share", "Create", {"Name": "a/b", "Path": "/etc", "Type": 0}, 9),
    ("Win32_Share", "SetShareInfo", {"MaximumAllowed": 3}, 21),
    ("Win32_UserAccount", "Rename", {"Name": "-x"}, 3),
]

# A method that any account may call shows the account what it may know: 0, or a permission that is not there.
WITHOUT_THE_RIGHT = [
    ("CIM_DataFile", "Copy", {"FileName": "{folder}/mine.txt"}, 2),
    ("CIM_DataFile", "CopyEx", {"FileName": "{folder}/mine.txt"}, 2),
    ("CIM_DataFile", "Delete", {}, 2),
    ("CIM_DataFile", "DeleteEx", {}, 2),
    ("CIM_DataFile", "GetEffectivePermission", {"Permissions": 0x2}, "false"),
    ("CIM_DataFile", "Rename", {"FileName": "{folder}/mine.txt"}, 2),
    ("Win32_ComputerSystem", "Rename", {"Name": "mine"}, 5),
    ("Win32_Directory", "Copy", {"FileName": "{folder}/mine"}, 2),
    ("Win32_Directory", "CopyEx", {"FileName": "{folder}/mine", "Recursive": True}, 2),
    ("Win32_Directory", "Delete", {}, 2),
    ("Win32_Directory", "DeleteEx", {}, 2),
    ("Win32_Directory", "GetEffectivePermission", {"Permissions": 0x40}, "false"),
    ("Win32_Directory", "Rename", {"FileName": "{folder}/mine"}, 2),
    ("Win32_Group", "Rename", {"Name": "winrm-test-mine"}, ACCESS_DENIED),
    ("Win32_OperatingSystem", "Reboot", {}, ACCESS_DENIED),
    ("Win32_OperatingSystem", "SetDateTime", {"LocalDatetime": NEXT_YEAR}, ACCESS_DENIED),
    ("Win32_OperatingSystem", "Shutdown", {}, ACCESS_DENIED),
    ("Win32_OperatingSystem", "Win32Shutdown", {"Flags": 6}, ACCESS_DENIED),
    ("Win32_OperatingSystem", "Win32ShutdownTracker", {"Flags": 2, "Timeout": 600, "Comment": ""}, ACCESS_DENIED),
    ("Win32_Process", "Create", {"CommandLine": "sleep 1", "CurrentDirectory": "{closed}"}, 2),
    ("Win32_Process", "GetOwner", {}, 0),
    ("Win32_Process", "GetOwnerSid", {}, 0),
    ("Win32_Process", "SetPriority", {"Priority": 64}, 2),
    ("Win32_Process", "Terminate", {"Reason": 1}, 2),
    ("Win32_Product", "Install", {"PackageLocation": "{package}", "Options": ""}, ACCESS_DENIED),
    ("Win32_Product", "Uninstall", {}, ACCESS_DENIED),
    ("Win32_Product", "Upgrade", {"PackageLocation": "{package}", "Options": ""}, ACCESS_DENIED),
    ("Win32_ScheduledJob", "Create", {"Command": JOB, **EVERY_DAY}, 2),
    ("Win32_ScheduledJob", "Delete", {}, 2),
    ("Win32_Share", "Create", {"Name": "winrm-test-mine", "Path": "/tmp", "Type": 0}, 2),
    ("Win32_UserAccount", "Rename", {"Name": "winrm-test-mine"}, ACCESS_DENIED),
]


@dataclass
class Targets:
    """What the methods are called on: root's, of no use to anyone, and gone afterwards."""

    folder: Path
    process: subprocess.Popen
    account: str
    job_file: Path
    share: str | None
    keys: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        return {"folder": self.folder, "closed": self.folder / "closed", "package": self.folder / "new.deb"}

    def state(self) -> list:
        """Everything that a method of the tables could have changed."""
        files = sorted((str(path), path.read_bytes() if path.is_file() else b"") for path in self.folder.rglob("*"))
        run = output_of("ps", "-o", "nice=,args=", "-p", str(self.process.pid))
        packages = output_of("dpkg-query", "--show", "hostname")
        accounts = output_of("getent", "passwd", self.account), output_of("getent", "group", self.account)
        jobs = {path.name: path.read_text() for path in self.job_file.parent.iterdir()}
        shares = output_of("net", "usershare", "list") if self.share else ""
        return [files, run, packages, accounts, jobs, shares, os.uname().nodename]


@pytest.fixture(scope="module")
def strange_account():
    name = f"winrm-test-{secrets.token_hex(3)}"
    subprocess.run(["useradd", "--create-home", name], check=True)
    yield name
    subprocess.run(["userdel", "--force", "--remove", name], check=True, capture_output=True)


@pytest.fixture
def stranger(as_root, service, strange_account) -> Caller:
    """Logged on as an account without any right."""
    return Caller(service, service.add_user(f"user-of-{strange_account}", account=strange_account))


def make_share(folder: Path) -> str | None:
    """Root's user share; none where Samba's tools are not installed."""
    if not shutil.which("net"):
        return None
    SHARES.mkdir(parents=True, exist_ok=True)
    SHARES.chmod(0o1770)
    name = f"winrm-test-{secrets.token_hex(3)}"
    subprocess.run(["net", "usershare", "add", name, str(folder)], check=True)
    return name


@pytest.fixture(scope="module")
def targets(strange_account):
    if os.geteuid() != 0:
        pytest.skip("needs root: makes accounts, jobs and shares")
    process = subprocess.Popen(["sleep", "600"])
    account = f"winrm-test-{secrets.token_hex(3)}"
    subprocess.run(["useradd", "--no-create-home", account], check=True)
    job_file = Path("/etc/cron.d") / account
    job_file.parent.mkdir(exist_ok=True)
    job_file.write_text(f"30 4 1 1 * root {JOB} {account}\n")
    with tempfile.TemporaryDirectory(prefix="winrm-files-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "letter.txt").write_text("Dear reader")
        (folder / "taken.txt").write_text("kept")
        (folder / "sub").mkdir()
        (folder / "sub/deep.txt").write_text("deep")
        (folder / "closed").mkdir(mode=0o700)
        build_package(folder)
        share = make_share(folder)
        yield Targets(folder, process, account, job_file, share)
        if share:
            subprocess.run(["net", "usershare", "delete", share], check=True)
    job_file.unlink()
    subprocess.run(["userdel", "--force", account], check=False, capture_output=True)
    process.kill()
    process.wait()


def build_package(folder: Path) -> None:
    control = folder / "closed/new/DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text("Package: winrm-test-new\nVersion: 1.0\nArchitecture: all\nMaintainer: T <t@example.test>\n")
    control.write_text(control.read_text() + "Description: a test\n")
    command = ["dpkg-deb", "--build", str(folder / "closed/new"), str(folder / "new.deb")]
    subprocess.run(command, check=True, capture_output=True)


def keys_of(caller: Caller, targets: Targets, class_name: str) -> dict[str, str]:
    """Of the target of this class."""
    computer = os.uname().nodename.split(".")[0]
    match class_name:
        case "CIM_DataFile":
            return {"Name": targets.folder / "letter.txt"}
        case "Win32_Directory":
            return {"Name": targets.folder / "sub"}
        case "Win32_Process":
            return {"Handle": targets.process.pid}
        case "Win32_UserAccount" | "Win32_Group":
            return {"Domain": computer, "Name": targets.account}
        case "Win32_ComputerSystem":
            return {"Name": computer}
        case "Win32_Share":
            if not targets.share:
                pytest.skip("needs Samba's tools (package samba-common-bin)")
            return {"Name": targets.share}
        case "Win32_ScheduledJob":
            text = f"SELECT JobId FROM Win32_ScheduledJob WHERE Name='{targets.job_file}'"
            return {"JobId": query(caller, text)[0]["JobId"]}
        case "Win32_Product":
            row = query(caller, "SELECT * FROM Win32_Product WHERE Name='hostname'")[0]
            return {key: row[key] for key in ("IdentifyingNumber", "Name", "Version")}
    return {}


def answer_of(caller: Caller, targets: Targets, class_name: str, method: str, arguments: dict):
    """The return value, or the fault's code."""
    sent = {key: value.format(**targets.names) if isinstance(value, str) else value for key, value in arguments.items()}
    answer = instance(caller, class_name, **keys_of(caller, targets, class_name)).invoke(method, **sent)
    if answer.is_fault:
        return f"fault {answer.fault_code}"
    value = answer.properties()["ReturnValue"]
    return int(value) if value.isdigit() else value


def rows(table: list) -> list:
    return [pytest.param(*row, id=f"{row[0]}.{row[1]}") for row in table]


@pytest.mark.parametrize("class_name, method, arguments, answer", rows(WRONG_ARGUMENTS))
def test_M6_a_wrong_argument_is_told(caller, targets, class_name, method, arguments, answer):
    before = targets.state()
    assert answer_of(caller, targets, class_name, method, arguments) == answer
    assert targets.state() == before


@pytest.mark.parametrize("class_name, method, arguments, answer", rows(WITHOUT_THE_RIGHT))
def test_M6_an_account_without_the_right_is_told(stranger, targets, class_name, method, arguments, answer):
    before = targets.state()
    assert answer_of(stranger, targets, class_name, method, arguments) == answer
    assert targets.state() == before


@pytest.fixture
def may_see_shares(targets, strange_account):
    """The account may make shares and sees those of others. Who may not is told that there are none."""
    if not targets.share:
        yield
        return
    shutil.chown(SHARES, group=strange_account)
    yield
    shutil.chown(SHARES, group="root")


def test_I1_a_share_that_an_account_may_not_see_is_not_there(stranger, targets):
    keys = keys_of(stranger, targets, "Win32_Share")
    assert instance(stranger, "Win32_Share", **keys).invoke("Delete").fault_code == NOT_FOUND


def test_I1_the_share_of_another_account_is_left_alone(stranger, targets, may_see_shares):
    share = instance(stranger, "Win32_Share", **keys_of(stranger, targets, "Win32_Share"))
    before = targets.state()
    assert share.result_of("Delete") == 2
    assert share.result_of("SetShareInfo", Description="mine") == 2
    assert targets.state() == before


# -- every method of every class ------------------------------------------------------------------------------


def documented_methods() -> list[tuple[str, str]]:
    """Class and method of the reference, of classes that any machine has an instance of."""
    found, class_name, in_methods = [], "", False
    for line in REFERENCE.read_text().splitlines():
        if line.startswith("### "):
            class_name, in_methods = line[4:], False
        elif line == "Methods:":
            in_methods = True
        elif in_methods and line.startswith("- `"):
            found.append((class_name, line.split("`")[1]))
    return found


def test_M6_the_reference_names_every_method():
    assert len(documented_methods()) > 100
    named = set(documented_methods())
    assert {(row[0], row[1]) for row in WRONG_ARGUMENTS + WITHOUT_THE_RIGHT} <= named


@pytest.mark.parametrize("class_name", sorted({name for name, _ in documented_methods()}))
def test_M6_a_parameter_that_a_method_does_not_have_is_told(stranger, targets, may_see_shares, class_name):
    """Asked by an account without rights: a method that ran in spite of it would answer otherwise."""
    keys = keys_of(stranger, targets, class_name) or some_instance(stranger, class_name)
    for method in [method for name, method in documented_methods() if name == class_name]:
        answer = instance(stranger, class_name, **keys).invoke(method, NoSuchParameter=1)
        assert f"fault {answer.fault_code}" == UNKNOWN_PARAMETER, method


def some_instance(caller: Caller, class_name: str) -> dict[str, str]:
    key = {
        "Win32_LogicalDisk": "DeviceID",
        "Win32_NTEventlogFile": "Name",
        "Win32_NetworkAdapter": "DeviceID",
        "Win32_NetworkAdapterConfiguration": "Index",
        "Win32_OperatingSystem": None,
        "Win32_Service": "Name",
        "Win32_Volume": "DeviceID",
    }[class_name]
    if key is None:
        return {}
    found = query(caller, f"SELECT {key} FROM {class_name}")
    if not found:
        pytest.skip(f"this machine has no {class_name}: compared nothing")
    return {key: found[0][key]}


# -- effects that are tried nowhere else ----------------------------------------------------------------------


def test_I1_the_methods_ending_in_ex_copy_and_delete(caller, targets):
    letter = instance(caller, "CIM_DataFile", Name=targets.folder / "letter.txt")
    assert letter.result_of("CopyEx", FileName=targets.folder / "copy.txt") == 0
    assert (targets.folder / "copy.txt").read_text() == "Dear reader"
    assert instance(caller, "CIM_DataFile", Name=targets.folder / "copy.txt").result_of("DeleteEx") == 0
    assert not (targets.folder / "copy.txt").exists()
    folder = instance(caller, "Win32_Directory", Name=targets.folder / "sub")
    assert folder.result_of("CopyEx", FileName=targets.folder / "twin", Recursive=True) == 0
    assert (targets.folder / "twin/deep.txt").read_text() == "deep"
    assert instance(caller, "Win32_Directory", Name=targets.folder / "twin").result_of("DeleteEx") == 0
    assert not (targets.folder / "twin").exists()


def test_M6_the_permission_of_a_folder_is_that_of_the_account(caller, stranger, targets):
    def may(asking: Caller, rights: int) -> str:
        folder = instance(asking, "Win32_Directory", Name=targets.folder / "sub")
        return folder.invoke("GetEffectivePermission", Permissions=rights).properties()["ReturnValue"]

    list_it, delete_what_is_in_it = 0x1, 0x40
    assert may(caller, list_it | delete_what_is_in_it) == "true"
    assert may(stranger, list_it) == "true"
    assert may(stranger, delete_what_is_in_it) == "false"


def test_D1_a_job_is_written_for_cron_and_taken_out(caller, as_root):
    file = Path("/etc/cron.d/openwinrm")
    before = file.read_text() if file.exists() else None
    command = f"/usr/bin/true {secrets.token_hex(4)} 100%"
    try:
        jobs = instance(caller, "Win32_ScheduledJob")
        made = jobs.invoke("Create", Command=command, StartTime=NEXT_YEAR, RunRepeatedly=True, DaysOfWeek=1)
        properties = made.properties()
        assert properties["ReturnValue"] == "0"
        line = file.read_text().splitlines()[-1]
        clock = output_of("date", "--date", NEXT_YEAR, "+%-M %-H")
        assert line == f"{clock} * * 1 root {command.replace('%', chr(92) + '%')}"
        job = instance(caller, "Win32_ScheduledJob", JobId=properties["JobId"])
        assert job.get()["Command"] == command
        assert job.result_of("Delete") == 0
        assert file.read_text() == (before or "")
    finally:
        file.unlink() if before is None else file.write_text(before)
