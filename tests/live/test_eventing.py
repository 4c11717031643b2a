"""WS-Eventing over the event log: every delivery mode, filters, bookmarks, and what a stopping service says."""

import socket
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from support.caller import Caller
from support.envelope import NAMESPACES
from support.events import (
    EVENT,
    EVENTING,
    EVENTS,
    PULL_MODE,
    PUSH,
    PUSH_WITH_ACK,
    WSMAN,
    EventSink,
    context_of,
    events_of,
    identifier_of,
    journal_service,
    manage,
    message_of,
    notify_to,
    pull,
    query,
    subscribe,
)

CLEAR = {"Client": {"AllowUnencrypted": True}}
BOOKMARK = "s:Header/w:Bookmark"


@pytest.fixture(scope="module")
def running():
    settings = {**CLEAR, "Service": {"RootSDDL": "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;AU)"}}
    with tempfile.TemporaryDirectory(prefix="winrm-test-") as name, journal_service(Path(name), settings) as started:
        yield started


@pytest.fixture
def own():
    """A service of the test's own, to be stopped."""
    with tempfile.TemporaryDirectory(prefix="winrm-test-") as name, journal_service(Path(name), CLEAR) as started:
        yield started


@pytest.fixture
def call(running):
    return Caller(running).call


@pytest.fixture
def sink():
    opened = EventSink()
    yield opened
    opened.close()


@pytest.fixture
def subscribed(call):
    """Subscribes, and unsubscribes when the test is over."""
    identifiers = []

    def subscribe_to(*arguments, **named):
        answer = call(subscribe(*arguments, **named))
        if not answer.is_fault:
            identifiers.append(identifier_of(answer))
        return answer

    yield subscribe_to
    for identifier in identifiers:
        call(manage("Unsubscribe", identifier))


def test_P6_pull_delivers_an_event(running, call, subscribed):
    context = context_of(subscribed(PULL_MODE, behind="<w:SendBookmarks/>"))
    threading.Timer(0.5, running.journal.write, ["pulled"], {"PRIORITY": 3, "SYSLOG_FACILITY": 10}).start()
    began = time.monotonic()
    answer = call(pull(context))
    assert 0.3 < time.monotonic() - began < 10, "the Pull waits for the event, and no longer"
    (event,) = events_of(answer)
    assert event.tag == f"{EVENT}Event"
    system = event.find(f"{EVENT}System")
    assert system.find(f"{EVENT}Provider").get("Name") == "tests"
    assert system.findtext(f"{EVENT}Level") == "2"
    assert system.findtext(f"{EVENT}Channel") == "Security"
    assert system.findtext(f"{EVENT}Computer") == "db1"
    assert system.find(f"{EVENT}Execution").get("ProcessID") == "77"
    assert system.find(f"{EVENT}TimeCreated").get("SystemTime").endswith("Z")
    assert message_of(event) == "pulled"
    assert answer.find(f"{BOOKMARK}/BookmarkList/Bookmark").get("RecordId") == system.findtext(f"{EVENT}EventRecordID")


def test_P6_push_delivers_an_event(running, subscribed, sink):
    assert not subscribed(PUSH, notify_to(sink)).is_fault
    running.journal.write("pushed")
    message = sink.wait_for(lambda message: message.action == f"{WSMAN}/Event")
    assert message_of(message.instance()) == "pushed"
    assert message.text("s:Header/e:Identifier") == "the-sinks-own"
    assert message.find("s:Header/w:AckRequested") is None


def test_P6_push_with_ack_repeats_what_was_not_acknowledged(running, subscribed, sink):
    sink.status = 503
    retry = '<w:ConnectionRetry Total="50">PT0.2S</w:ConnectionRetry>'
    assert not subscribed(PUSH_WITH_ACK, notify_to(sink) + retry).is_fault
    running.journal.write("acknowledged")
    time.sleep(1)
    sink.status = 200
    message = sink.wait_for(lambda message: message.action == f"{WSMAN}/Event")
    assert message.find("s:Header/w:AckRequested") is not None
    assert message_of(message.instance()) == "acknowledged"


