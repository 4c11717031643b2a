"""HTTP by hand on one socket, for what no library would send."""

import base64
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class RawAnswer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


class RawConnection:
    def __init__(self, port: int, timeout: float = 20, source: str = "127.0.0.1"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0))
        self.buffer = b""

    def __enter__(self) -> "RawConnection":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def post(self, body: bytes = b"", headers: tuple[tuple[str, str], ...] = (), path: str = "/wsman") -> RawAnswer:
        self.send(post_bytes(body, headers, path))
        return self.read_answer()

    def read_answer(self) -> RawAnswer:
        head = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(head[0].split()[1])
        headers = [
            (name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in head[1:] if line)
        ]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        while len(self.buffer) < length:
            self._receive()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return RawAnswer(status, headers, body)

    def is_closed_by_peer(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except (ConnectionError, TimeoutError):
            return True

    def _read_until(self, mark: bytes) -> bytes:
        while mark not in self.buffer:
            self._receive()
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def _receive(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError(f"closed by the service after {len(self.buffer)} bytes")
        self.buffer += data


def post_bytes(body: bytes, headers: tuple[tuple[str, str], ...] = (), path: str = "/wsman") -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/soap+xml;charset=UTF-8",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def basic(name: str, password: str) -> tuple[str, str]:
    return "Authorization", "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
