"""Envelopes written by hand: what the protocol promises, message by message."""

import json
import re
import shlex
import subprocess
import time

import pytest

from support.caller import SOAP, Caller
from support.envelope import (
    ANONYMOUS,
    CIMV2,
    CMD_SHELL,
    ENUMERATE,
    GET,
    IDENTIFY,
    OPERATING_SYSTEM,
    PROCESS,
    PULL,
    RELEASE,
    Answer,
    Request,
    new_message_id,
    properties_of,
)
from support.raw_http import RawConnection, basic, post_bytes

# wire reference 9.5
INVALID_TIMEOUT = 2150858767
MUST_UNDERSTAND = 2150858768
INVALID_CONTEXT = 2150858779
CHARACTER_SET = 2150858796
ENVELOPE_TOO_LARGE = 2150858824
SERVER_ENVELOPE_LIMIT = 2150858825
LOCALE_NOT_UNDERSTOOD = 2150858887
SINGLETON_EXPECTED = 2150859002
REQUEST_TOO_LARGE = 2150859025


class TestIdentify:
    def test_P9_without_authentication(self, service):
        with RawConnection(service.http_port) as connection:
            answer = connection.post(IDENTIFY.encode(), (("WSMANIDENTIFY", "unauthenticated"),))
        assert answer.status == 200
        found = Answer(answer.status, answer.body)
        assert found.text(".//wsmid:ProtocolVersion") == "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
        assert found.text(".//wsmid:ProductVersion").startswith("OS: 0.0.0 SP: 0.0 Stack: 3.0")
        assert service.user.name.encode() not in answer.body

    def test_P9_the_header_opens_nothing_but_identify(self, service):
        before = service.hosts()
        with RawConnection(service.http_port) as connection:
            answer = connection.post(Request(GET).xml().encode(), (("WSMANIDENTIFY", "unauthenticated"),))
        assert answer.status != 200
        assert service.hosts() == before

    def test_P10_with_authentication(self, caller):
        response = caller.post(IDENTIFY)
        version = Answer(response.status_code, response.content).text(".//wsmid:ProductVersion")
        assert "Stack: 3.0" in version
        assert not version.startswith("OS: 0.0.0")


