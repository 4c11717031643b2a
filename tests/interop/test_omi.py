"""Our tools against OMI, the WS-Management server for Linux that others wrote. It runs where omiserver is found."""

import os
import re
import secrets
import subprocess
import tempfile
from pathlib import Path

import pytest

from support import kdc
from support.omi import HTTP_PORT, HTTPS_PORT, OmiServer
from support.private_network import private_network
from support.service import binary

SCHEMA = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2"
IDENTITY = f"{SCHEMA}/OMI_Identify?__cimnamespace=root/omi"
NUMBERS = f"{SCHEMA}/X_SmallNumber?__cimnamespace=root/cimv2"
CHECKS = ["-skipCAcheck", "-skipCNcheck"]


@pytest.fixture(scope="module")
def omi():
    """A server, the account that may log on to it, and a Kerberos realm both know, where there is one."""
    if os.geteuid() != 0:
        pytest.skip("OMI COULD NOT BE TESTED: it needs root")
    name, password = f"winrm-test-omi-{secrets.token_hex(2)}", secrets.token_urlsafe(12)
    with tempfile.TemporaryDirectory(prefix="winrm-omi-") as folder, private_network():
        Path(folder).chmod(0o755)
        realm = None
        if not kdc.missing_programs():
            (Path(folder) / "realm").mkdir()
            realm = kdc.Realm(Path(folder) / "realm")
        try:
            subprocess.run(["useradd", "--create-home", name], check=True)
            subprocess.run(["chpasswd"], input=f"{name}:{password}\n", text=True, check=True)
            if realm:
                realm.log_on(name, realm.add_user(name))
            (Path(folder) / "omi").mkdir()
            server = OmiServer(Path(folder) / "omi", name, password, realm).start()
            yield server, name, password, realm
            server.stop()
        finally:
            subprocess.run(["userdel", "--force", "--remove", name], check=False, capture_output=True)
            if realm:
                realm.stop()


@pytest.fixture
def tool(omi, tmp_path):
    """Runs winrm or winrs with switches that reach the server in one of the ways that both know."""
    _, name, password, realm = omi
    client = tmp_path / "client.toml"
    client.write_text('[Client]\nAllowUnencrypted = true\nTrustedHosts = "127.0.0.1"\n')
    http, https = f"-r:http://127.0.0.1:{HTTP_PORT}", f"-r:https://127.0.0.1:{HTTPS_PORT}"
    log_on = [f"-u:{name}", f"-p:{password}"]
    ways = {
        "Basic": [http, *log_on, "-a:Basic", "-unencrypted"],
        "Basic over HTTPS": [https, *log_on, "-a:Basic", *CHECKS],
        "NTLM, encrypted": [http, *log_on, "-a:Negotiate"],
        "NTLM over HTTPS": [https, *log_on, "-a:Negotiate", *CHECKS],
        "Kerberos, encrypted": [f"-r:http://localhost:{HTTP_PORT}", "-a:Kerberos"],
        "a wrong password": [http, f"-u:{name}", "-p:wrong", "-a:Basic", "-unencrypted"],
    }

    def run(way: str, *arguments: str, program: str = "winrm") -> subprocess.CompletedProcess:
        return subprocess.run(
            [binary(program), *arguments, *ways[way]]
            if program == "winrm"
            else [binary(program), *ways[way], *arguments],
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "WINRM_CONFIG": str(client), **(realm.client_environment if realm else {})},
        )

    return run


@pytest.fixture
def numbers(omi):
    if not omi[0].has_sample_providers():
        pytest.skip("this OMI is without the sample providers of its own tests (a package is)")


WAYS = ["Basic", "Basic over HTTPS", "NTLM, encrypted", "NTLM over HTTPS", "Kerberos, encrypted"]


@pytest.mark.parametrize("way", WAYS)
def test_P22_A1_every_logon_that_omi_offers(omi, tool, way):
    if way.startswith("Kerberos") and omi[3] is None:
        pytest.skip(f"no Kerberos server here: {', '.join(kdc.missing_programs())} missing")
    identified = tool(way, "identify")
    assert identified.returncode == 0, identified.stderr
    assert "    ProductVendor = Open Management Infrastructure\n" in identified.stdout
    listed = tool(way, "enumerate", IDENTITY)
    assert listed.returncode == 0, listed.stderr
    assert re.match(r"OMI_Identify\n    InstanceID = [0-9A-F-]{36}\n", listed.stdout), listed.stdout