def test_P6_events_are_delivered_in_batches(running, subscribed, sink):
    delivery = notify_to(sink) + "<w:MaxTime>PT2S</w:MaxTime><w:MaxElements>3</w:MaxElements>"
    cdata = '<w:OptionSet><w:Option Name="CDATA"/><w:Option Name="ContentFormat">RenderedText</w:Option></w:OptionSet>'
    assert not subscribed(EVENTS, delivery, "<w:SendBookmarks/>", options=cdata).is_fault
    for number in range(4):
        running.journal.write(f"batched {number}")
    first = sink.wait_for(lambda message: message.action == f"{WSMAN}/Events")
    texts = [element.text for element in first.findall("s:Body/w:Events/w:Event")]
    events = [ElementTree.fromstring(text) for text in texts]
    assert [message_of(event) for event in events] == [f"batched {number}" for number in range(3)]
    assert events[0].findtext(f"{EVENT}RenderingInfo/{EVENT}Message") == "batched 0"
    assert first.find(f"{BOOKMARK}/BookmarkList/Bookmark") is not None
    sink.wait_for(lambda message: b"batched 3" in message.body)


def test_P6_heartbeats_fill_the_silence(subscribed, sink):
    assert not subscribed(EVENTS, "<w:Heartbeats>PT0.5S</w:Heartbeats>" + notify_to(sink)).is_fault
    beat = sink.wait_for(lambda message: message.action == f"{WSMAN}/Heartbeat")
    assert beat.find("s:Body/w:Events") is not None


def test_P6_a_filter_chooses_the_events(running, call, subscribed):
    path = "*[System[(Level=1 or Level=2) and Provider[@Name='chosen']] and EventData[Data[@Name='EVENT_ID']='7']]"
    context = context_of(subscribed(PULL_MODE, behind=query(("System", path))))
    chosen = {"SYSLOG_IDENTIFIER": "chosen", "PRIORITY": 3, "EVENT_ID": 7}
    running.journal.write("another log", **{**chosen, "SYSLOG_FACILITY": 10})
    running.journal.write("another level", **{**chosen, "PRIORITY": 6})
    running.journal.write("another id", **{**chosen, "EVENT_ID": 8})
    running.journal.write("this one", **chosen)
    (event,) = events_of(call(pull(context)))
    assert message_of(event) == "this one"
    assert event.findtext(f"{EVENT}System/{EVENT}EventID") == "7"


@pytest.mark.parametrize(
    "path, says",
    [("*[System[Level=", "a name is missing"), ("Record", "begin with * or Event"), ("*[x()]", "x() is not known")],
)
def test_P6_a_bad_query_is_explained(subscribed, path, says):
    answer = subscribed(PULL_MODE, behind=query(("System", path)))
    assert answer.fault_subcode == "CannotProcessFilter"
    assert says in answer.body.decode()


def test_P6_an_unknown_log_is_refused(subscribed):
    assert "no log 'Nosuch'" in subscribed(PULL_MODE, behind=query(("Nosuch", "*"))).body.decode()
    ignoring = '<w:OptionSet><w:Option Name="IgnoreChannelError"/></w:OptionSet>'
    assert not subscribed(PULL_MODE, behind=query(("Nosuch", "*"), ("System", "*")), options=ignoring).is_fault


def test_P6_existing_events_can_be_read(running, call, subscribed):
    running.journal.write("existing")
    earliest = f"<w:Bookmark>{WSMAN}/bookmark/earliest</w:Bookmark>"
    context = context_of(subscribed(PULL_MODE, behind=earliest))
    assert message_of(events_of(call(pull(context)))[0]) == "the journal begins"


def test_P6_a_bookmark_resumes_without_loss(running, call, subscribed):
    first = subscribed(PULL_MODE, behind="<w:SendBookmarks/>")
    running.journal.write("before")
    answer = call(pull(context_of(first)))
    bookmark = ElementTree.tostring(answer.find(f"{BOOKMARK}/BookmarkList"), encoding="unicode")
    call(manage("Unsubscribe", identifier_of(first)))
    for number in range(3):
        running.journal.write(f"meanwhile {number}")
    again = subscribed(PULL_MODE, behind=f"<w:Bookmark>{bookmark}</w:Bookmark>")
    found = [message_of(event) for event in events_of(call(pull(context_of(again))))]
    assert found == [f"meanwhile {number}" for number in range(3)]