class TestHttp:
    def test_P1_get_with_curl(self, clear_service, tmp_path):
        """The tool everybody has, an envelope from a file, no library of ours."""
        (tmp_path / "get.xml").write_text(Request(GET).xml())
        user = clear_service.user
        (tmp_path / "curlrc").write_text(f'user = "{user.name}:{user.password}"\n')
        command = (
            f"curl -sS -K {tmp_path}/curlrc -H {shlex.quote('Content-Type: ' + SOAP)} "
            f"--data-binary @{tmp_path}/get.xml -w '%{{stderr}}%{{json}}' {clear_service.http_url}"
        )
        run = subprocess.run(command, shell=True, capture_output=True, check=True, timeout=30)
        written = json.loads(run.stderr)
        assert written["http_code"] == 200
        assert written["content_type"].replace(" ", "").lower() == SOAP.lower()
        assert Answer(200, run.stdout).properties()["CSName"]

    def test_P2_the_same_over_https(self, service, tmp_path):
        show = ["openssl", "s_client", "-connect", f"127.0.0.1:{service.https_port}"]
        shown = subprocess.run(show, input=b"", capture_output=True, timeout=30, check=False).stdout
        assert b"-----BEGIN CERTIFICATE-----" in shown
        assert Caller(service).call(Request(GET)).properties()["CSName"]

    @pytest.mark.parametrize("version", ["-ssl3", "-tls1", "-tls1_1"])
    def test_old_tls_is_refused(self, service, version):
        command = [
            "openssl",
            "s_client",
            version,
            "-cipher",
            "ALL:@SECLEVEL=0",
            "-connect",
            f"127.0.0.1:{service.https_port}",
        ]
        run = subprocess.run(command, input=b"", capture_output=True, timeout=30, check=False)
        assert b"-----BEGIN CERTIFICATE-----" not in run.stdout

    def test_chunked_body(self, clear_service):
        body = Request(GET).xml().encode()
        name, value = basic(clear_service.user.name, clear_service.user.password)
        head = (
            f"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Type: {SOAP}\r\n{name}: {value}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"
        )
        chunks = [body[start : start + 100] for start in range(0, len(body), 100)] + [b""]
        with RawConnection(clear_service.http_port) as connection:
            connection.send(
                head.encode() + b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
            )
            assert connection.read_answer().status == 200

    def test_expect_100_continue(self, clear_service):
        body = Request(GET).xml().encode()
        name, value = basic(clear_service.user.name, clear_service.user.password)
        with RawConnection(clear_service.http_port) as connection:
            connection.send(post_bytes(body, ((name, value), ("Expect", "100-continue")))[: -len(body)])
            assert connection.read_answer().status == 100
            connection.send(body)
            assert connection.read_answer().status == 200

    def test_pipelined_requests_are_answered_in_order(self, clear_service):
        credentials = basic(clear_service.user.name, clear_service.user.password)
        ids = [new_message_id() for _ in range(5)]
        with RawConnection(clear_service.http_port) as connection:
            connection.send(
                b"".join(post_bytes(Request(GET, message_id=each).xml().encode(), (credentials,)) for each in ids)
            )
            answers = [connection.read_answer() for _ in ids]
        assert [Answer(answer.status, answer.body).relates_to for answer in answers] == ids

    @pytest.mark.parametrize(
        "target", ["/wsman/", "/WSMan", "/wsman?PSVersion=5.1", "http://elsewhere/wsman", "HTTP://[::1]:80/WSMAN"]
    )
    def test_P1_forms_of_the_address(self, clear_service, target):
        credentials = basic(clear_service.user.name, clear_service.user.password)
        with RawConnection(clear_service.http_port) as connection:
            answer = connection.post(Request(GET).xml().encode(), (credentials,), target)
        assert answer.status == 200

    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/wsman/../etc/passwd",
            "/%2e%2e/etc/passwd",
            "//wsman",
            "/wsman2",
            "/WSMAN/x",
            "/wsman//",
            "http://",
            "http://wsman",
        ],
    )
    def test_other_paths_do_not_exist(self, service, path):
        with RawConnection(service.http_port) as connection:
            answer = connection.post(b"", (basic(service.user.name, service.user.password),), path)
        assert answer.status in (400, 401, 404)
        assert b"root:" not in answer.body

    @pytest.mark.parametrize(
        "head",
        [
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 3\r\nContent-Length: 4\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Transfer-Encoding: chunked, identity\r\nContent-Length: 3\r\n",
        ],
    )
    def test_ambiguous_lengths_are_refused(self, clear_service, head):
        name, value = basic(clear_service.user.name, clear_service.user.password)
        with RawConnection(clear_service.http_port) as connection:
            connection.send(f"POST /wsman HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\n{head}\r\n0\r\n\r\n".encode())
            assert connection.read_answer().status in (400, 413)
            assert connection.is_closed_by_peer()

    def test_Q12_a_slow_sender_is_cut_off(self, start_service):
        service = start_service({"Service": {"MaxPacketRetrievalTimeSeconds": 2, "AllowUnencrypted": True}})
        body = Request(GET).xml().encode()
        request = post_bytes(body, (basic(service.user.name, service.user.password),))
        started = time.monotonic()
        with RawConnection(service.http_port) as connection:
            connection.send(request[: -len(body)])
            with pytest.raises((ConnectionError, BrokenPipeError, TimeoutError, AssertionError)):
                for byte in body:
                    assert time.monotonic() - started < 10
                    connection.send(bytes([byte]))
                    time.sleep(0.1)
        assert 1.5 < time.monotonic() - started < 8

    def test_Q8_a_request_larger_than_the_service_takes(self, start_service):
        service = start_service({"": {"MaxEnvelopeSizekb": 32}})
        response = Caller(service).post(Request(GET, headers=f"<a:X>{'x' * 40000}</a:X>").xml())
        assert response.status_code in (413, 500)
        if response.status_code == 500:
            assert Answer(500, response.content).fault_code in (REQUEST_TOO_LARGE, SERVER_ENVELOPE_LIMIT)
        assert Caller(service).call(Request(GET)).status == 200


