"""A machine with everything that this one may lack: firmware tables, a journal, logged-on users, swap, jobs, variables.
The service runs in mounts of its own, so that nothing outside of them is changed; what is compared with it is read in
the same mounts, by tools that know nothing of it."""

import base64
import os
import struct
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.caller import Caller
from support.service import Service
from support.systemd import booted_systemd

# Folders of the kernel get a tmpfs, and what was there is bound into it again.
SETUP = r"""
set -e
mkdir "$WORK/upper" "$WORK/work" "$WORK/class"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$WORK/upper,workdir=$WORK/work" /etc
cp -r "$WORK/etc/." /etc/
mount -t tmpfs tmpfs /run
cp -r "$WORK/run/." /run/
mount -t tmpfs tmpfs /sys/firmware
cp -r "$WORK/firmware/." /sys/firmware/
mount --bind /sys/class "$WORK/class"
mount -t tmpfs tmpfs /sys/class
for folder in "$WORK/class"/*; do
  mkdir -p "/sys/class/${folder##*/}"
  mount --bind "$folder" "/sys/class/${folder##*/}"
done
mkdir -p /sys/class/dmi/id
cp "$WORK/dmi"/* /sys/class/dmi/id/
mkdir -p /var/log/journal
mount -t tmpfs tmpfs /var/log/journal
cp -r "$WORK/journal/." /var/log/journal/
exec "$@"
"""

DMI_FIELDS = {
    "bios_vendor": "Test Firmware",
    "bios_version": "1.2.3",
    "bios_date": "02/29/2024",
    "sys_vendor": "Test Systems",
    "product_name": "Model T",
    "product_version": "Second",
    "product_serial": "SN-0042",
    "product_uuid": "12345678-9abc-def0-1234-56789abcdef0",
    "board_vendor": "Test Boards",
    "board_name": "Board 7",
    "board_version": "B",
    "board_serial": "BN-7",
    "chassis_vendor": "Test Cases",
    "chassis_type": "23",
    "chassis_version": "C",
    "chassis_serial": "CN-1",
    "chassis_asset_tag": "Shelf 9",
}


# -- firmware -----------------------------------------------------------------------------------------------------


def structure(kind: int, fields: bytes, *texts: str) -> bytes:
    """SMBIOS 6.1.2: a header, fields of a fixed length, strings that end with a zero."""
    strings = b"".join(text.encode() + b"\0" for text in texts) or b"\0"
    return struct.pack("<BBH", kind, 4 + len(fields), 0x100 + kind) + fields + strings + b"\0"


def memory_device(megabytes: int, slot: str) -> bytes:
    fields = struct.pack("<HHHHHBBBBBHHBBBBBIHHHH", 0x110, 0xFFFE, 72, 64, megabytes, 9, 0, 1, 2, 26, 0x80, 3200,
                         3, 4, 5, 6, 2, 0, 2933, 1200, 1200, 1200)  # fmt: skip
    return structure(17, fields, slot, "BANK 0", "Test Memory", "M-1", "Tag", "PART-1")


def firmware_tables() -> dict[str, bytes]:
    d = DMI_FIELDS
    uuid = bytes.fromhex("78563412bc9af0de123456789abcdef0")  # its first three fields in the processor's order
    tables = b"".join(
        [
            structure(0, struct.pack("<BBHBBQBBBBBB", 1, 2, 0xE000, 3, 0xFF, 0x08, 3, 0x0D, 5, 6, 0xFF, 0xFF),
                      d["bios_vendor"], d["bios_version"], d["bios_date"]),
            structure(1, struct.pack("<BBBB16sBBB", 1, 2, 3, 4, uuid, 6, 0, 0),
                      d["sys_vendor"], d["product_name"], d["product_version"], d["product_serial"]),
            structure(2, struct.pack("<BBBBBBBHBB", 1, 2, 3, 4, 0, 9, 0, 0x103, 10, 0),
                      d["board_vendor"], d["board_name"], d["board_version"], d["board_serial"]),
            structure(3, struct.pack("<BBBBBBBBBIBBBB", 1, 23, 2, 3, 4, 3, 3, 3, 2, 0, 2, 1, 0, 0),
                      d["chassis_vendor"], d["chassis_version"], d["chassis_serial"], d["chassis_asset_tag"]),
            structure(16, struct.pack("<BBBIHHQ", 3, 3, 6, 64 * 2**20, 0xFFFE, 3, 0)),
            memory_device(16384, "DIMM A1"),
            memory_device(8192, "DIMM A2"),
            memory_device(0, "DIMM A3"),
            structure(127, b""),
        ]
    )  # fmt: skip
    # SMBIOS 5.2.2: the entry point of version 3; its bytes add up to zero.
    entry = bytearray(struct.pack("<5sBBBBBBBIQ", b"_SM3_", 0, 24, 3, 2, 0, 1, 0, len(tables), 0x1000))
    entry[5] = -sum(entry) & 0xFF
    return {"smbios_entry_point": bytes(entry), "DMI": tables}


# -- sessions -----------------------------------------------------------------------------------------------------


