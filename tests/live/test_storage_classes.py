"""Storage classes of a running service: compared with lsblk, findmnt and testparm, and tried on disks and files of the
test's own."""

import json
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.caller import Caller
from support.cim import failed_query, instance, instances, output_of, query

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def account():
    name = f"winrm-test-{secrets.token_hex(3)}"
    subprocess.run(["useradd", "--create-home", name], check=True)
    yield name
    # The service that other tests share may still have a host of this account.
    subprocess.run(["userdel", "--force", "--remove", name], check=True, capture_output=True)


@pytest.fixture
def stranger(as_root, service, account) -> Caller:
    """Logged on as an account that owns nothing of the test's."""
    return Caller(service, service.add_user(f"user-of-{account}", account=account))


def loop_device(image: Path) -> str:
    try:
        return output_of("losetup", "--find", "--show", "--partscan", str(image))
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no loop device here: {error.stderr.strip()}")


@pytest.fixture
def disk(as_root, tmp_path):
    """An image with an ext4 file system over all of it, attached to a loop device."""
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(64 * MEGABYTE)
    subprocess.run(["mkfs.ext4", "-q", "-L", "before", str(image)], check=True)
    device = loop_device(image)
    yield device
    subprocess.run(["umount", "--all-targets", device], check=False, capture_output=True)
    subprocess.run(["losetup", "--detach", device], check=True)


@pytest.fixture
def mounted(disk, tmp_path):
    folder = tmp_path / "mounted"
    folder.mkdir()
    subprocess.run(["mount", disk, str(folder)], check=True)
    return str(folder)


@pytest.fixture
def partitioned(as_root, tmp_path):
    if not shutil.which("sfdisk"):
        pytest.skip("needs sfdisk (package fdisk)")
    image = tmp_path / "partitioned.img"
    with image.open("wb") as file:
        file.truncate(64 * MEGABYTE)
    table = "label: gpt\nsize=16MiB\nsize=8MiB\n"
    subprocess.run(["sfdisk", "--quiet", str(image)], input=table, text=True, check=True)
    device = loop_device(image)
    # A kernel that knows no partition tables is told of the partitions.
    subprocess.run(["partx", "--add", device], check=False, capture_output=True)
    yield device
    subprocess.run(["umount", f"{device}p1"], check=False, capture_output=True)
    subprocess.run(["partx", "--delete", device], check=False, capture_output=True)
    subprocess.run(["losetup", "--detach", device], check=True)


def lsblk(*devices: str) -> list[dict]:
    columns = "NAME,PATH,SIZE,RO,RM,TYPE,LOG-SEC,START,PARTN,MOUNTPOINT"
    try:
        text = output_of("lsblk", "--json", "--bytes", "--output", columns, *devices)
    except subprocess.CalledProcessError:  # older ones have no START and PARTN
        text = output_of("lsblk", "--json", "--bytes", "--output", "NAME,PATH,SIZE,RO,RM,TYPE,LOG-SEC", *devices)
    return json.loads(text)["blockdevices"]


# -- disks and volumes ---------------------------------------------------------------------------------------------


def test_D6_disk_drives_agree_with_lsblk(caller, disk):
    ours = {row["DeviceID"]: row for row in instances(caller, "Win32_DiskDrive")}
    theirs = {row["path"]: row for row in lsblk() if row["type"] in ("disk", "loop") and "zram" not in row["name"]}
    assert set(ours) == {path for path, row in theirs.items() if row["size"]}
    assert disk in ours
    for path, row in ours.items():
        assert int(row["Size"]) == theirs[path]["size"]
        assert int(row["BytesPerSector"]) == theirs[path]["log-sec"]
        assert int(row["Partitions"]) == len(theirs[path].get("children", []))


def test_D6_partitions_agree_with_lsblk(caller, partitioned):
    (theirs,) = lsblk(partitioned)
    assert len(theirs["children"]) == 2
    ours = [row for row in instances(caller, "Win32_DiskPartition") if row["DeviceID"].startswith(partitioned)]
    assert [(row["DeviceID"], int(row["Size"])) for row in ours] == [
        (child["path"], child["size"]) for child in theirs["children"]
    ]
    assert int(ours[0]["StartingOffset"]) == MEGABYTE
    text = f"ASSOCIATORS OF {{Win32_DiskDrive.DeviceID='{partitioned}'}} WHERE ResultClass=Win32_DiskPartition"
    assert [row["DeviceID"] for row in query(caller, text)] == [row["DeviceID"] for row in ours]


