"""A throwaway Kerberos realm on a loopback port: MIT's KDC in a temporary folder."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path

from support.service import free_port

REALM = "EXAMPLE.TEST"
PROGRAMS = ("kdb5_util", "kadmin.local", "krb5kdc", "kinit")


def missing_programs() -> list[str]:
    return [name for name in PROGRAMS if find(name) is None]


def find(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


class Realm:
    def __init__(self, folder: Path):
        self.folder = folder
        self.port = free_port()
        self.keytab = folder / "service.keytab"
        self._write_files()
        self._run("kdb5_util", "create", "-s", "-r", REALM, "-P", secrets.token_hex(8))
        for service in ("HTTP", "WSMAN", "host"):
            self._kadmin(f"addprinc -randkey {service}/localhost")
            self._kadmin(f"ktadd -k {self.keytab} {service}/localhost")
        self.process = subprocess.Popen([find("krb5kdc"), "-n"], env=self.environment, stderr=subprocess.DEVNULL)
        self._wait()

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "KRB5_CONFIG": str(self.folder / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
        }

    @property
    def service_environment(self) -> dict[str, str]:
        return {"KRB5_CONFIG": str(self.folder / "krb5.conf")}

    @property
    def client_environment(self) -> dict[str, str]:
        """What a client process needs to use the realm and its ticket."""
        return {"KRB5_CONFIG": str(self.folder / "krb5.conf"), "KRB5CCNAME": f"FILE:{self.folder}/ccache"}

    def add_user(self, name: str) -> str:
        password = secrets.token_urlsafe(12)
        self._kadmin(f"addprinc -pw {password} {name}")
        return password

    def log_on(self, name: str, password: str) -> None:
        environment = {**self.environment, **self.client_environment}
        subprocess.run(
            [find("kinit"), f"{name}@{REALM}"],
            input=password,
            text=True,
            check=True,
            capture_output=True,
            env=environment,
        )

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)

    def _write_files(self) -> None:
        (self.folder / "krb5.conf").write_text(f"""[libdefaults]
    default_realm = {REALM}
    rdns = false
    dns_canonicalize_hostname = false
    dns_lookup_kdc = false
    udp_preference_limit = 1
[realms]
    {REALM} = {{
        kdc = 127.0.0.1:{self.port}
    }}
[domain_realm]
    localhost = {REALM}
""")
        (self.folder / "kdc.conf").write_text(f"""[kdcdefaults]
    kdc_ports = {self.port}
    kdc_tcp_ports = {self.port}
[realms]
    {REALM} = {{
        database_name = {self.folder}/principal
        key_stash_file = {self.folder}/stash
        acl_file = {self.folder}/kadm5.acl
        max_life = 1h
    }}
""")

    def _kadmin(self, query: str) -> None:
        self._run("kadmin.local", "-r", REALM, "-q", query)

    def _run(self, program: str, *arguments: str) -> None:
        run = subprocess.run(
            [find(program), *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, f"{program}: {run.stderr}"

    def _wait(self) -> None:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the KDC did not start")
