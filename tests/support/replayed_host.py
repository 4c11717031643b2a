"""A host that answers as a Windows host once did: it replays conversations, from recordings or from fixtures."""

import base64
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from xml.etree import ElementTree

ACTION = re.compile(r"<(?:\w+:)?Action[^>]*>\s*([^<\s]+)\s*<")
MESSAGE_ID = re.compile(r"<(?:\w+:)?MessageID[^>]*>([^<]*)<")
RELATES_TO = re.compile(r"(<(?:\w+:)?RelatesTo[^>]*>)[^<]*(<)")
# What the clients of the recordings did not send and ours does: the end of an empty input.
SEND = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Send"
NEVER = 600
SENT = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"><s:Header>'
    "<a:Action>http://schemas.microsoft.com/wbem/wsman/1/windows/shell/SendResponse</a:Action>"
    "<a:RelatesTo></a:RelatesTo></s:Header><s:Body><rsp:SendResponse/></s:Body></s:Envelope>"
)


@dataclass
class Exchange:
    action: str
    response: str
    used: bool = False

    @property
    def status(self) -> int:
        return 500 if ACTION.search(self.response) and ACTION.search(self.response)[1].endswith("fault") else 200


def action_of(message: str) -> str:
    """ "" for Identify, which has none."""
    found = ACTION.search(message)
    return found[1] if found else ""


def read_recording(file: Path) -> list[Exchange]:
    """The messages of a recording; their scalars stand on one line, plain or in single quotes."""
    exchanges = []
    for line in file.read_text(encoding="utf-8").splitlines():
        key, _, scalar = line.partition(": ")
        if scalar.startswith("'"):
            scalar = scalar[1:-1].replace("''", "'")
        if key == "- request":
            exchanges.append(Exchange(action_of(scalar), ""))
        elif key == "  response":
            exchanges[-1].response = scalar
    return exchanges


def read_fixture(file: Path) -> list[Exchange]:
    """A file of tests/fixtures/windows: the answers in order, each in an element that names the action it answers."""
    text = file.read_text(encoding="utf-8")
    found = re.findall(r'<exchange action="([^"]*)">\s*(.*?)\s*</exchange>', text, re.DOTALL)
    assert found, f"{file} has no exchange"
    return [Exchange(action, response) for action, response in found]


@dataclass
class ReplayedHost:
    """Answers with the next answer to the same action, and keeps what it was asked. Basic, in clear text. Actions are
    named by their last word in `delays`, the seconds before an answer, and `silent`, what is never answered."""

    exchanges: list[Exchange]
    delays: dict[str, float] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)

    def __enter__(self) -> "ReplayedHost":
        host, lock = self, Lock()
        self.over = Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802, the name that the base class calls
                request = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with lock:
                    status, answer = host.answer(request)
                name = action_of(request).rsplit("/", 1)[-1]
                if host.over.wait(NEVER if name in host.silent else host.delays.get(name, 0)):
                    self.close_connection = True
                    return
                body = answer.encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: str) -> tuple[int, str]:
        self.requests.append(request)
        action = action_of(request)
        exchange = next((one for one in self.exchanges if not one.used and one.action == action), None)
        if exchange is None and action == SEND:
            exchange = Exchange(SEND, SENT)
        if exchange is None:
            return 404, ""
        exchange.used = True
        message_id = MESSAGE_ID.search(request)
        text = RELATES_TO.sub(rf"\g<1>{message_id[1] if message_id else ''}\2", exchange.response, count=1)
        return exchange.status, text

    @property
    def actions(self) -> list[str]:
        return [action_of(request).rsplit("/", 1)[-1] for request in self.requests]

    @property
    def unanswered(self) -> list[str]:
        """Recorded exchanges that nobody asked for."""
        return [one.action.rsplit("/", 1)[-1] for one in self.exchanges if not one.used]

    def request(self, action: str) -> ElementTree.Element:
        """The first request of that action, by the action's last word."""
        return ElementTree.fromstring(next(text for text in self.requests if action_of(text).endswith(action)))

    def input(self) -> bytes:
        """What the command was sent on its standard input."""
        sent = [ElementTree.fromstring(text) for text in self.requests if action_of(text) == SEND]
        return b"".join(
            base64.b64decode(stream.text or "") for request in sent for stream in request.iterfind(".//{*}Stream")
        )
