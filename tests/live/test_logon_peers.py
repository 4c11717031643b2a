"""Our acceptor and initiator against pyspnego's own NTLM and SPNEGO, written in Python by others."""

import base64
import hashlib
import os
import socket
import subprocess
from pathlib import Path

import pytest
import spnego
from spnego import NegotiateOptions
from spnego.channel_bindings import GssChannelBindings

BIN = Path(os.environ.get("WINRM_BIN", "build/release/bin"))
PASSWORD = "Pässw0rd 1!"
PYTHON_ONLY = NegotiateOptions.use_ntlm | NegotiateOptions.use_negotiate


def encode(data):
    return base64.b64encode(data).decode() if data else "-"


def decode(word):
    return b"" if word == "-" else base64.b64decode(word)


class Peer:
    """A running logon_peer."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [BIN / "logon_peer", *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(10) == 0

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().rstrip("\n").split(" ", 1)

    def token(self, data):
        return self.ask("token", encode(data))

    def unseal(self, header, ciphertext):
        return self.ask("unseal", encode(header), encode(ciphertext))

    def seal(self, plain):
        verb, rest = self.ask("seal", encode(plain))
        assert verb == "sealed", rest
        header, ciphertext = rest.split()
        return decode(header), decode(ciphertext)


@pytest.fixture
def users_file(tmp_path):
    """A users file with alice, made with Python's hashlib where our program would use OpenSSL."""
    from spnego._ntlm_raw.crypto import ntowfv1

    path = tmp_path / "users"
    path.write_text(f"alice:nobody:*:{ntowfv1(PASSWORD).hex().upper()}\n")
    path.chmod(0o600)
    return path


def log_on(client, peer):
    """Carries tokens until our side has decided; returns its last words."""
    token = client.step()
    while True:
        verb, rest = peer.token(token)
        if verb == "deny":
            return verb, rest
        answer, *words = rest.split()
        if decode(answer) and not client.complete:
            token = client.step(decode(answer))
        if verb == "done":
            return verb, words


def check_sealing(client, peer):
    for number in range(3):
        plain = f"<question n='{number}'/>".encode() * 100
        sealed = client.wrap_winrm(plain)
        verb, opened = peer.unseal(sealed.header, sealed.data)
        assert verb == "plain", opened
        assert decode(opened) == plain
        header, ciphertext = peer.seal(b"<answer/>" * 100)
        assert client.unwrap_winrm(header, ciphertext) == b"<answer/>" * 100


HOST = socket.gethostname()


@pytest.mark.parametrize("protocol", ["ntlm", "negotiate"])
@pytest.mark.parametrize(
    "user", ["alice", "ALICE", ".\\alice", "WORKGROUP\\alice", "Corp\\Alice", f"{HOST}\\alice", f"alice@{HOST}"]
)
def test_A19_A11_python_client_logs_on_and_seals(users_file, protocol, user):
    client = spnego.client(user, PASSWORD, hostname="localhost", service="http", protocol=protocol, options=PYTHON_ONLY)
    with Peer("accept", users_file, "/nonexistent") as peer:
        assert log_on(client, peer) == ("done", ["alice", "NTLM"])
        check_sealing(client, peer)


@pytest.mark.parametrize("protocol", ["ntlm", "negotiate"])
def test_A1_python_client_with_wrong_password_is_denied(users_file, protocol):
    client = spnego.client(
        "alice", "wrong", hostname="localhost", service="http", protocol=protocol, options=PYTHON_ONLY
    )
    with Peer("accept", users_file, "/nonexistent") as peer:
        assert log_on(client, peer)[0] == "deny"


@pytest.mark.parametrize("protocol", ["ntlm", "negotiate"])
@pytest.mark.parametrize(
    "sent,level,accepted",
    [("ours", "strict", True), ("ours", "relaxed", True), (None, "relaxed", True), (None, "strict", False),
     ("other", "relaxed", False), ("other", "none", True)],
)
def test_python_clients_channel_binding(users_file, protocol, sent, level, accepted):
    def binding(name):
        return b"tls-server-end-point:" + hashlib.sha256(name.encode()).hexdigest().encode()

    client = spnego.client(
        "alice",
        PASSWORD,
        hostname="localhost",
        service="http",
        protocol=protocol,
        options=PYTHON_ONLY,
        channel_bindings=GssChannelBindings(application_data=binding(sent)) if sent else None,
    )
    with Peer("accept", users_file, "/nonexistent", binding("ours").decode(), level) as peer:
        assert (log_on(client, peer)[0] == "done") == accepted


def without_version(challenge):
    """pyspnego's service claims a version (MS-NLMP 2.2.2.10) that it does not send, which gss-ntlmssp refuses."""
    negotiate_version = 0x02000000
    flags = int.from_bytes(challenge[20:24], "little")
    return challenge[:20] + (flags & ~negotiate_version).to_bytes(4, "little") + challenge[24:]


def test_A1_A11_our_client_logs_on_to_a_python_service(tmp_path, monkeypatch):
    credentials = tmp_path / "credentials"
    credentials.write_text(f"CORP:alice:{PASSWORD}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(credentials))
    service = spnego.server(protocol="ntlm", options=PYTHON_ONLY)
    with Peer("initiate", "ntlm", "CORP\\alice", PASSWORD, "localhost") as peer:
        verb, rest = peer.token(b"")
        assert verb == "send", rest
        challenge = service.step(decode(rest))
        verb, rest = peer.token(without_version(challenge))
        assert verb == "done", rest
        service.step(decode(rest.split()[0]))
        assert service.complete
        assert service.client_principal == "CORP\\alice"
        header, ciphertext = peer.seal(b"<question/>")
        assert service.unwrap_winrm(header, ciphertext) == b"<question/>"
        sealed = service.wrap_winrm(b"<answer/>")
        verb, opened = peer.unseal(sealed.header, sealed.data)
        assert (verb, decode(opened)) == ("plain", b"<answer/>")
