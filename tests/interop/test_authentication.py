"""Requests without a verified credential: 401 every time, and no host is started for them."""

import base64
import getpass
from contextlib import ExitStack

import pytest
import spnego
from pypsrp.exceptions import AuthenticationError
from pypsrp.shell import WinRS
from pypsrp.wsman import WSMan

from support.caller import Caller
from support.envelope import GET, Request
from support.ntlm import connect_by_ntlm
from support.raw_http import RawConnection, basic, post_bytes
from support.service import Service, User

GET_REQUEST = Request(GET).xml().encode()
WITHOUT_CREDENTIAL = {
    "no header": (),
    "empty header": (("Authorization", ""),),
    "blank header": (("Authorization", "   "),),
    "Basic without token": (("Authorization", "Basic"),),
    "Basic with an empty token": (("Authorization", "Basic "),),
    "Basic that is no base64": (("Authorization", "Basic !!!!"),),
    "Basic without a colon": (("Authorization", "Basic " + base64.b64encode(b"tester").decode()),),
    "Basic with NUL": (("Authorization", "Basic " + base64.b64encode(b"tester\0:x").decode()),),
    "Basic without a name": (basic("", "x"),),
    "Basic without a password": (basic("tester", ""),),
    "Basic with a wrong password": (basic("tester", "wrong"),),
    "Basic with an unknown name": (basic("nobody-known", "x"),),
    "Basic of root without a password": (basic("root", ""),),
    "very long Basic": (("Authorization", "Basic " + "QUJD" * 16000),),
    "Negotiate without token": (("Authorization", "Negotiate"),),
    "Negotiate with garbage": (("Authorization", "Negotiate AAAA"),),
    "Negotiate with a broken NTLM message": (
        ("Authorization", "Negotiate " + base64.b64encode(b"NTLMSSP\0\3\0\0\0" + b"\xff" * 60).decode()),
    ),
    "Negotiate with an unfinished SPNEGO token": (
        ("Authorization", "Negotiate " + base64.b64encode(b"\x60\x84").decode()),
    ),
    "Kerberos with garbage": (("Authorization", "Kerberos AAAA"),),
    "scheme that is not offered": (("Authorization", "CredSSP AAAA"),),
    "unknown scheme": (("Authorization", "Bearer abc"),),
    "two headers": (basic("tester", "wrong"), ("Authorization", "Negotiate")),
}


@pytest.fixture(scope="module", params=["http", "https"])
def untouched(request):
    """A service nobody has logged on to yet; over HTTP clear messages are allowed, so that nothing else refuses."""
    from conftest import running

    with running({"Service": {"AllowUnencrypted": True}}) as service:
        service.scheme = request.param
        yield service


def open_connection(service: Service) -> RawConnection:
    if service.scheme == "http":
        return RawConnection(service.http_port)
    import ssl

    connection = RawConnection(service.https_port)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection.socket = context.wrap_socket(connection.socket)
    return connection


@pytest.mark.parametrize("what", WITHOUT_CREDENTIAL)
def test_A1_gets_401_and_reaches_no_host(untouched, what):
    with open_connection(untouched) as connection:
        answer = connection.post(GET_REQUEST, WITHOUT_CREDENTIAL[what])
    assert answer.status == 401
    assert answer.body == b""
    assert untouched.hosts() == []


def test_A2_the_challenge_names_what_is_on_and_no_digest(untouched):
    with open_connection(untouched) as connection:
        offered = {value.split()[0] for value in connection.post().all("WWW-Authenticate")}
    assert offered == {"Basic", "Negotiate", "Kerberos"}


def ntlm_token_exchange(connection, user):
    """The second message of the service and the third of the client, not yet sent."""
    client = spnego.client(user.name, user.password, protocol="ntlm")
    first = base64.b64encode(client.step()).decode()
    answer = connection.post(headers=(("Authorization", f"Negotiate {first}"),))
    assert answer.status == 401
    (challenge,) = answer.all("WWW-Authenticate")
    return (
        "Authorization",
        "Negotiate " + base64.b64encode(client.step(base64.b64decode(challenge.split()[1]))).decode(),
    )


def test_A1_a_log_on_belongs_to_its_connection(untouched):
    with open_connection(untouched) as connection:
        third = ntlm_token_exchange(connection, untouched.user)
        with open_connection(untouched) as other:
            assert other.post(GET_REQUEST, (third,)).status == 401
    with open_connection(untouched) as reopened:
        assert reopened.post(GET_REQUEST, (third,)).status == 401
    assert untouched.hosts() == []


def test_a_reopened_connection_is_not_logged_on(start_service):
    service = start_service({"Service": {"AllowUnencrypted": True}})
    with RawConnection(service.http_port) as connection:
        third = ntlm_token_exchange(connection, service.user)
        assert connection.post(GET_REQUEST, (third,)).status == 200
        assert connection.post(GET_REQUEST).status == 200, "the connection stays logged on"
    assert len(service.hosts()) == 1
    with RawConnection(service.http_port) as reopened:
        assert reopened.post(GET_REQUEST).status == 401
        assert reopened.post(GET_REQUEST, (third,)).status == 401
    assert len(service.hosts()) == 1


def test_an_empty_request_without_a_token_starts_the_log_on_anew(start_service):
    service = start_service({"Service": {"AllowUnencrypted": True}})
    with RawConnection(service.http_port) as connection:
        for _ in range(2):
            third = ntlm_token_exchange(connection, service.user)
            assert connection.post(headers=(third,)).status == 200
            assert connection.post(GET_REQUEST).status == 200
            assert connection.post().status == 401
            assert connection.post(GET_REQUEST).status == 401