class TestAddressing:
    def test_P3_answer_relates_to_the_request(self, caller):
        message_id = new_message_id()
        answer = caller.call(Request(GET, message_id=message_id))
        assert answer.status == 200
        assert answer.relates_to == message_id
        assert answer.action == GET + "Response"
        assert answer.text("s:Header/a:MessageID") != message_id
        assert answer.text("s:Header/a:To") == ANONYMOUS

    def test_P3_no_answer_to_another_address(self, caller):
        answer = caller.call(Request(GET, reply_to="http://192.0.2.1/elsewhere"))
        assert answer.is_fault

    @pytest.mark.parametrize(
        "message_id, subcode",
        [
            ("", "MessageInformationHeaderRequired"),
            ("<a:MessageID>12</a:MessageID>", "InvalidMessageInformationHeader"),
        ],
    )
    def test_P3_message_id_is_required(self, caller, message_id, subcode):
        xml = re.sub("<a:MessageID>.*?</a:MessageID>", message_id, Request(GET).xml())
        response = caller.post(xml)
        assert Answer(response.status_code, response.content).fault_subcode == subcode

    def test_P3_an_envelope_without_action_is_not_dispatched(self, caller):
        response = caller.post(re.sub("<a:Action.*?</a:Action>", "", Request(GET).xml()))
        assert Answer(response.status_code, response.content).is_fault

    def test_duplicate_header_is_refused(self, caller):
        answer = caller.call(Request(GET, headers=f"<a:Action>{ENUMERATE}</a:Action>"))
        assert answer.is_fault

    def test_unknown_action(self, caller):
        answer = caller.call(Request("http://example.test/action"))
        assert answer.fault_subcode == "ActionNotSupported"

    @pytest.mark.parametrize("resource", [CIMV2 + "Win32_NoSuchClass", "http://example.test/resource"])
    def test_unknown_resource(self, caller, resource):
        assert caller.call(Request(GET, resource)).fault_subcode in ("DestinationUnreachable", "InvalidClass")