def test_D6_a_mounted_partition_leads_to_its_logical_disk(caller, partitioned, tmp_path):
    partition = f"{partitioned}p1"
    subprocess.run(["mkfs.ext4", "-q", partition], check=True)
    subprocess.run(["mount", partition, str(tmp_path)], check=True)
    text = f"ASSOCIATORS OF {{Win32_DiskPartition.DeviceID='{partition}'}} WHERE ResultClass=Win32_LogicalDisk"
    assert [row["DeviceID"] for row in query(caller, text)] == [str(tmp_path)]
    (link,) = query(caller, f"REFERENCES OF {{Win32_LogicalDisk.DeviceID='{tmp_path}'}} WHERE ResultClass=CIM_BasedOn")
    assert (link["StartingAddress"], link["EndingAddress"]) == (str(MEGABYTE), str(17 * MEGABYTE - 1))


def test_D6_volumes_and_mounts_agree_with_findmnt(caller, disk, mounted):
    volume = instance(caller, "Win32_Volume", DeviceID=disk).get()
    columns = "SOURCE,FSTYPE,OPTIONS,SIZE,AVAIL"
    found = json.loads(output_of("findmnt", "--json", "--bytes", "--output", columns, mounted))["filesystems"][0]
    assert volume["DriveLetter"] == mounted
    assert volume["FileSystem"] == found["fstype"]
    assert int(volume["Capacity"]) == int(found["size"])
    assert int(volume["FreeSpace"]) == int(found["avail"])
    assert volume["Label"] == "before"
    text = f"REFERENCES OF {{Win32_Volume.DeviceID='{disk}'}} WHERE ResultClass=Win32_MountPoint"
    (mount,) = query(caller, text)
    assert set(mount["MountOptions"].split(",")) <= set(found["options"].split(","))
    assert mount["ReadOnly"] == "false"


def test_D6_a_mount_point_leads_to_its_folder(caller, disk, mounted):
    text = f"ASSOCIATORS OF {{Win32_Volume.DeviceID='{disk}'}} WHERE AssocClass=Win32_MountPoint"
    assert [row["Name"] for row in query(caller, text)] == [mounted]


def test_D6_logical_disks_agree_with_df(caller):
    ours = {row["DeviceID"]: row for row in instances(caller, "Win32_LogicalDisk")}
    lines = output_of("df", "--block-size=1", "--output=size,fstype,target").splitlines()[1:]
    for size, kind, target in (line.split(maxsplit=2) for line in lines):
        assert (ours[target]["Size"], ours[target]["FileSystem"]) == (size, kind)


def test_D6_a_label_is_changed(caller, disk, mounted):
    """Where the kernel can change the label of a mounted ext4 (Linux 5.17)."""
    answer = instance(caller, "Win32_LogicalDisk", DeviceID=mounted).put(VolumeName="after")
    if answer.is_fault:
        assert output_of("e2label", disk) == "before"
        pytest.skip("this kernel does not change labels of mounted file systems")
    assert output_of("e2label", disk) == "after"
    assert instance(caller, "Win32_Volume", DeviceID=disk).get()["Label"] == "after"
    assert instance(caller, "Win32_Volume", DeviceID=disk).put(Label="x" * 300).is_fault


def test_D6_a_volume_is_mounted_elsewhere_and_unmounted(caller, disk, mounted, tmp_path):
    volume = instance(caller, "Win32_Volume", DeviceID=disk)
    second = tmp_path / "second"
    second.mkdir()
    assert volume.result_of("AddMountPoint", Directory=str(second)) == 0
    assert output_of("findmnt", "--noheadings", "--output", "SOURCE", str(second)) == disk
    assert volume.result_of("AddMountPoint", Directory=str(second)) == 3  # there is lost+found in it now
    assert volume.result_of("AddMountPoint", Directory=str(tmp_path / "nowhere")) == 4
    assert volume.result_of("AddMountPoint", Directory="relative") == 2
    assert volume.result_of("Mount") == 0, "it is mounted"
    subprocess.run(["umount", str(second)], check=True)
    with open(Path(mounted) / "busy", "w"):
        assert volume.result_of("Dismount", Force=False) == 4
    assert volume.result_of("Dismount", Force=False, Permanent=True) == 3
    assert volume.result_of("Dismount", Force=False) == 0
    assert not os.path.ismount(mounted)


