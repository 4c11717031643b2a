"""Sends hand-made envelopes as an authenticated client that knows nothing: requests with Basic over HTTPS."""

import requests

from support.envelope import ENUMERATE, PULL, Answer, Request
from support.service import Service, User

SOAP = "application/soap+xml;charset=UTF-8"


class Caller:
    def __init__(self, service: Service, user: User | None = None, url: str | None = None):
        user = user or service.user
        self.url = url or service.https_url
        self.session = requests.Session()
        self.session.auth = (user.name, user.password)
        self.session.verify = False
        self.session.trust_env = False

    def post(self, body: bytes | str, content_type: str = SOAP, **headers: str) -> requests.Response:
        data = body.encode() if isinstance(body, str) else body
        return self.session.post(self.url, data=data, headers={"Content-Type": content_type, **headers}, timeout=60)

    def call(self, request: Request) -> Answer:
        response = self.post(request.xml())
        return Answer(response.status_code, response.content)

    def enumerate(self, resource: str, enumerate_body: str = "", pull_body: str = "") -> list:
        """All items of an enumeration, pulled to its end."""
        answer = self.call(Request(ENUMERATE, resource, body=f"<n:Enumerate>{enumerate_body}</n:Enumerate>"))
        items = [item for found in answer.findall("s:Body/n:EnumerateResponse/w:Items") for item in found]
        context = answer.text("s:Body/n:EnumerateResponse/n:EnumerationContext")
        while context:
            body = f"<n:Pull><n:EnumerationContext>{context}</n:EnumerationContext>{pull_body}</n:Pull>"
            answer = self.call(Request(PULL, resource, body=body))
            assert not answer.is_fault, answer.body
            items += [item for found in answer.findall("s:Body/n:PullResponse/n:Items") for item in found]
            context = answer.text("s:Body/n:PullResponse/n:EnumerationContext")
            if answer.find("s:Body/n:PullResponse/n:EndOfSequence") is not None:
                break
        return items