class TestHeaders:
    def test_P11_envelope_size_below_8192(self, caller):
        answer = caller.call(Request(GET, envelope_size=8191))
        assert answer.fault_subcode == "EncodingLimit"
        assert answer.fault_detail == "MinimumEnvelopeLimit"

    def test_P11_object_larger_than_the_envelope(self, caller):
        process = subprocess.Popen(["sh", "-c", "read _ < /dev/zero & wait", "x" * 30000], stdin=subprocess.DEVNULL)
        try:
            selectors = (("Handle", str(process.pid)),)
            answer = caller.call(Request(GET, PROCESS, selectors, envelope_size=20000))
            assert answer.fault_code == ENVELOPE_TOO_LARGE
            assert answer.fault_detail == "MaxEnvelopeSizeExceeded"
            assert len(answer.body) <= 20000
            assert "x" * 30000 in caller.call(Request(GET, PROCESS, selectors)).properties()["CommandLine"]
        finally:
            subprocess.run(["pkill", "-P", str(process.pid)], check=False)
            process.kill()
            process.wait()

    def test_P13_locale(self, caller):
        accepted = '<w:Locale xml:lang="en-US" s:mustUnderstand="false"/><p:DataLocale xml:lang="de-DE" s:mustUnderstand="false"/>'
        assert caller.call(Request(GET, headers=accepted)).status == 200
        refused = caller.call(Request(GET, headers='<w:Locale xml:lang="en-US" s:mustUnderstand="true"/>'))
        assert (refused.fault_code, refused.fault_detail) == (LOCALE_NOT_UNDERSTOOD, "Locale")

    def test_P14_unknown_selector(self, caller):
        answer = caller.call(Request(GET, PROCESS, (("Colour", "blue"),)))
        assert answer.fault_subcode == "InvalidSelectors"

    def test_P14_duplicate_selector(self, caller):
        answer = caller.call(Request(GET, PROCESS, (("Handle", "1"), ("Handle", "2"))))
        assert answer.fault_subcode == "InvalidSelectors"

    def test_P14_unknown_option_that_must_be_obeyed(self, caller):
        options = '<w:OptionSet s:mustUnderstand="true"><w:Option Name="NoSuchOption" MustComply="true">1</w:Option></w:OptionSet>'
        assert caller.call(Request(GET, headers=options)).fault_subcode == "InvalidOptions"

    def test_P15_unknown_header_that_must_be_understood(self, caller):
        header = '<u:Strange xmlns:u="http://example.test/u" s:mustUnderstand="{}"/>'
        answer = caller.call(Request(GET, headers=header.format("true")))
        assert answer.fault_code == MUST_UNDERSTAND
        assert answer.text("s:Body/s:Fault/s:Code/s:Value").endswith(":MustUnderstand")
        assert caller.call(Request(GET, headers=header.format("false"))).status == 200

    @pytest.mark.parametrize("timeout", ["PT-5S", "soon", "-PT1S"])
    def test_invalid_operation_timeout(self, caller, timeout):
        answer = caller.call(Request(GET, headers=f"<w:OperationTimeout>{timeout}</w:OperationTimeout>"))
        assert answer.is_fault

    def test_P17_faults_carry_their_number(self, caller):
        answer = caller.call(Request(GET, CIMV2 + "Win32_NoSuchClass"))
        assert answer.status == 500
        assert answer.fault_code >= 0x80041002
        assert answer.find("s:Body/s:Fault/s:Detail/f:WSManFault").get("Machine")
        assert "".join(answer.find("s:Body/s:Fault/s:Detail/f:WSManFault/f:Message").itertext()).strip()


class TestEncodings:
    @pytest.mark.parametrize(
        "codec, mark, charset",
        [
            ("utf-16-le", b"\xff\xfe", ";charset=UTF-16"),
            ("utf-16-be", b"\xfe\xff", ";charset=UTF-16"),
            ("utf-16-le", b"", ";charset=UTF-16"),
            ("utf-16-be", b"", ";charset=UTF-16"),
            ("utf-16-le", b"\xff\xfe", ""),
            ("utf-16-be", b"\xfe\xff", ""),
        ],
    )
    def test_P16_utf_16(self, caller, codec, mark, charset):
        xml = mark + Request(GET).xml().encode(codec)
        response = caller.post(xml, "application/soap+xml" + charset)
        assert response.status_code == 200
        assert "utf-16" in response.headers["Content-Type"].lower()
        assert "Win32_OperatingSystem" in response.content.decode("utf-16")

    def test_P16_utf_8_with_a_mark(self, caller):
        assert caller.post(b"\xef\xbb\xbf" + Request(GET).xml().encode()).status_code == 200

    def test_P16_other_encodings_are_refused(self, caller):
        response = caller.post(Request(GET).xml().encode("latin-1"), "application/soap+xml;charset=ISO-8859-1")
        answer = Answer(response.status_code, response.content)
        assert answer.fault_subcode == "EncodingLimit"
        assert answer.fault_detail == "CharacterSet"

    def test_invalid_utf_8(self, caller):
        response = caller.post(Request(GET).xml().replace("127.0.0.1", "@@").encode().replace(b"@@", b"\xff\xfe"))
        assert response.status_code in (400, 500)


