"""For tests of eventing: a journal that the test writes, a service that reads it, and an address that events are
pushed to. The journal is made by systemd-journal-remote, over the machine's own in a mount namespace of the service."""

import itertools
import os
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from support.envelope import NAMESPACES, PULL, Answer, Request, new_message_id
from support.service import Service

EVENT_LOG = "http://schemas.microsoft.com/wbem/wsman/1/windows/EventLog"
EVENT = "{http://schemas.microsoft.com/win/2004/08/events/event}"
EVENTING = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman"
PUSH, PUSH_WITH_ACK, EVENTS = EVENTING + "/DeliveryModes/Push", WSMAN + "/PushWithAck", WSMAN + "/Events"
PULL_MODE = WSMAN + "/Pull"
QUERY_LIST = "http://schemas.microsoft.com/win/2004/08/events/eventquery"
NAMESPACES.setdefault("e", EVENTING)

JOURNAL_REMOTE = Path("/usr/lib/systemd/systemd-journal-remote")
BOOT = "1" * 32


class Journal:
    """A journal of this machine's name in `folder`."""

    def __init__(self, folder: Path):
        machine = Path("/etc/machine-id").read_text().strip()
        self.folder = folder
        self.file = folder / machine / "system.journal"
        self.file.parent.mkdir(parents=True)
        self.count = itertools.count(1)
        self.machine = machine

    def write(self, message: str, **fields: object) -> None:
        number = next(self.count)
        entry = {
            "__REALTIME_TIMESTAMP": int(time.time() * 1_000_000),
            "__MONOTONIC_TIMESTAMP": number * 1_000_000,
            "_BOOT_ID": BOOT,
            "_MACHINE_ID": self.machine,
            "_HOSTNAME": "db1",
            "_PID": 77,
            "_UID": 0,
            "PRIORITY": 6,
            "SYSLOG_FACILITY": 3,
            "SYSLOG_IDENTIFIER": "tests",
            "MESSAGE": message,
            **fields,
        }
        text = "".join(f"{name}={value}\n" for name, value in entry.items()) + "\n"
        command = [JOURNAL_REMOTE, f"--output={self.file}", "--seal=no", "--compress=no", "-"]
        run = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30, check=False)
        assert run.returncode == 0, run.stderr


class JournalService(Service):
    """Reads the journal of the test where others read the machine's."""

    def __init__(self, folder: Path, journal: Journal, settings: dict | None = None):
        self.journal = journal
        super().__init__(folder, settings)

    def _as_account(self, command: list[str]) -> list[str]:
        bind = 'mount --bind "$0" /var/log/journal && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", bind, str(self.journal.folder), *super()._as_account(command)]


def require_journal() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to put a journal of its own over the machine's")
    if not JOURNAL_REMOTE.exists():
        pytest.skip("needs the package systemd-journal-remote, to write a journal")
    if not Path("/var/log/journal").is_dir():
        pytest.skip("needs the folder /var/log/journal, to put another over it")


@contextmanager
def journal_service(folder: Path, settings: dict | None = None):
    require_journal()
    journal = Journal(folder / "journal")
    journal.write("the journal begins")
    service = JournalService(folder, journal, settings).start()
    try:
        yield service
    finally:
        if service.process.poll() is None:
            assert service.stop() == 0, service.log


class EventSink:
    """An HTTP address that keeps the messages posted to it, and acknowledges those that ask for it."""

    def __init__(self, status: int = 200):
        self.messages: list[Answer] = []
        self.arrived = threading.Condition()
        self.status = status
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if sink.status != 200:
                    return self.reply(sink.status, b"")
                message = Answer(200, body)
                with sink.arrived:
                    sink.messages.append(message)
                    sink.arrived.notify_all()
                wants_ack = message.find("s:Header/w:AckRequested") is not None
                self.reply(200, acknowledgement(message) if wants_ack else b"")

            def reply(self, status: int, body: bytes):
                self.send_response(status)
                if body:
                    self.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/sink"

    def wait_for(self, matches, seconds: float = 20) -> Answer:
        """The first message that `matches`."""
        deadline = time.monotonic() + seconds
        with self.arrived:
            while True:
                found = next((message for message in self.messages if matches(message)), None)
                if found is not None:
                    return found
                left = deadline - time.monotonic()
                assert left > 0, f"no such message among {[message.action for message in self.messages]}"
                self.arrived.wait(left)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def acknowledgement(message: Answer) -> bytes:
    related = escape(message.text("s:Header/a:MessageID"))
    return (
        f'<s:Envelope xmlns:s="{NAMESPACES["s"]}" xmlns:a="{NAMESPACES["a"]}"><s:Header>'
        f"<a:Action>{WSMAN}/Ack</a:Action><a:MessageID>{new_message_id()}</a:MessageID>"
        f"<a:RelatesTo>{related}</a:RelatesTo></s:Header><s:Body></s:Body></s:Envelope>"
    ).encode()


def subscribe(mode: str, delivery: str = "", behind: str = "", end_to: str = "", options: str = "") -> Request:
    end = f"<e:EndTo><a:Address>{end_to}</a:Address></e:EndTo>" if end_to else ""
    body = f'<e:Subscribe>{end}<e:Delivery Mode="{mode}">{delivery}</e:Delivery>{behind}</e:Subscribe>'
    return Request(EVENTING + "/Subscribe", EVENT_LOG, headers=options, body=body)


def notify_to(sink: EventSink) -> str:
    return (
        f"<e:NotifyTo><a:Address>{sink.url}</a:Address><a:ReferenceProperties>"
        "<e:Identifier>the-sinks-own</e:Identifier></a:ReferenceProperties></e:NotifyTo>"
    )


def query(*selects: tuple[str, str]) -> str:
    inner = "".join(f'<Select Path="{log}">{escape(path)}</Select>' for log, path in selects)
    return f'<w:Filter Dialect="{QUERY_LIST}"><QueryList><Query Id="0">{inner}</Query></QueryList></w:Filter>'


def manage(operation: str, identifier: str, content: str = "") -> Request:
    return Request(
        f"{EVENTING}/{operation}",
        EVENT_LOG,
        headers=f"<e:Identifier>{identifier}</e:Identifier>",
        body=f"<e:{operation}>{content}</e:{operation}>",
    )


def identifier_of(answer: Answer) -> str:
    assert not answer.is_fault, answer.body
    found = answer.text("s:Body/e:SubscribeResponse/e:SubscriptionManager/a:ReferenceParameters/e:Identifier")
    assert found, answer.body
    return found


def context_of(answer: Answer) -> str:
    assert not answer.is_fault, answer.body
    return answer.text("s:Body/e:SubscribeResponse/n:EnumerationContext")


def pull(context: str, timeout: str = "PT20S", limits: str = "<n:MaxElements>50</n:MaxElements>") -> Request:
    return Request(
        PULL,
        EVENT_LOG,
        headers=f"<w:OperationTimeout>{timeout}</w:OperationTimeout>",
        body=f"<n:Pull><n:EnumerationContext>{context}</n:EnumerationContext>{limits}</n:Pull>",
    )


def events_of(pulled: Answer) -> list:
    assert not pulled.is_fault, pulled.body
    return pulled.findall("s:Body/n:PullResponse/n:Items/")


def message_of(event) -> str:
    return next(data.text for data in event.iter(f"{EVENT}Data") if data.get("Name") == "MESSAGE")
