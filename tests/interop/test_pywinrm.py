"""pywinrm, the client behind Ansible: every way it logs on to a Linux machine."""

import getpass
import socket

import pytest
import winrm
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError, WSManFaultError
from winrm.protocol import Protocol

from support.kdc import REALM
from support.relay import Relay


def connect(service, transport, url, **options):
    return Protocol(
        endpoint=url,
        transport=transport,
        username=service.user.name,
        password=options.pop("password", service.user.password),
        server_cert_validation="ignore",
        proxy=None,
        **options,
    )


def run(protocol, command, arguments=(), **shell_options):
    """Without the profile of whoever runs the tests, which may print or be slow."""
    shell = protocol.open_shell(noprofile=True, **shell_options)
    try:
        command_id = protocol.run_command(shell, command, arguments)
        try:
            return protocol.get_command_output(shell, command_id)
        finally:
            protocol.cleanup_command(shell, command_id)
    finally:
        protocol.close_shell(shell)


@pytest.fixture(params=["basic over https", "ntlm over https", "ntlm over http"])
def protocol(request, service):
    transport, _, scheme = request.param.split()
    return connect(service, transport, getattr(service, f"{scheme}_url"))


def test_A1_S2_command_output_and_exit_code(protocol):
    out, err, status = run(protocol, "echo out; echo err >&2; exit 7")
    assert (out, status) == (b"out\n", 7)
    assert err.endswith(b"err\n"), "after what the account's profile may say"


def test_S1_environment_and_working_directory(protocol):
    out, _, _ = run(protocol, 'echo "$GREETING from $PWD"', env_vars={"GREETING": "hello"}, working_directory="/usr")
    assert out == b"hello from /usr\n"


def test_Z8_runs_as_the_account_that_logged_on(protocol):
    out, _, _ = run(protocol, "id", ["-un"])
    assert out.decode().strip() == getpass.getuser()


def test_session_of_the_readme(service):
    session = winrm.Session(service.http_url, auth=(service.user.name, service.user.password), transport="ntlm")
    answer = session.run_cmd("uname", ["-s"])
    assert (answer.std_out, answer.status_code) == (b"Linux\n", 0)


def test_command_longer_than_the_operation_timeout(service):
    protocol = connect(service, "ntlm", service.http_url, operation_timeout_sec=1, read_timeout_sec=10)
    out, _, status = run(protocol, "sleep 3; echo late")
    assert (out, status) == (b"late\n", 0)


@pytest.mark.parametrize("transport, scheme", [("basic", "https"), ("ntlm", "http"), ("ntlm", "https")])
def test_wrong_password_is_refused(service, transport, scheme):
    protocol = connect(service, transport, getattr(service, f"{scheme}_url"), password="wrong")
    with pytest.raises(InvalidCredentialsError):
        protocol.open_shell()


def test_A14_basic_over_clear_http_is_refused(service):
    with pytest.raises((InvalidCredentialsError, WinRMTransportError)):
        connect(service, "basic", service.http_url).open_shell()


def test_A14_clear_messages_after_ntlm_are_refused(service):
    protocol = connect(service, "ntlm", service.http_url, message_encryption="never")
    with pytest.raises(WSManFaultError, match="Unencrypted"):
        protocol.open_shell()


@pytest.mark.parametrize("transport", ["basic", "ntlm"])
def test_A14_clear_messages_where_the_service_allows_them(clear_service, transport):
    protocol = connect(clear_service, transport, clear_service.http_url, message_encryption="never")
    assert run(protocol, "echo", ["clear"])[0] == b"clear\n"


def test_A11_no_clear_text_on_the_wire(service):
    with Relay(service.http_port) as relay:
        protocol = connect(service, "ntlm", f"http://127.0.0.1:{relay.port}/wsman")
        assert run(protocol, "echo from-the-shell")[0] == b"from-the-shell\n"
    recorded = bytes(relay.recorded)
    assert b"HTTP-SPNEGO-session-encrypted" in recorded
    for clear in (b"Envelope", b"from-the-shell", service.user.password.encode()):
        assert clear not in recorded


@pytest.mark.parametrize("form", ["{name}", ".\\{name}", "{host}\\{name}", "{name}@{host}"])
def test_A19_forms_of_the_account_name(service, form):
    name = form.format(name=service.user.name, host=socket.gethostname())
    session = winrm.Session(service.http_url, auth=(name, service.user.password), transport="ntlm")
    assert session.run_cmd("echo", ["ok"]).std_out == b"ok\n"


@pytest.mark.parametrize("name", ["jürgen", "Иван"])
def test_A19_names_and_passwords_in_any_script(service, name):
    user = service.add_user(name, password="pässwörd-密码")
    session = winrm.Session(service.http_url, auth=(user.name, user.password), transport="ntlm")
    assert session.run_cmd("echo", ["ok"]).std_out == b"ok\n"


class TestKerberos:
    """Against the KDC of the test; the ticket is in the credential cache."""

    def connect(self, service, url, **options):
        name = f"{service.user.name}@{REALM}"
        return Protocol(
            endpoint=url.replace("127.0.0.1", "localhost"),
            transport="kerberos",
            username=name,
            server_cert_validation="ignore",
            proxy=None,
            **options,
        )

    def test_A1_A11_encrypted_over_http(self, kerberos_service, ticket):
        with Relay(kerberos_service.http_port) as relay:
            protocol = self.connect(kerberos_service, f"http://localhost:{relay.port}/wsman")
            assert run(protocol, "echo", ["kerberos"])[0] == b"kerberos\n"
        assert b"HTTP-SPNEGO-session-encrypted" in bytes(relay.recorded)
        assert b"Envelope" not in bytes(relay.recorded)

    def test_A1_over_https(self, kerberos_service, ticket):
        protocol = self.connect(kerberos_service, kerberos_service.https_url)
        assert run(protocol, "exit 3")[2] == 3

    def test_A19_the_realm_is_part_of_the_name(self, kerberos_service, ticket):
        protocol = self.connect(kerberos_service, kerberos_service.http_url)
        out, _, _ = run(protocol, "id -un")
        assert out.decode().strip() == getpass.getuser()