class TestHostileXml:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"not xml",
            b"<a/>",
            b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + Request(GET).xml().encode(),
            b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'>" + Request(GET).xml().encode(),
            Request(GET, headers="<a:X>" * 3000 + "</a:X>" * 3000).xml().encode(),
            Request(GET, headers="<a:X " + " ".join(f'a{n}="1"' for n in range(5000)) + "/>").xml().encode(),
            Request(GET, selectors=tuple((f"S{n}", "v") for n in range(5000))).xml().encode(),
            Request(GET, selectors=(("Handle", "1" * 100000),)).xml().encode(),
            Request(GET).xml().encode()[:-20],
        ],
        ids=[
            "empty",
            "text",
            "other root",
            "entity",
            "external",
            "deep",
            "attributes",
            "selectors",
            "long selector",
            "cut",
        ],
    )
    def test_is_refused_and_the_service_goes_on(self, caller, body):
        response = caller.post(body)
        if body:
            assert response.status_code in (400, 413, 500)
            assert b"root:" not in response.content
        assert caller.call(Request(GET)).status == 200


class TestEnumeration:
    OPTIMIZED = "<w:OptimizeEnumeration/><w:MaxElements>{}</w:MaxElements>"

    def test_P5_pull_to_the_end(self, caller):
        answer = caller.call(Request(ENUMERATE, PROCESS, body="<n:Enumerate/>"))
        context = answer.text("s:Body/n:EnumerateResponse/n:EnumerationContext")
        assert context and answer.find(".//w:Items") is None
        sizes = []
        while True:
            body = f"<n:Pull><n:EnumerationContext>{context}</n:EnumerationContext><n:MaxElements>2</n:MaxElements></n:Pull>"
            answer = caller.call(Request(PULL, PROCESS, body=body))
            sizes.append(len(answer.find("s:Body/n:PullResponse/n:Items")))
            if answer.find("s:Body/n:PullResponse/n:EndOfSequence") is not None:
                break
            context = answer.text("s:Body/n:PullResponse/n:EnumerationContext")
        assert len(sizes) > 1
        assert set(sizes[:-1]) == {2} and sizes[-1] in (1, 2)
        assert not answer.text("s:Body/n:PullResponse/n:EnumerationContext")

    def test_P5_optimized(self, caller):
        answer = caller.call(Request(ENUMERATE, PROCESS, body=f"<n:Enumerate>{self.OPTIMIZED.format(3)}</n:Enumerate>"))
        assert len(answer.find("s:Body/n:EnumerateResponse/w:Items")) == 3
        whole = caller.call(
            Request(ENUMERATE, OPERATING_SYSTEM, body=f"<n:Enumerate>{self.OPTIMIZED.format(3)}</n:Enumerate>")
        )
        assert len(whole.find("s:Body/n:EnumerateResponse/w:Items")) == 1
        assert whole.find("s:Body/n:EnumerateResponse/w:EndOfSequence") is not None

    def test_P5_release(self, caller):
        context = caller.call(Request(ENUMERATE, PROCESS, body="<n:Enumerate/>")).text(".//n:EnumerationContext")
        body = "<n:{0}><n:EnumerationContext>" + context + "</n:EnumerationContext></n:{0}>"
        assert caller.call(Request(RELEASE, PROCESS, body=body.format("Release"))).status == 200
        answer = caller.call(Request(PULL, PROCESS, body=body.format("Pull")))
        assert (answer.fault_subcode, answer.fault_code) == ("InvalidEnumerationContext", INVALID_CONTEXT)

    def test_P21_references(self, caller):
        mode = self.OPTIMIZED.format(1000) + "<w:EnumerationMode>{}</w:EnumerationMode>"
        references = caller.enumerate(PROCESS, mode.format("EnumerateEPR"))
        assert len(references) > 1
        assert {item.tag.split("}")[1] for item in references} == {"EndpointReference"}
        both = caller.enumerate(PROCESS, mode.format("EnumerateObjectAndEPR"))
        assert [child.tag.split("}")[1] for child in both[0]] == ["Win32_Process", "EndpointReference"]
        names = {"w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"}
        handle = references[0].find(".//w:Selector[@Name='Handle']", names).text
        assert caller.call(Request(GET, PROCESS, (("Handle", handle),))).properties()["Handle"] == handle

    def test_Q9_batches_are_capped(self, start_service):
        service = start_service({"": {"MaxBatchItems": 2}})
        answer = Caller(service).call(
            Request(ENUMERATE, PROCESS, body=f"<n:Enumerate>{self.OPTIMIZED.format(50)}</n:Enumerate>")
        )
        assert len(answer.find("s:Body/n:EnumerateResponse/w:Items")) == 2
        context = answer.text(".//n:EnumerationContext")
        body = (
            f"<n:Pull><n:EnumerationContext>{context}</n:EnumerationContext><n:MaxElements>50</n:MaxElements></n:Pull>"
        )
        answer = Caller(service).call(Request(PULL, PROCESS, body=body))
        assert len(answer.find("s:Body/n:PullResponse/n:Items")) <= 2

    def test_Q8_P11_batches_are_split_to_fit_the_envelope(self, caller):
        request = Request(
            ENUMERATE, PROCESS, body=f"<n:Enumerate>{self.OPTIMIZED.format(1000)}</n:Enumerate>", envelope_size=16384
        )
        answer = caller.call(request)
        assert not answer.is_fault
        assert len(answer.body) <= 16384
        whole = caller.enumerate(PROCESS, self.OPTIMIZED.format(1000))
        assert len(answer.find("s:Body/n:EnumerateResponse/w:Items")) < len(whole)


