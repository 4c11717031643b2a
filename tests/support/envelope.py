"""Hand-made SOAP envelopes, and what the answers say."""

import uuid
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

NAMESPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "n": "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "f": "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
    "wsmid": "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd",
}
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
ENUMERATE = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate"
PULL = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Pull"
RELEASE = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Release"
CIMV2 = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/"
OPERATING_SYSTEM = CIMV2 + "Win32_OperatingSystem"
PROCESS = CIMV2 + "Win32_Process"
CMD_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd"
FAULT_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"

IDENTIFY = (
    f'<s:Envelope xmlns:s="{NAMESPACES["s"]}" xmlns:wsmid="{NAMESPACES["wsmid"]}">'
    "<s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>"
)


@dataclass(frozen=True)
class Request:
    """One request; `headers` and `body` are XML with the prefixes of NAMESPACES."""

    action: str
    resource: str = OPERATING_SYSTEM
    selectors: tuple[tuple[str, str], ...] = ()
    headers: str = ""
    body: str = ""
    message_id: str = ""
    envelope_size: int = 153600
    to: str = "http://127.0.0.1/wsman"
    reply_to: str = ANONYMOUS

    def xml(self) -> str:
        declarations = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
        selectors = "".join(f'<w:Selector Name="{name}">{value}</w:Selector>' for name, value in self.selectors)
        return (
            f"<s:Envelope {declarations}><s:Header>"
            f'<a:To>{self.to}</a:To><w:ResourceURI s:mustUnderstand="true">{self.resource}</w:ResourceURI>'
            f'<a:ReplyTo><a:Address s:mustUnderstand="true">{self.reply_to}</a:Address></a:ReplyTo>'
            f'<a:Action s:mustUnderstand="true">{self.action}</a:Action>'
            f'<w:MaxEnvelopeSize s:mustUnderstand="true">{self.envelope_size}</w:MaxEnvelopeSize>'
            f"<a:MessageID>{self.message_id or new_message_id()}</a:MessageID>"
            + (f"<w:SelectorSet>{selectors}</w:SelectorSet>" if selectors else "")
            + f"{self.headers}</s:Header><s:Body>{self.body}</s:Body></s:Envelope>"
        )


def new_message_id() -> str:
    return f"uuid:{str(uuid.uuid4()).upper()}"


class Answer:
    """An HTTP answer with an envelope in it."""

    def __init__(self, status: int, body: bytes):
        self.status = status
        self.body = body
        self.root = ElementTree.fromstring(body)

    def find(self, path: str):
        return self.root.find(path, NAMESPACES)

    def findall(self, path: str):
        return self.root.findall(path, NAMESPACES)

    def text(self, path: str) -> str | None:
        element = self.find(path)
        return None if element is None else element.text

    @property
    def action(self) -> str | None:
        return self.text("s:Header/a:Action")

    @property
    def relates_to(self) -> str | None:
        return self.text("s:Header/a:RelatesTo")

    @property
    def is_fault(self) -> bool:
        return self.find("s:Body/s:Fault") is not None

    @property
    def fault_code(self) -> int:
        """The decimal code of WSManFault."""
        return int(self.find("s:Body/s:Fault/s:Detail/f:WSManFault").get("Code"))

    @property
    def fault_subcode(self) -> str:
        """Without its prefix."""
        return self.text("s:Body/s:Fault/s:Code/s:Subcode/s:Value").split(":")[-1]

    @property
    def fault_detail(self) -> str | None:
        text = self.text("s:Body/s:Fault/s:Detail/w:FaultDetail")
        return None if text is None else text.removeprefix(FAULT_DETAIL)

    def instance(self):
        """The one element in the body."""
        return self.find("s:Body")[0]

    def properties(self) -> dict[str, str | None]:
        return properties_of(self.instance())


def properties_of(instance) -> dict[str, str | None]:
    """A datetime is in an element of its own; null is None."""
    return {child.tag.split("}")[-1]: "".join(child.itertext()) or None for child in instance}
