"""Many connections and many requests: everybody is served, and memory does not grow."""

import resource
import threading
import time

import pytest
from winrm.protocol import Protocol

from support.envelope import ENUMERATE, GET, PROCESS, Request
from support.raw_http import RawConnection, basic, post_bytes
from support.service import SANITIZED

CONNECTIONS = 200 if SANITIZED else 1000
REQUESTS = 10_000 if SANITIZED else 100_000
WARM_UP = 10_000
LOG_ONS_UNDER_WAY = 4096  # src/base/limits.hpp
GROWTH_KILOBYTES = 8 * 1024


@pytest.fixture(autouse=True)
def enough_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_keep_alive_connections(clear_service):
    """With MaxConnections as it is by default: connections that wait do not count."""
    request = post_bytes(Request(GET).xml().encode(), (basic(clear_service.user.name, clear_service.user.password),))
    connections = [RawConnection(clear_service.http_port, timeout=120) for _ in range(CONNECTIONS)]
    try:
        for turn in range(3):
            for connection in connections:
                connection.send(request)
            statuses = [connection.read_answer().status for connection in connections]
            assert statuses == [200] * CONNECTIONS, f"turn {turn}"
    finally:
        for connection in connections:
            connection.close()


def test_log_ons_that_never_end_keep_nobody_out(start_service):
    service = start_service()
    first_leg = ("Authorization", "Negotiate TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAGFKAAAADw==")
    connections = []
    try:
        for i in range(LOG_ONS_UNDER_WAY + 50):
            connection = RawConnection(service.http_port, timeout=120, source=f"127.0.0.{2 + i % 3}")
            connections.append(connection)
            answer = connection.post(headers=(first_leg,))
            assert answer.all("WWW-Authenticate")[0].startswith("Negotiate TlRM"), "the second leg"
        protocol = Protocol(
            service.http_url, "ntlm", username=service.user.name, password=service.user.password, proxy=None
        )
        assert protocol.send_message(Request(GET).xml()), "somebody else logs on"
    finally:
        for connection in connections:
            connection.close()


def test_memory_does_not_grow(start_service):
    # The address sanitizer keeps freed memory for a while: here only a little of it.
    environment = {"ASAN_OPTIONS": "quarantine_size_mb=1"}
    service = start_service({"Service": {"AllowUnencrypted": True}}, environment=environment)
    send_many(service, WARM_UP)
    before = service.resident_kilobytes()
    send_many(service, REQUESTS)
    time.sleep(1)
    grown = service.resident_kilobytes() - before
    assert grown < GROWTH_KILOBYTES, f"{grown} KiB more after {REQUESTS} requests"


def send_many(service, count: int, connections: int = 4, pipelined: int = 8) -> None:
    """Gets, Enumerates that are never pulled to their end, and faults, over connections that come and go."""
    credentials = basic(service.user.name, service.user.password)
    kinds = [
        post_bytes(Request(GET).xml().encode(), (credentials,)),
        post_bytes(Request(GET, PROCESS, (("Handle", "1"),)).xml().encode(), (credentials,)),
        post_bytes(Request(GET, PROCESS, (("Colour", "1"),)).xml().encode(), (credentials,)),
    ]
    failures = []

    def work() -> None:
        try:
            left = count // connections
            while left > 0:
                with RawConnection(service.http_port, timeout=60) as connection:
                    connection.post(Request(ENUMERATE, PROCESS, body="<n:Enumerate/>").xml().encode(), (credentials,))
                    for _ in range(min(left, 5000) // pipelined):
                        connection.send(b"".join(kinds[turn % len(kinds)] for turn in range(pipelined)))
                        statuses = {connection.read_answer().status for _ in range(pipelined)}
                        assert statuses <= {200, 500}, statuses
                left -= 5000
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
