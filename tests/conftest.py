"""Fixtures of the tests that run the service."""

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from support import kdc
from support.caller import Caller
from support.furnished import furnished_machine
from support.service import Service


@contextmanager
def running(settings=None, run_as=None, environment=None):
    """A service in a folder that other accounts may enter, as an installed one is."""
    with tempfile.TemporaryDirectory(prefix="winrm-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        service = Service(folder, settings, run_as, environment).start()
        try:
            yield service
        finally:
            status = service.stop()
            log = service.log
        assert status == 0, f"winrmd ended with {status}:\n{log}"
        assert "Sanitizer" not in log and "runtime error:" not in log, log


@pytest.fixture(scope="session")
def service():
    """The service most tests share: nothing unusual in its configuration."""
    with running() as started:
        yield started


@pytest.fixture(scope="session")
def clear_service():
    """Accepts clear messages over HTTP."""
    with running({"Service": {"AllowUnencrypted": True}}) as started:
        yield started


@pytest.fixture
def start_service():
    """Starts services with settings of their own: start_service({"Winrs": {"IdleTimeout": 1000}})."""
    opened = []

    def start(settings=None, run_as=None, environment=None):
        context = running(settings, run_as, environment)
        started = context.__enter__()
        opened.append(context)
        return started

    yield start
    for context in reversed(opened):
        context.__exit__(None, None, None)


@pytest.fixture
def caller(service):
    return Caller(service)


@pytest.fixture(scope="session")
def machine():
    """One that lacks nothing, and a service on it."""
    with furnished_machine() as furnished:
        yield furnished


@pytest.fixture(scope="session")
def realm():
    missing = kdc.missing_programs()
    if missing:
        pytest.skip(
            f"no Kerberos server here: {', '.join(missing)} missing (packages krb5-kdc, krb5-admin-server, krb5-user)"
        )
    with tempfile.TemporaryDirectory(prefix="winrm-realm-") as name:
        started = kdc.Realm(Path(name))
        yield started
        started.stop()


@pytest.fixture(scope="session")
def kerberos_service(realm):
    """A service in the realm; its user has a ticket."""
    settings = {"Daemon": {"KeytabFile": str(realm.keytab)}}
    with running(settings, environment=realm.service_environment) as started:
        realm.log_on(started.user.name, realm.add_user(started.user.name))
        yield started


@pytest.fixture
def ticket(realm, monkeypatch):
    """Makes this process use the realm and the ticket of its user."""
    for name, value in realm.client_environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def as_root():
    if os.geteuid() != 0:
        pytest.skip("needs root: serves two accounts of this machine")


@pytest.fixture
def swap_file(as_root, tmp_path):
    """A megabyte more of swap, of the lowest priority."""
    file = tmp_path / "swap"
    file.write_bytes(bytes(2**20))
    file.chmod(0o600)
    subprocess.run(["mkswap", str(file)], check=True, capture_output=True)
    if subprocess.run(["swapon", "--priority", "0", str(file)], check=False, capture_output=True).returncode != 0:
        pytest.skip("this kernel swaps to no file")
    yield str(file)
    subprocess.run(["swapoff", str(file)], check=True)


@pytest.fixture
def sleeper():
    """A process that is there for the whole test."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()