def test_P22_P9_identify_without_credentials_is_refused_by_omi(tool):
    refused = tool("a wrong password", "identify")
    assert refused.returncode == 1
    assert "refused the logon" in refused.stderr
    assert "The server offers: Basic" in refused.stderr


def test_P22_P21_references_lead_to_the_instance(tool):
    (key,) = re.findall(r"Selector: InstanceID = (\S+)", tool("Basic", "e", IDENTITY, "-returntype:epr").stdout)
    got = tool("Basic", "get", f"{IDENTITY}+InstanceID={key}")
    assert got.returncode == 0, got.stderr
    assert f"    InstanceID = {key}\n" in got.stdout
    both = tool("Basic", "e", IDENTITY, "-returntype:objectandepr")
    assert both.stdout.startswith("Item\n    OMI_Identify\n"), both.stdout + both.stderr


def test_P22_T2_every_format_shows_an_instance_of_omi(tool):
    shapes = {
        "xml": r"<p:OMI_Identify xmlns:p=[^\n]*</p:OMI_Identify>\n$",
        "pretty": r"<p:OMI_Identify[^\n]*>\n  <p:InstanceID>",
        "json": r'\{"__CLASS":"OMI_Identify","InstanceID":"',
        "csv": r"InstanceID,SystemName,",
    }
    for name, shape in shapes.items():
        shown = tool("Basic", "e", IDENTITY, f"-format:{name}")
        assert shown.returncode == 0, shown.stderr
        assert re.match(shape, shown.stdout), shown.stdout


def test_P22_P5_enumerations_of_omi_are_pulled_to_the_end(tool, numbers):
    listed = tool("NTLM, encrypted", "enumerate", NUMBERS)
    assert listed.returncode == 0, listed.stderr
    spelled = re.findall(r"    Number = (\d+)\n    SpelledNumber = (\S+)\n", listed.stdout)
    assert len(spelled) > 3
    assert len(spelled) == len(set(spelled))
    assert ("2", "two") in spelled


@pytest.mark.parametrize("resource", [NUMBERS, f"{SCHEMA}/*?__cimnamespace=root/cimv2"])
def test_P22_B1_queries_of_omi(tool, numbers, resource):
    found = tool("Basic", "e", resource, "-dialect:wql", "-filter:select * from X_SmallNumber where Number < 4")
    assert found.returncode == 0, found.stderr
    assert sorted(re.findall(r"SpelledNumber = (\S+)", found.stdout)) == ["one", "three", "two", "zero"]


def test_P22_P1_get_of_omi(tool, numbers):
    got = tool("Basic", "get", f"{NUMBERS}+Number=11")
    assert got.stdout == "X_SmallNumber\n    Description = null\n    Number = 11\n    SpelledNumber = eleven\n"


def test_P22_P8_invoke_of_omi(tool, numbers):
    called = tool("Basic", "invoke", "SpellNumber", NUMBERS, '@{num="11"}')
    assert called.returncode == 0, called.stderr
    assert called.stdout.endswith("_OUTPUT\n    ReturnValue = eleven\n")


FAILURES = [
    ("get", f"{SCHEMA}/X_None?__cimnamespace=root/none+Name=a", "The target namespace does not exist."),
    ("enumerate", f"{SCHEMA}/OMI_None?__cimnamespace=root/omi", "."),
    ("get", "http://example.test/none", "instance name parameter is missing"),
]


@pytest.mark.parametrize("verb, resource, reason", FAILURES)
@pytest.mark.parametrize("form", ["text", "xml"])
def test_P22_P17_faults_of_omi_are_told(tool, verb, resource, reason, form):
    failed = tool("Basic", verb, resource, f"-format:{form}")
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert failed.stderr.splitlines()[-1].strip() != ""
    assert reason in failed.stderr.splitlines()[-1]


def test_P22_S1_a_shell_is_refused_with_what_omi_says(tool):
    failed = tool("Basic over HTTPS", "echo", "hi", program="winrs")
    assert failed.returncode == 255
    assert failed.stderr.startswith("Winrs error:\n\n")
    assert f":{HTTPS_PORT}" in failed.stderr