@pytest.mark.parametrize(
    "bookmark, code",
    [
        ("nonsense", 2150858808),
        ('<BookmarkList><Bookmark Channel="System" RecordId="1" IsCurrent="true" Cursor="x"/></BookmarkList>', 2150858808),
        (
            '<BookmarkList><Bookmark IsCurrent="true" Cursor="s=0123456789abcdef0123456789abcdef;i=7;'
            'b=0123456789abcdef0123456789abcdef;m=1;t=1;x=1"/></BookmarkList>',
            2150858832,
        ),
    ],
)
def test_P6_a_bad_bookmark_is_refused(subscribed, bookmark, code):
    answer = subscribed(PULL_MODE, behind=f"<w:Bookmark>{bookmark}</w:Bookmark>")
    assert answer.fault_subcode == "InvalidBookmark" and answer.fault_code == code, answer.body


def test_P6_renew_get_status_and_unsubscribe(call, subscribed):
    identifier = identifier_of(subscribed(PULL_MODE, behind="<e:Expires>PT60S</e:Expires>"))
    renewed = call(manage("Renew", identifier, "<e:Expires>PT2H</e:Expires>"))
    assert renewed.text("s:Body/e:RenewResponse/e:Expires") == "PT7200.000S"
    assert call(manage("GetStatus", identifier)).text("s:Body/e:GetStatusResponse/e:Expires").startswith("PT7199.")
    assert not call(manage("Unsubscribe", identifier)).is_fault
    time.sleep(0.2)
    assert call(manage("Renew", identifier)).fault_subcode == "UnableToRenew"


def test_P6_another_account_cannot_name_a_subscription(running, call, subscribed):
    nobody = running.add_user("somebody", account="nobody")
    identifier = identifier_of(subscribed(PULL_MODE))
    answer = Caller(running, nobody).call(manage("Unsubscribe", identifier))
    assert answer.is_fault and answer.fault_subcode == "UnableToRenew", answer.body
    assert not call(manage("GetStatus", identifier)).is_fault, "it is still there"


def test_P6_events_go_in_clear_text_only_where_it_is_allowed(sink):
    with tempfile.TemporaryDirectory(prefix="winrm-test-") as name, journal_service(Path(name)) as strict:
        answer = Caller(strict).call(subscribe(PUSH, notify_to(sink)))
        assert answer.fault_subcode == "UnsupportedFeature" and answer.fault_detail == "InsecureAddress", answer.body
        ftp = "<e:NotifyTo><a:Address>ftp://127.0.0.1/x</a:Address></e:NotifyTo>"
        assert Caller(strict).call(subscribe(PUSH, ftp)).fault_subcode == "InvalidMessage"


def test_P6_an_envelope_without_room_for_events_is_refused(subscribed, sink):
    large = f"<x:p xmlns:x='urn:x'>{'y' * 7000}</x:p></a:ReferenceProperties>"
    delivery = notify_to(sink).replace("</a:ReferenceProperties>", large)
    answer = subscribed(EVENTS, delivery + "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>")
    assert answer.fault_subcode == "EncodingLimit" and answer.fault_detail == "MinimumEnvelopeLimit", answer.body


def test_P6_a_bad_end_to_is_told_apart(subscribed, sink):
    answer = subscribed(PUSH, notify_to(sink), end_to="ftp://127.0.0.1/")
    assert answer.fault_code == 0x80338096, answer.body