class TestClasses:
    def test_M2_get_by_key(self, caller):
        assert caller.call(Request(GET, PROCESS, (("Handle", "1"),))).properties()["ProcessId"] == "1"

    def test_M3_singleton_without_a_key(self, caller):
        assert caller.call(Request(GET, OPERATING_SYSTEM)).status == 200
        answer = caller.call(Request(GET, PROCESS))
        assert (answer.fault_subcode, answer.fault_code) == ("InvalidSelectors", SINGLETON_EXPECTED)

    def test_missing_instance(self, caller):
        assert caller.call(Request(GET, PROCESS, (("Handle", "99999999"),))).is_fault

    @pytest.mark.parametrize("name", ["OperatingSystem", "ComputerSystem", "Process", "Service", "LogicalDisk"])
    def test_every_class_is_named_as_asked(self, caller, name):
        items = caller.enumerate(CIMV2 + f"Win32_{name}", self_optimized())
        if not items and name in ("Service", "LogicalDisk"):
            pytest.skip(f"this machine has no Win32_{name}")
        assert {item.tag for item in items} == {"{" + CIMV2 + f"Win32_{name}}}Win32_{name}"}
        assert all(properties_of(item).get("Name", properties_of(item).get("Caption")) for item in items)


def self_optimized() -> str:
    return TestEnumeration.OPTIMIZED.format(100)


class TestShellResource:
    def test_S7_shells_are_listed(self, caller, service):
        from pypsrp.shell import WinRS
        from pypsrp.wsman import WSMan

        options = {"port": service.https_port, "auth": "basic", "cert_validation": False, "no_proxy": True}
        with WSMan("127.0.0.1", username=service.user.name, password=service.user.password, **options) as connection:
            with WinRS(connection) as shell:
                resource = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
                items = caller.enumerate(resource, self_optimized())
                assert shell.id in {properties_of(item)["ShellId"] for item in items}
                answer = caller.call(Request(GET, CMD_SHELL, (("ShellId", shell.id),)))
                assert answer.properties()["ShellId"] == shell.id
            assert caller.call(Request(GET, CMD_SHELL, (("ShellId", shell.id or ""),))).is_fault
