"""CIM operations as a management tool asks for them: instances, changes, methods."""

import subprocess
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from support.caller import Caller
from support.envelope import CIMV2, ENUMERATE, GET, Answer, Request, properties_of

PUT = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Put"
CREATE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create"
DELETE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
STANDARD_CIMV2 = CIMV2.replace("root/cimv2", "root/standardcimv2")


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@dataclass(frozen=True)
class Instance:
    """One instance, named by its keys."""

    caller: Caller
    resource: str
    keys: dict[str, str] = field(default_factory=dict)

    def _call(self, action: str, body: str = "") -> Answer:
        return self.caller.call(Request(action, self.resource, selectors=selectors(self.keys), body=body))

    def get(self) -> dict[str, str | None]:
        answer = self._call(GET)
        assert not answer.is_fault, answer.body
        return answer.properties()

    def put(self, **changes) -> Answer:
        return self._call(PUT, self._element(self._name, changes))

    def create(self, **properties) -> Answer:
        return self._call(CREATE, self._element(self._name, properties))

    def delete(self) -> Answer:
        return self._call(DELETE)

    def invoke(self, method: str, **parameters) -> Answer:
        return self._call(f"{self.resource}/{method}", self._element(f"{method}_INPUT", parameters))

    def result_of(self, method: str, **parameters) -> int:
        """The ReturnValue of a method."""
        answer = self.invoke(method, **parameters)
        assert not answer.is_fault, answer.body
        return int(answer.properties()["ReturnValue"])

    @property
    def _name(self) -> str:
        return self.resource.rsplit("/", 1)[-1]

    def _element(self, name: str, values: dict) -> str:
        content = "".join(element(key, value) for key, value in values.items())
        return f'<c:{name} xmlns:c="{self.resource}">{content}</c:{name}>'


def element(name: str, value) -> str:
    if isinstance(value, list):
        return "".join(element(name, item) for item in value)
    if isinstance(value, bool):
        value = str(value).lower()
    return f"<c:{name}>{escape(str(value))}</c:{name}>"


def selectors(keys: dict) -> tuple[tuple[str, str], ...]:
    return tuple((name, escape(str(value))) for name, value in keys.items())


def instance(caller: Caller, class_name: str, **keys) -> Instance:
    return Instance(caller, CIMV2 + class_name, keys)


def instances(caller: Caller, class_name: str, namespace: str = CIMV2) -> list[dict[str, str | None]]:
    items = caller.enumerate(namespace + class_name, "<w:MaxElements>500</w:MaxElements>")
    return [properties_of(item) for item in items]


def query(caller: Caller, text: str, namespace: str = CIMV2) -> list[dict[str, str | None]]:
    return [properties_of(item) for item in caller.enumerate(namespace + "*", query_body(text))]


def failed_query(caller: Caller, text: str, namespace: str = CIMV2) -> Answer:
    body = f"<n:Enumerate><w:OptimizeEnumeration/>{query_body(text)}</n:Enumerate>"
    answer = caller.call(Request(ENUMERATE, namespace + "*", body=body))
    assert answer.is_fault, answer.body
    return answer


def query_body(text: str) -> str:
    return f'<w:Filter Dialect="{WQL}">{escape(text)}</w:Filter>'
