"""Boots a real systemd as process 1 of namespaces of its own: over a throw-away copy of this machine's files, without
network, as far as basic.target. For tests of what systemd runs, on machines that it does not run."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.service import binary

BIN = Path(binary("winrmd")).parent

UNITS = {
    "winrm-example.service": "[Unit]\nDescription=Runs\n[Service]\nUser=daemon\nExecStart=/bin/sleep infinity\n",
    "winrm-broken.service": "[Unit]\nDescription=Fails\n[Service]\nExecStart=/bin/sh -c 'exit 3'\n",
    "winrm-idle.service": "[Unit]\nDescription=Stands by\n[Service]\nExecStart=/bin/true\n",
    "winrm-dependent.service": "[Unit]\nDescription=Depends\nRequires=winrm-example.service\nWants=winrm-idle.service\n"
    "Conflicts=winrm-broken.service\n[Service]\nExecStart=/bin/true\n",
}

# Mounts first (tmpfs below, so that it works on any file system and nothing is left behind), then systemd.
BOOT = r"""
set -e
mount -t tmpfs tmpfs "$WORK"
mkdir "$WORK/upper" "$WORK/work" "$WORK/root"
root=$WORK/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$WORK/upper,workdir=$WORK/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for folder in run tmp dev; do mount -t tmpfs tmpfs "$root/$folder"; done
for device in null zero full random urandom tty; do cp -a "/dev/$device" "$root/dev/"; done
mkdir "$root/dev/shm" "$root/run/bin"
mount --bind "$BIN" "$root/run/bin"
rm -rf "$root"/etc/systemd/system/*.wants
mkdir -p "$root/etc/systemd/system/basic.target.wants"
cp "$UNITS"/* "$root/etc/systemd/system/"
for unit in winrm-example winrm-broken; do
  ln -s "../$unit.service" "$root/etc/systemd/system/basic.target.wants/"
done
ln -sf /dev/null "$root/etc/systemd/system/systemd-udevd.service"
cd "$root"
pivot_root . mnt
umount -l /mnt
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=basic.target
"""


def cgroup2_mount() -> Path | None:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, filesystem = line.partition(" - ")
        if filesystem.startswith("cgroup2 "):
            return Path(mount.split()[4])
    return None


class Systemd:
    """A booted systemd; leaves nothing when it ends."""

    def __init__(self, folder: Path):
        units = folder / "units"
        units.mkdir()
        for name, text in UNITS.items():
            (units / name).write_text(text)
        work = folder / "machine"
        work.mkdir()
        self.group = cgroup2_mount() / f"winrm-test-{os.getpid()}"
        self.group.mkdir()
        environment = {**os.environ, "WORK": str(work), "UNITS": str(units), "BIN": str(BIN)}
        self.log = (folder / "boot.log").open("w+")
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--net", "--fork", "--kill-child",
             "bash", "-c", BOOT],
            env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
            preexec_fn=lambda: (self.group / "cgroup.procs").write_text(str(os.getpid())))

    @property
    def first(self) -> str:
        """The machine's process 1, by its number out here."""
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0]

    @property
    def root(self) -> Path:
        """The machine's files."""
        return Path(f"/proc/{self.first}/root")

    def run(self, *command: str, input: str | None = None) -> subprocess.CompletedProcess:
        return subprocess.run(["nsenter", "-t", self.first, "-m", "-p", "-u", "-i", "-n", "-r", "-w", *command],
                              input=input, capture_output=True, text=True)

    def wait(self) -> str:
        """Until it has booted; 'running', or 'degraded' when a unit failed."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                state = self.run("systemctl", "is-system-running").stdout.strip()
            except (FileNotFoundError, IndexError):
                state = ""
            if state in ("running", "degraded"):
                return state
            time.sleep(0.2)
        self.log.seek(0)
        raise TimeoutError(f"systemd did not boot:\n{self.log.read()[-2000:]}")

    def stop(self):
        self.process.kill()  # its child dies with it, and all of the namespace with that
        self.process.wait()
        deadline = time.monotonic() + 10
        while self.group.exists() and time.monotonic() < deadline:
            try:
                self.remove_groups()
            except OSError:
                time.sleep(0.1)

    def remove_groups(self):
        for folder, _, _ in os.walk(self.group, topdown=False):
            Path(folder).rmdir()


@contextmanager
def booted_systemd(folder: Path):
    if Path("/run/systemd/system").exists():
        pytest.skip("systemd runs this machine: providers_tests compare with it directly")
    if os.geteuid() != 0:
        pytest.skip("needs root, to make namespaces")
    if not Path("/lib/systemd/systemd").exists() or not shutil.which("dbus-daemon"):
        pytest.skip("needs the packages systemd and dbus")
    if cgroup2_mount() is None:
        pytest.skip("needs a cgroup2 file system")
    booted = Systemd(folder)
    try:
        booted.wait()
        yield booted
    finally:
        booted.stop()