def test_P6_an_ended_subscription_cannot_be_renewed(running, call):
    """Its only attempt failed, and the address of EndTo never answers."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refusing = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        with socket.create_server(("127.0.0.1", 0)) as silent:
            delivery = f"<e:NotifyTo><a:Address>{refusing}</a:Address></e:NotifyTo>"
            delivery += '<w:ConnectionRetry Total="1">PT1S</w:ConnectionRetry>'
            end_to = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            identifier = identifier_of(call(subscribe(PUSH, delivery, end_to=end_to)))
            running.journal.write("not delivered")
            silent.settimeout(20)
            connection, _ = silent.accept()
            with connection:
                assert call(manage("GetStatus", identifier)).fault_subcode == "UnableToRenew"
                assert call(manage("Renew", identifier)).fault_subcode == "UnableToRenew"


def hostile_query(clauses: int) -> str:
    """Compares every field of an event with the name of every other, again and again."""
    term = "EventData/Data=EventData/Data/@Name"
    return query(*[("System", f"*[{' or '.join([term] * 32)}]")] * clauses)


def test_P6_a_hostile_query_ends_in_time(own):
    call = Caller(own).call
    for number in range(20):
        own.journal.write(f"entry {number}", **{f"F{i}": f"value number {i} of this entry" for i in range(20)})
    earliest = f"<w:Bookmark>{WSMAN}/bookmark/earliest</w:Bookmark>"
    assert call(subscribe(PULL_MODE, behind=hostile_query(100) + earliest)).fault_subcode == "CannotProcessFilter"
    endless = call(subscribe(PULL_MODE, behind=hostile_query(40) + earliest))
    began = time.monotonic()
    ended = call(pull(context_of(endless)))
    assert "takes too long" in ended.body.decode(), ended.body
    slow = call(subscribe(PULL_MODE, behind=hostile_query(15) + earliest))
    assert call(pull(context_of(slow), "PT0.5S")).is_fault
    assert not call(manage("Unsubscribe", identifier_of(slow))).is_fault
    assert own.stop() == 0
    assert time.monotonic() - began < 10
    assert "are killed" not in own.log


def test_P6_a_host_lives_as_long_as_its_subscription():
    settings = {**CLEAR, "Daemon": {"HostIdleSeconds": 1}}
    with tempfile.TemporaryDirectory(prefix="winrm-test-") as name, journal_service(Path(name), settings) as own:
        call = Caller(own).call
        answer = call(subscribe(PULL_MODE))
        (host,) = own.hosts()
        time.sleep(3)
        own.journal.write("later")
        assert message_of(events_of(call(pull(context_of(answer))))[0]) == "later"
        assert own.hosts() == [host]


def test_L17_a_stopping_service_tells_its_subscribers(own, sink):
    call = Caller(own).call
    pulled = call(subscribe(PULL_MODE))
    pushed = identifier_of(call(subscribe(EVENTS, notify_to(sink), end_to=sink.url)))
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(Caller(own).call(pull(context_of(pulled), "PT60S"))))
    waiting.start()
    time.sleep(1)
    assert own.stop() == 0
    waiting.join(timeout=10)
    assert answers[0].fault_code == 0x8033809B, answers[0].body
    assert answers[0].fault_subcode == "SourceShuttingDown"
    (end,) = (message for message in sink.messages if message.action == f"{EVENTING}/SubscriptionEnd")
    body = end.find("s:Body/e:SubscriptionEnd")
    assert body.findtext("e:Status", namespaces=NAMESPACES) == f"{EVENTING}/SourceShuttingDown"
    assert body.findtext("e:Reason", namespaces=NAMESPACES)
    assert pushed in end.body.decode()


def test_L17_a_dead_sink_does_not_hold_up_the_end(own, sink):
    call = Caller(own).call
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        dead = f"<e:NotifyTo><a:Address>{address}</a:Address></e:NotifyTo>"
        for _ in range(3):
            assert not call(subscribe(EVENTS, dead, end_to=address)).is_fault
        assert not call(subscribe(EVENTS, notify_to(sink), end_to=sink.url)).is_fault
        own.journal.write("taken by one")
        sink.wait_for(lambda message: b"taken by one" in message.body)
        began = time.monotonic()
        assert own.stop() == 0
        assert time.monotonic() - began < 8
    assert any(message.action == f"{EVENTING}/SubscriptionEnd" for message in sink.messages)
    assert "are killed" not in own.log
    assert "was killed by" not in own.log