def test_a_failed_log_on_ends_the_one_before(start_service):
    service = start_service({"Service": {"AllowUnencrypted": True}})
    with RawConnection(service.http_port) as connection:
        assert connection.post(GET_REQUEST, (basic(service.user.name, service.user.password),)).status == 200
        assert connection.post(GET_REQUEST, (basic(service.user.name, "wrong"),)).status == 401


def test_A4_basic_is_off_unless_switched_on(start_service):
    service = start_service({"Service.Auth": {"Basic": False}, "Service": {"AllowUnencrypted": True}})
    with RawConnection(service.http_port) as connection:
        offered = [value.split()[0] for value in connection.post().all("WWW-Authenticate")]
        assert "Basic" not in offered
        answer = connection.post(GET_REQUEST, (basic(service.user.name, service.user.password),))
    assert answer.status == 401
    assert service.hosts() == []


@pytest.mark.parametrize("off", ["Kerberos", "Negotiate"])
def test_A1_schemes_can_be_switched_off(start_service, off):
    service = start_service({"Service.Auth": {off: False}})
    with RawConnection(service.http_port) as connection:
        offered = {value.split()[0] for value in connection.post().all("WWW-Authenticate")}
        assert off not in offered
        assert connection.post(headers=(("Authorization", f"{off} AAAA"),)).status == 401
    assert service.hosts() == []


def test_A14_basic_over_clear_http_is_not_even_looked_at(service):
    with RawConnection(service.http_port) as connection:
        answer = connection.post(GET_REQUEST, (basic(service.user.name, service.user.password),))
        assert answer.status == 401
        offered = [value.split()[0] for value in answer.all("WWW-Authenticate")]
    assert "Basic" not in offered, "a client that sees it would send its password in clear"


def test_unprivileged_service_refuses_other_accounts(start_service, as_root):
    service = start_service(run_as="nobody")
    stranger = service.add_user("stranger", account=getpass.getuser())
    with open_tls(service) as connection:
        assert connection.post(GET_REQUEST, (basic(stranger.name, stranger.password),)).status in (401, 403)
        assert connection.post(GET_REQUEST, (basic(service.user.name, service.user.password),)).status == 200


def open_tls(service):
    service.scheme = "https"
    return open_connection(service)


@pytest.mark.parametrize(("level", "without_binding"), [("None", True), ("Relaxed", True), ("Strict", False)])
def test_A16_a_log_on_over_tls_without_channel_binding(start_service, level, without_binding):
    service = start_service({"Service.Auth": {"CbtHardeningLevel": level}})

    def log_on(send_binding):
        options = {"auth": "ntlm", "ssl": True, "cert_validation": False, "no_proxy": True}
        user = {"username": service.user.name, "password": service.user.password}
        with WSMan(
            "127.0.0.1", port=service.https_port, negotiate_send_cbt=send_binding, **user, **options
        ) as connection, WinRS(connection):
            return True

    assert log_on(True)
    if without_binding:
        assert log_on(False)
    else:
        with pytest.raises(AuthenticationError):
            log_on(False)


def test_N4_log_ons_are_recorded_with_name_and_address(start_service):
    service = start_service()
    assert Caller(service).post("").status_code == 200
    wrong = User(service.user.name, "wrong", service.user.account)
    assert Caller(service, wrong).post("").status_code == 401
    assert service.has_logged(f"verified {service.user.name} (Basic) from 127.0.0.1 as account {service.user.account}")
    assert service.has_logged(f"refused {service.user.name} (Basic) from 127.0.0.1")
    with pytest.raises(AuthenticationError), connect_by_ntlm(service, wrong) as connection:
        WinRS(connection).open()
    assert service.has_logged(f"refused {service.user.name} (Negotiate) from 127.0.0.1")
    assert service.user.password not in service.log


def answers_at_once(connections, headers) -> set[int]:
    """Each connection sends its header before any answer is read."""
    for connection, header in zip(connections, headers):
        connection.send(post_bytes(GET_REQUEST, (header,)))
    return {connection.read_answer().status for connection in connections}


def test_guesses_sent_at_once_are_not_all_looked_at(start_service):
    service = start_service({"Service": {"AllowUnencrypted": True}})
    guesses = [basic(service.user.name, f"guess {i}") for i in range(100)]
    with ExitStack() as opened:
        connections = [opened.enter_context(RawConnection(service.http_port)) for _ in guesses]
        assert answers_at_once(connections, guesses) == {401}
    looked_at = service.log.count(f"refused {service.user.name} (Basic) from 127.0.0.1:")
    assert 10 <= looked_at < len(guesses) / 2, looked_at


def test_handshakes_finished_at_once_are_not_all_looked_at(start_service):
    """The password is in the last message; the ones before it cost nothing."""
    service = start_service()
    wrong = User(service.user.name, "wrong", service.user.account)
    with ExitStack() as opened:
        connections = [opened.enter_context(RawConnection(service.http_port)) for _ in range(100)]
        guesses = [ntlm_token_exchange(connection, wrong) for connection in connections]
        assert answers_at_once(connections, guesses) == {401}
    looked_at = service.log.count(f"refused {service.user.name} (Negotiate) from 127.0.0.1:")
    assert 10 <= looked_at < len(guesses) / 2, looked_at