@pytest.fixture
def unmounted(disk):
    """The disk as udev describes it: without that nobody knows what is on a device that is not mounted."""
    number = f"{os.major(os.stat(disk).st_rdev)}:{os.minor(os.stat(disk).st_rdev)}"
    entry = Path("/run/udev/data") / f"b{number}"
    if entry.exists():
        yield disk  # udev runs here
        return
    entry.parent.mkdir(parents=True, exist_ok=True)
    entry.write_text("E:ID_FS_USAGE=filesystem\nE:ID_FS_TYPE=ext4\nE:ID_FS_LABEL_ENC=before\n")
    yield disk
    entry.unlink()


@pytest.fixture
def fstab(as_root):
    """/etc/fstab, as it was before."""
    file = Path("/etc/fstab")
    before = file.read_bytes() if file.exists() else None
    yield file
    file.unlink() if before is None else file.write_bytes(before)


def test_D6_a_volume_is_mounted_where_fstab_says(caller, stranger, unmounted, fstab, folder):
    volume = instance(caller, "Win32_Volume", DeviceID=unmounted)
    assert volume.get()["DriveLetter"] is None
    nowhere = volume.invoke("Mount")
    assert nowhere.is_fault and b"/etc/fstab" in nowhere.body
    with fstab.open("a") as file:
        file.write(f"\n{unmounted} {folder} ext4 noauto,ro 0 0\n")
    assert instance(stranger, "Win32_Volume", DeviceID=unmounted).result_of("Mount") == 1
    assert not os.path.ismount(folder)
    assert volume.result_of("Mount") == 0
    options = output_of("findmnt", "--noheadings", "--output", "SOURCE,OPTIONS", str(folder))
    assert options.split()[0] == unmounted and "ro" in options.split()[1].split(",")
    assert volume.result_of("Mount") == 0, "it is mounted"
    assert instance(caller, "Win32_Volume", DeviceID=unmounted).result_of("Dismount") == 0


def test_D6_checking_and_formatting_are_left_to_others(caller, disk, mounted):
    volume = instance(caller, "Win32_Volume", DeviceID=disk)
    assert volume.result_of("Chkdsk") == 4
    assert volume.result_of("DefragAnalysis") == 2
    assert volume.invoke("Format", FileSystem="ext4").is_fault
    assert instance(caller, "Win32_LogicalDisk", DeviceID=mounted).result_of("Chkdsk") == 4
    assert instance(caller, "Win32_LogicalDisk").invoke("ScheduleAutoChk", LogicalDisk=[mounted]).is_fault


def test_D6_an_account_without_the_right_changes_no_volume(stranger, disk, mounted, tmp_path):
    volume = instance(stranger, "Win32_Volume", DeviceID=disk)
    assert volume.put(Label="mine").is_fault
    assert output_of("e2label", disk) == "before"
    assert volume.result_of("AddMountPoint", Directory="/mnt") in (1, 3)
    assert volume.result_of("Dismount", Force=False) == 1
    assert os.path.ismount(mounted)


# -- files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder():
    """One that other accounts may enter, unlike tmp_path."""
    with tempfile.TemporaryDirectory(prefix="winrm-files-") as name:
        made = Path(name)
        made.chmod(0o755)
        (made / "letter.txt").write_text("Dear reader")
        (made / "sub").mkdir()
        (made / "sub" / "deep.txt").write_text("deep")
        yield made


def data_file(caller: Caller, path: Path):
    return instance(caller, "CIM_DataFile", Name=path)


def directory(caller: Caller, path: Path):
    return instance(caller, "Win32_Directory", Name=path)


def test_D1_files_are_listed_under_a_condition_only(caller, folder):
    rows = query(caller, f"SELECT Name, FileSize FROM CIM_DataFile WHERE Path='{folder}/'")
    assert [(row["Name"], row["FileSize"]) for row in rows] == [(str(folder / "letter.txt"), "11")]
    rows = query(caller, f"SELECT Name FROM CIM_DataFile WHERE Path='{folder}/' AND Extension='pdf'")
    assert rows == []
    answer = failed_query(caller, "SELECT * FROM CIM_DataFile WHERE Extension='txt'")
    assert b"WHERE Path" in answer.body


def test_M4_a_parent_of_files_is_enumerated_without_them(caller):
    rows = instances(caller, "CIM_LogicalFile")
    assert all(row.get("CreationClassName") != "CIM_DataFile" for row in rows)


