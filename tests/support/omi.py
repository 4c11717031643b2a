"""Starts an OMI server for a test, with settings and state of its own in the place of the installed ones."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from support import kdc

SERVICE_ACCOUNT = "nobody"
HTTP_PORT, HTTPS_PORT = 5985, 5986
START_SECONDS = 20
# What it reads and writes; parents before the folders in them.
OWN = ("sysconfdir", "localstatedir", "certsdir", "credsdir")
# Only the server and its children see the folders that stand in for the installed ones.
ENTER = 'while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit; shift 2; done; shift; exec "$@"'


def program() -> Path:
    """WINRM_OMISERVER, else where OMI's make and OMI's package leave it."""
    peers = Path(os.environ.get("WINRM_PEERS", Path(__file__).parents[2] / "build/peers"))
    named = os.environ.get("WINRM_OMISERVER")
    places = [Path(named)] if named else [peers / "omi/Unix/output/bin/omiserver", Path("/opt/omi/bin/omiserver")]
    for place in places:
        if place.exists():
            return place
    pytest.skip(f"OMI COULD NOT BE TESTED: no omiserver in {', '.join(map(str, places))} (WINRM_OMISERVER names one)")


class OmiServer:
    """Listens on its usual ports, on every address: run it in a network of its own (private_network)."""

    def __init__(self, folder: Path, account: str, password: str, realm=None):
        """`account` logs on with its password by PAM and NTLM, and with its ticket of `realm`, a kdc.Realm."""
        self.program, self.folder = program(), folder
        self.environment = {**os.environ, **(realm.environment if realm else {})}
        listed = subprocess.run([self.program, "-p"], check=True, capture_output=True, text=True).stdout
        self.installed = dict(line.split("=", 1) for line in listed.splitlines() if "=" in line)
        for name in OWN:
            shutil.copytree(self.installed[name], folder / name, ignore=_only_files_and_folders)
        for name in ("run", "log", "omiauth"):
            (folder / "localstatedir" / name).mkdir(exist_ok=True)
        (folder / "sysconfdir/sockets").mkdir(exist_ok=True)
        self._write_certificate()
        self._write_credentials(account, password, realm)
        (folder / "sysconfdir/omiserver.conf").write_text(
            f"httpport={HTTP_PORT}\nhttpsport={HTTPS_PORT}\nservice={SERVICE_ACCOUNT}\n"
            f"NtlmCredsFile={self.installed['credsdir']}/ntlm\n"
        )
        subprocess.run(["chown", "-R", SERVICE_ACCOUNT, *(folder / name for name in OWN)], check=True)

    def _write_certificate(self) -> None:
        files = [self.folder / "certsdir" / Path(self.installed[name]).name for name in ("keyfile", "pemfile")]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
        subprocess.run([*command, "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)

    def _write_credentials(self, account: str, password: str, realm) -> None:
        """OMI uses them only when nobody but its account may read the files and their folder."""
        folder = self.folder / "credsdir"
        (folder / "ntlm").write_text(f":{account}:{password}\n")
        entries = Path("/etc/passwd").read_text()
        if realm:
            shutil.copy(realm.keytab, folder / Path(self.installed["keytabfile"]).name)
            # It looks the whole principal up as an account's name, as directories of Windows domains know it.
            own = next(line for line in entries.splitlines() if line.startswith(f"{account}:"))
            entries += own.replace(account, f"{account}@{kdc.REALM}", 1) + "\n"
        (self.folder / "passwd").write_text(entries)
        for file in folder.iterdir():
            file.chmod(0o600)
        folder.chmod(0o700)

    def has_sample_providers(self) -> bool:
        """The providers that OMI's own tests use; its package leaves them out."""
        return (self.folder / "sysconfdir/omiregister/root-cimv2/numberProvider.reg").exists()

    def start(self) -> "OmiServer":
        own = [word for name in OWN for word in (self.folder / name, self.installed[name])]
        own += [self.folder / "passwd", "/etc/passwd"]
        server = [self.program, "-l", "--loglevel", "2"]
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", ENTER, "sh", *own, "--", *server],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            env=self.environment,
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", HTTPS_PORT), timeout=1).close()
                return self
            except OSError:
                assert self.process.poll() is None, f"omiserver ended:\n{(self.folder / 'log').read_text()}"
                assert time.monotonic() < deadline, f"omiserver does not listen:\n{(self.folder / 'log').read_text()}"
                time.sleep(0.1)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()


def _only_files_and_folders(folder: str, names: list[str]) -> list[str]:
    """What shutil.copytree leaves out: sockets of a server that runs, or ran."""
    return [name for name in names if not (Path(folder, name).is_file() or Path(folder, name).is_dir())]