def utmp_entry(pid: int, line: str, user: str, host: str) -> bytes:
    """utmp(5): a USER_PROCESS."""
    return struct.pack("hi32s4s32s256shhiii4i20x", 7, pid, line.encode(), line[-4:].encode(), user.encode(),
                       host.encode(), 0, 0, pid, int(time.time()), 0, 0, 0, 0, 0)  # fmt: skip


@dataclass
class Machine:
    service: Service
    caller: Caller
    leader: subprocess.Popen
    disk: str

    def output_of(self, *command: str) -> str:
        """What a program of the machine says."""
        inside = ["nsenter", "--mount", "--target", str(self.service.process.pid)]
        return subprocess.run([*inside, *command], check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def partitioned_disk(image: Path):
    """A loop device with two partitions, the first with a file system; a udev that runs may not know them yet."""
    image.write_bytes(b"")
    os.truncate(image, 64 * 2**20)
    table = "label: gpt\nsize=32MiB\nsize=8MiB\n"
    subprocess.run(["sfdisk", "--quiet", str(image)], input=table, text=True, check=True)
    done = subprocess.run(["losetup", "--find", "--show", "--partscan", str(image)], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no loop device here: {done.stderr.strip()}")
    device = done.stdout.strip()
    try:
        # A kernel that knows no partition tables is told of the partitions.
        subprocess.run(["partx", "--add", device], check=False, capture_output=True)
        subprocess.run(["mkfs.ext4", "-q", f"{device}p1"], check=True)
        yield device
    finally:
        subprocess.run(["partx", "--delete", device], check=False, capture_output=True)
        subprocess.run(["losetup", "--detach", device], check=True)


def copy_journal(work: Path, systemd) -> None:
    """The journal of a systemd that has booted, with an entry of each kind of log."""
    for priority, facility in (("user.err", "winrm-test"), ("daemon.warning", "winrm-daemon")):
        assert systemd.run("logger", "--priority", priority, "--tag", facility, "an entry of a test").returncode == 0
    systemd.run("journalctl", "--sync")
    systemd.run("journalctl", "--flush")
    machine_id = systemd.run("cat", "/etc/machine-id").stdout.strip()
    (work / "etc/machine-id").write_text(machine_id + "\n")
    folder = work / "journal" / machine_id
    folder.mkdir(parents=True)
    find = f"find /var/log/journal/{machine_id} /run/log/journal/{machine_id} -name '*.journal'"
    for path in systemd.run("sh", "-c", find + " 2>/dev/null").stdout.split():
        (folder / Path(path).name).write_bytes(base64.b64decode(systemd.run("base64", path).stdout))


def furnish(work: Path, leader: int) -> None:
    for folder in ("etc/cron.d", "etc/xdg/autostart", "etc/exports.d", "run/lock", "firmware/dmi/tables", "dmi"):
        (work / folder).mkdir(parents=True)
    for name, content in firmware_tables().items():
        (work / "firmware/dmi/tables" / name).write_bytes(content)
    for name, text in DMI_FIELDS.items():
        (work / "dmi" / name).write_text(text + "\n")
    # The second one was left behind: no process has such a number.
    (work / "run/utmp").write_bytes(
        utmp_entry(leader, "pts/41", "daemon", "192.0.2.7") + utmp_entry(2**31 - 1, "pts/42", "bin", "")
    )
    (work / "etc/environment").write_text("WINRM_TEST_COLOUR=blue\nexport WINRM_TEST_SIZE='two words'\n")
    jobs = "30 4 * * 1-5 daemon /usr/bin/true --weekly\n@daily root /usr/bin/true\n"
    (work / "etc/cron.d/winrm-test").write_text(jobs)
    entry = "[Desktop Entry]\nType=Application\nName=Test\nExec=/usr/bin/true --start\n"
    (work / "etc/xdg/autostart/winrm-test.desktop").write_text(entry)
    (work / "etc/exports.d/winrm-test.exports").write_text("/srv 192.0.2.0/24(ro,sync)\n")


@contextmanager
def furnished_machine():
    """Needs root, and what a booted systemd needs for its journal; says so by a skip."""
    with tempfile.TemporaryDirectory(prefix="winrm-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        work = folder / "machine"
        (work / "etc").mkdir(parents=True)
        (folder / "boot").mkdir()
        with booted_systemd(folder / "boot") as systemd:
            copy_journal(work, systemd)
        leader = subprocess.Popen(["sh", "-c", "sleep 600 & sleep 600; true"], start_new_session=True)
        furnish(work, leader.pid)
        service = Service(folder)
        service._as_account = lambda command: [
            "env", f"WORK={work}", "unshare", "--mount", "sh", "-c", MOUNTS + SETUP, "sh", *command,
        ]  # fmt: skip
        with partitioned_disk(folder / "disk.img") as disk:
            service.start()
            machine = Machine(service, Caller(service), leader, disk)
            try:
                machine.output_of("mkdir", "/run/disk")
                machine.output_of("mount", f"{disk}p1", "/run/disk")
                yield machine
            finally:
                status = service.stop()
                os.killpg(leader.pid, 9)
                leader.wait()
        assert status == 0, service.log


# overlayfs takes no other overlayfs for its upper folder.
MOUNTS = 'mount -t tmpfs tmpfs /mnt && cp -r "$WORK" /mnt/machine && WORK=/mnt/machine && export WORK\n'