def test_I1_files_are_copied_renamed_and_deleted(caller, folder):
    letter = data_file(caller, folder / "letter.txt")
    assert letter.result_of("Copy", FileName=folder / "copy.txt") == 0
    assert (folder / "copy.txt").read_text() == "Dear reader"
    assert letter.result_of("Copy", FileName=folder / "copy.txt") == 10
    assert letter.result_of("Rename", FileName=folder / "note.txt") == 0
    assert not (folder / "letter.txt").exists()
    assert data_file(caller, folder / "note.txt").result_of("Delete") == 0
    assert not (folder / "note.txt").exists()
    assert data_file(caller, folder / "copy.txt").result_of("Copy", FileName="relative") == 21
    assert data_file(caller, folder / "copy.txt").invoke("Compress").is_fault
    stopped = data_file(caller, folder / "copy.txt").invoke("CopyEx", FileName=folder / "sub").properties()
    assert (stopped["ReturnValue"], stopped["StopFileName"]) == ("10", str(folder / "sub"))


def test_I1_folders_are_copied_and_deleted_with_what_is_in_them(caller, folder):
    assert directory(caller, folder / "sub").result_of("Copy", FileName=folder / "twin") == 0
    assert (folder / "twin" / "deep.txt").read_text() == "deep"
    (folder / "twin" / "way-out").symlink_to(folder / "sub")
    assert directory(caller, folder / "twin").result_of("Delete") == 0
    assert not (folder / "twin").exists() and (folder / "sub" / "deep.txt").exists()


def test_I1_files_are_touched_as_the_account_that_asks(stranger, folder, account):
    letter = data_file(stranger, folder / "letter.txt")
    assert letter.get()["Writeable"] == "false"
    assert letter.result_of("Delete") == 2
    assert letter.result_of("Rename", FileName=folder / "mine.txt") == 2
    assert letter.result_of("Copy", FileName=folder / "mine.txt") == 2
    assert directory(stranger, folder / "sub").result_of("Delete") == 2
    own = Path("/tmp") / f"winrm-{account}-copy"
    assert letter.result_of("Copy", FileName=own) == 0
    assert own.owner() == account
    assert data_file(stranger, own).result_of("Delete") == 0


def test_B6_a_folder_leads_to_its_files(caller, folder):
    text = f"ASSOCIATORS OF {{Win32_Directory.Name='{folder}'}} WHERE ResultClass=CIM_DataFile"
    assert [row["Name"] for row in query(caller, text)] == [str(folder / "letter.txt")]
    text = f"ASSOCIATORS OF {{CIM_DataFile.Name='{folder}/letter.txt'}} WHERE AssocClass=CIM_DirectoryContainsFile"
    assert [row["Name"] for row in query(caller, text)] == [str(folder)]


# -- shares --------------------------------------------------------------------------------------------------------


@pytest.fixture
def samba(as_root):
    if not shutil.which("net") or not shutil.which("testparm"):
        pytest.skip("needs Samba's tools (package samba-common-bin)")
    folder = Path("/var/lib/samba/usershares")
    existed = folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o1770)
    yield
    if not existed:
        shutil.rmtree(folder)


def test_D1_shares_agree_with_testparm(caller, samba):
    text = subprocess.run(["testparm", "--suppress-prompt"], capture_output=True, text=True, check=True).stdout
    sections = {line.strip()[1:-1] for line in text.splitlines() if line.startswith("[")}
    theirs = sections - {"global", "homes", "printers"}
    ours = {row["Name"] for row in instances(caller, "Win32_Share") if not row["Name"].startswith("/")}
    assert theirs <= ours


def test_I1_shares_are_made_changed_and_deleted(caller, samba, tmp_path):
    name = f"winrm-{secrets.token_hex(3)}"
    tmp_path.chmod(0o755)
    shares = instance(caller, "Win32_Share")
    made = {"Path": tmp_path, "Name": name, "Type": 0, "Description": "Made by a test"}
    assert shares.result_of("Create", **made) == 0
    assert name in output_of("net", "usershare", "list")
    assert shares.result_of("Create", **made) == 22
    share = instance(caller, "Win32_Share", Name=name)
    assert share.get()["Path"] == str(tmp_path)
    assert share.result_of("SetShareInfo", Description="Changed") == 0
    assert "comment=Changed" in output_of("net", "usershare", "info", name)
    assert share.result_of("Delete") == 0
    assert name not in output_of("net", "usershare", "list")


def test_I1_an_account_without_the_right_makes_no_share(stranger, samba):
    name = f"winrm-{secrets.token_hex(3)}"
    assert instance(stranger, "Win32_Share").result_of("Create", Path="/tmp", Name=name, Type=0) == 2
    assert name not in output_of("net", "usershare", "list")
