"""Copies a large file and many small ones with winrcp and with scp, both ways, on this machine. Run as scripts/bench."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(os.environ.setdefault("WINRM_BIN", str(ROOT / "build/release/bin")))
sys.path.insert(0, str(ROOT / "tests"))

from support.service import Service, free_port  # noqa: E402

LARGE_BYTES = int(os.environ.get("BENCH_COPY_BYTES", str(1 << 30)))
SMALL_FILES = int(os.environ.get("BENCH_COPY_FILES", "10000"))
SMALL_BYTES = 4096


class SshServer:
    """An sshd of our own on loopback, which knows one key."""

    def __init__(self, folder: Path):
        self.port = free_port()
        for name in ("host", "client"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        shutil.copy(folder / "client.pub", folder / "authorized")
        configuration = folder / "sshd_config"
        configuration.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n"
            f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nUsePAM no\nPidFile none\n"
            "PermitRootLogin yes\nSubsystem sftp internal-sftp\n"
        )
        Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [shutil.which("sshd", path="/usr/sbin:/usr/bin"), "-D", "-e", "-f", configuration],
            stderr=subprocess.DEVNULL,
        )
        self.options = ["-q", "-P", str(self.port), "-i", str(folder / "client")]
        self.options += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        deadline = time.monotonic() + 10
        while self.copy(configuration, f"127.0.0.1:{folder}/probe", check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise SystemExit("the sshd of this measurement does not answer")
            time.sleep(0.1)

    def copy(self, source, target, check: bool = True):
        return subprocess.run(["scp", *self.options, "-r", source, target], check=check, capture_output=True)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def write_samples(folder: Path) -> tuple[Path, Path]:
    large, small = folder / "large", folder / "small"
    with large.open("wb") as stream:
        for _ in range(LARGE_BYTES >> 20):
            stream.write(os.urandom(1 << 20))
    for number in range(SMALL_FILES):
        file = small / str(number % 100) / str(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(os.urandom(SMALL_BYTES))
    return large, small


def seconds_of(action, target: Path) -> float:
    begun = time.monotonic()
    action()
    spent = time.monotonic() - begun
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    return spent


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large, small = write_samples(folder)
        (folder / "service").mkdir()
        service = Service(folder / "service")
        service.start()
        try:
            password = folder / "password"
            password.write_text(service.user.password)
            password.chmod(0o600)
            who = [f"-u:{service.user.name}", f"-passwordfile:{password}", "-quiet"]
            ways = {
                "winrcp, HTTP sealed by Negotiate": [f"-r:http://127.0.0.1:{service.http_port}"],
                "winrcp, HTTPS": [f"-r:https://127.0.0.1:{service.https_port}", "-skipCAcheck", "-skipCNcheck"],
            }
            copies = {
                way: (
                    lambda source, target, where=where: subprocess.run(
                        [BIN / "winrcp", *where, *who, source, f":{target}"], check=True
                    ),
                    lambda source, target, where=where: subprocess.run(
                        [BIN / "winrcp", *where, *who, f":{source}", target], check=True
                    ),
                )
                for way, where in ways.items()
            }
            ssh = None
            if shutil.which("sshd", path="/usr/sbin:/usr/bin") and shutil.which("scp"):
                ssh = SshServer(folder)
                copies["scp"] = (
                    lambda source, target: ssh.copy(source, f"127.0.0.1:{target}"),
                    lambda source, target: ssh.copy(f"127.0.0.1:{source}", target),
                )
            else:
                print("scp is not measured: there is no sshd on this machine (apt-get install openssh-server).")
            print(f"\n| copy on this machine | {LARGE_BYTES / 1e6:.0f} MB there | back | ", end="")
            print(f"{SMALL_FILES} files of {SMALL_BYTES} B there | back |\n| --- | ---: | ---: | ---: | ---: |")
            target = folder / "copy"
            for way, (there, back) in copies.items():
                cells = []
                for source, count in ((large, LARGE_BYTES), (small, SMALL_FILES * SMALL_BYTES)):
                    for action in (there, back):
                        spent = seconds_of(lambda: action(source, target), target)  # noqa: B023
                        rate = f"{count / spent / 1e6:.0f} MB/s"
                        cells.append(rate if source == large else f"{SMALL_FILES / spent:.0f} files/s ({rate})")
                print(f"| {way} | {' | '.join(cells)} |", flush=True)
            if ssh:
                ssh.stop()
        finally:
            service.stop()


if __name__ == "__main__":
    main()
