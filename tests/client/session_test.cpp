#include "client/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/base64.hpp"
#include "base/xpress.hpp"
#include "client/enumerator.hpp"
#include "client/shell.hpp"
#include "client/support/fake_transport.hpp"
#include "client/support/recording.hpp"
#include "wsman/actions.hpp"
#include "wsman/encoding.hpp"
#include "xml/names.hpp"

namespace winrm::client {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string envelope(std::string_view request, std::string_view body) {
  return "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
         "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
         "xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" "
         "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><s:Header><a:RelatesTo>" +
         element_text(request, "MessageID") + "</a:RelatesTo></s:Header><s:Body>" + std::string(body) +
         "</s:Body></s:Envelope>";
}

ResourceLocator resource(std::string uri) {
  ResourceLocator locator;
  locator.resource_uri = std::move(uri);
  return locator;
}

Failure failure_of(Session& session) {
  try {
    static_cast<void>(session.get(resource("urn:x")));
  } catch (Failure const& failure) {
    return failure;
  }
  ADD_FAILURE() << "the Get succeeded";
  return Failure(Failure::Kind::usage, 0, "");
}

TEST(Session, ConnectsLazilyAndKeepsTheConnection) {
  int connections = 0;
  Session session(local_options(), fake_transport(
                                       [](http::ClientRequest const& request) -> HttpResult {
                                         return soap(envelope(request.body, "<x xmlns=\"urn:x\">1</x>"));
                                       },
                                       &connections));
  EXPECT_EQ(connections, 0);
  EXPECT_EQ(session.get(resource("urn:x")).body().text(), "1");
  EXPECT_EQ(session.get(resource("urn:x")).body().text(), "1");
  EXPECT_EQ(connections, 1);
}

TEST(Session, ReconnectsWhenAnIdleConnectionWasClosed) {
  int connections = 0;
  int posts = 0;
  Session session(local_options(), fake_transport(
                                       [&](http::ClientRequest const& request) -> HttpResult {
                                         if (++posts == 2)
                                           return transport_error(http::TransportError::Kind::closed);
                                         return soap(envelope(request.body, "<x xmlns=\"urn:x\"/>"));
                                       },
                                       &connections));
  static_cast<void>(session.get(resource("urn:x")));
  static_cast<void>(session.get(resource("urn:x")));
  EXPECT_EQ(connections, 2);
  EXPECT_EQ(posts, 3);
}

TEST(Session, DoesNotRepeatWhatTheServiceMayHaveDone) {
  int posts = 0;
  Session session(local_options(), fake_transport([&](http::ClientRequest const& request) -> HttpResult {
                    if (++posts == 2) return transport_error(http::TransportError::Kind::closed);
                    return soap(envelope(request.body, "<x xmlns=\"urn:x\"/>"));
                  }));
  static_cast<void>(session.get(resource("urn:x")));
  EXPECT_THROW(static_cast<void>(session.invoke(resource("urn:x"), "Reboot", "<p/>")), Failure);
  EXPECT_EQ(posts, 2);
}

TEST(Session, TimeoutsAreNotRepeated) {
  int posts = 0;
  Session session(local_options(), fake_transport([&](http::ClientRequest const&) -> HttpResult {
                    ++posts;
                    return transport_error(http::TransportError::Kind::timed_out);
                  }));
  EXPECT_EQ(failure_of(session).code(), code::network_timed_out);
  EXPECT_EQ(posts, 1);
}

TEST(Session, AnswerToAnotherRequestIsRefused) {
  Session session(local_options(), fake_transport([](http::ClientRequest const&) -> HttpResult {
                    return soap(envelope("<a:MessageID>uuid:OTHER</a:MessageID>", "<x/>"));
                  }));
  EXPECT_EQ(failure_of(session).code(), code::response_invalid);
}

TEST(Session, HttpStatusWithoutAMessageHasItsCode) {
  struct Case {
    unsigned status;
    std::uint32_t code;
  };
  for (auto const& [status, code] :
       {Case{400, code::http_bad_request}, Case{404, code::http_not_found},
        Case{413, code::http_request_too_large}, Case{500, code::http_server_error},
        Case{503, code::http_service_unavailable}, Case{418, code::unknown_http_status},
        Case{200, code::unknown_http_status}}) {
    Session session(local_options(),
                    fake_transport([status = status](http::ClientRequest const&) -> HttpResult {
                      http::ClientResponse response;
                      response.status = status;
                      return response;
                    }));
    EXPECT_EQ(failure_of(session).code(), code) << status;
  }
}

TEST(Session, WebPagesAndDamagedMessagesAreRefused) {
  for (auto const* body : {"<s:Envelope", "not xml", "<x/>", ""}) {
    Session session(local_options(),
                    fake_transport([body](http::ClientRequest const&) -> HttpResult { return soap(body); }));
    EXPECT_EQ(failure_of(session).kind(), Failure::Kind::protocol) << body;
  }
  Session session(local_options(), fake_transport([](http::ClientRequest const&) -> HttpResult {
                    auto response = soap("<html>Welcome</html>");
                    response.headers = {{"Content-Type", "text/html"}};
                    return response;
                  }));
  EXPECT_EQ(failure_of(session).code(), code::html_error);
}

TEST(Session, P16_Utf16IsSpokenBothWays) {
  auto options = local_options();
  options.encoding = wsman::Encoding::utf16;
  Session session(std::move(options), fake_transport([](http::ClientRequest const& request) -> HttpResult {
                    EXPECT_EQ(header_of(request, "Content-Type"), "application/soap+xml;charset=UTF-16");
                    auto const text = wsman::decode_message(request.body, wsman::Encoding::utf16);
                    EXPECT_TRUE(text.has_value());
                    auto response = soap(wsman::encode_message(envelope(*text, "<x xmlns=\"urn:x\">ä</x>"),
                                                               wsman::Encoding::utf16));
                    response.headers = {{"Content-Type", "application/soap+xml;charset=UTF-16"}};
                    return response;
                  }));
  EXPECT_EQ(session.get(resource("urn:x")).body().text(), "ä");
}

TEST(Session, P3_RequestsCarryTheHeaders) {
  std::string sent;
  auto options = local_options();
  options.operation_timeout = Milliseconds(1500);
  options.max_envelope_size = 20000;
  Session session(std::move(options), fake_transport([&](http::ClientRequest const& request) -> HttpResult {
                    sent = request.body;
                    return soap(envelope(request.body, "<x xmlns=\"urn:x\"/>"));
                  }));
  auto locator = resource("http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service");
  locator.selectors.add("Name", "a&b");
  static_cast<void>(session.get(locator));
  EXPECT_EQ(element_text(sent, "Action"), wsman::action::get);
  EXPECT_EQ(element_text(sent, "ResourceURI"), locator.resource_uri);
  EXPECT_EQ(element_text(sent, "MaxEnvelopeSize"), "20000");
  EXPECT_EQ(element_text(sent, "OperationTimeout"), "PT1.500S");
  EXPECT_EQ(element_text(sent, "Selector"), "a&amp;b");
  EXPECT_THAT(element_text(sent, "MessageID"), HasSubstr("uuid:"));
}

TEST(Session, P9_UnauthenticatedIdentifyAsksForIt) {
  SessionOptions options;
  options.endpoint.host = "web1";
  options.authentication = Authentication::none;
  std::string header;
  Session session(
      std::move(options), fake_transport([&](http::ClientRequest const& request) -> HttpResult {
        header = header_of(request, "WSMANIDENTIFY");
        EXPECT_EQ(header_of(request, "Authorization"), "");
        return soap(envelope("", "<i:IdentifyResponse xmlns:i=\"" + std::string(ns::identity) +
                                     "\"><i:ProductVendor>V</i:ProductVendor></i:IdentifyResponse>"));
      }));
  EXPECT_EQ(session.identify().body().first_child().text(), "V");
  EXPECT_EQ(header, "unauthenticated");
}

/// Answers an enumeration in given batches and notes what was asked.
struct EnumerationScene {
  std::vector<std::string> batches;
  std::vector<std::string> actions;
  std::vector<std::string> requests;
  bool empty_context_at_end = true;

  HttpResult serve(http::ClientRequest const& request) {
    auto const action = element_text(request.body, "Action");
    actions.push_back(action.substr(action.rfind('/') + 1));
    requests.push_back(request.body);
    if (action == wsman::action::release) return soap(envelope(request.body, ""));
    bool const first = action == wsman::action::enumerate;
    auto const prefix = first ? std::string("w") : std::string("n");
    auto const items = batches.empty() ? std::string{} : batches.front();
    if (!batches.empty()) batches.erase(batches.begin());
    bool const last = batches.empty();
    auto body = std::string(first ? "<n:EnumerateResponse>" : "<n:PullResponse>");
    body += last && empty_context_at_end ? "<n:EnumerationContext></n:EnumerationContext>"
                                         : "<n:EnumerationContext>uuid:C1</n:EnumerationContext>";
    if (!items.empty()) body += "<" + prefix + ":Items>" + items + "</" + prefix + ":Items>";
    if (last) body += "<" + prefix + ":EndOfSequence/>";
    body += first ? "</n:EnumerateResponse>" : "</n:PullResponse>";
    return soap(envelope(request.body, body));
  }
  Transport transport() {
    return fake_transport([this](http::ClientRequest const& r) { return serve(r); });
  }
};

std::vector<std::string> read_all(Enumerator& items) {
  std::vector<std::string> texts;
  while (auto const item = items.next()) texts.push_back(item->text());
  return texts;
}

TEST(Enumerator, P5_PullsAsItemsAreRead) {
  EnumerationScene scene;
  scene.batches = {"<x>1</x><x>2</x>", "", "<x>3</x>", "<x>4</x>"};
  Session session(local_options(), scene.transport());
  Enumerator items(session, resource("urn:x"), {});
  EXPECT_THAT(scene.actions, ElementsAre("Enumerate"));
  EXPECT_EQ(items.next()->text(), "1");
  EXPECT_TRUE(items.is_ready());
  EXPECT_EQ(items.next()->text(), "2");
  EXPECT_FALSE(items.is_ready());
  EXPECT_THAT(scene.actions, ElementsAre("Enumerate")) << "no Pull before it is needed";
  EXPECT_THAT(read_all(items), ElementsAre("3", "4"));
  EXPECT_THAT(scene.actions, ElementsAre("Enumerate", "Pull", "Pull", "Pull"));
  EXPECT_FALSE(items.next().has_value());
}

TEST(Enumerator, P5_EarlyEndReleases) {
  EnumerationScene scene;
  scene.batches = {"<x>1</x>", "<x>2</x>"};
  Session session(local_options(), scene.transport());
  {
    Enumerator items(session, resource("urn:x"), {});
    static_cast<void>(items.next());
  }
  EXPECT_THAT(scene.actions, ElementsAre("Enumerate", "Release"));
  EXPECT_EQ(element_text(scene.requests.back(), "EnumerationContext"), "uuid:C1");
}

TEST(Enumerator, P5_FinishedEnumerationIsNotReleased) {
  EnumerationScene scene;
  scene.batches = {"<x>1</x>"};
  scene.empty_context_at_end = false;
  Session session(local_options(), scene.transport());
  {
    Enumerator items(session, resource("urn:x"), {});
    EXPECT_THAT(read_all(items), ElementsAre("1"));
  }
  EXPECT_THAT(scene.actions, ElementsAre("Enumerate"));
}

TEST(Enumerator, P5_NoItemsAtAll) {
  EnumerationScene scene;
  Session session(local_options(), scene.transport());
  Enumerator items(session, resource("urn:x"), {});
  EXPECT_FALSE(items.next().has_value());
}

TEST(Enumerator, P21_ModesAndFiltersAreAskedFor) {
  EnumerationScene scene;
  scene.batches = {"<x/>"};
  Session session(local_options(), scene.transport());
  EnumerateOptions options;
  options.mode = EnumerateOptions::Mode::object_and_epr;
  options.polymorphism = EnumerateOptions::Polymorphism::none;
  options.filter_dialect = wsman::dialect::wql;
  options.filter_xml = "select * from X where a &lt; 1";
  options.max_elements = 7;
  Enumerator const items(session, resource("urn:x"), options);
  auto const& sent = scene.requests.front();
  EXPECT_THAT(sent, HasSubstr("<w:EnumerationMode>EnumerateObjectAndEPR</w:EnumerationMode>"));
  EXPECT_THAT(sent, HasSubstr("<b:PolymorphismMode>None</b:PolymorphismMode>"));
  EXPECT_THAT(sent, HasSubstr("<w:MaxElements>7</w:MaxElements>"));
  EXPECT_THAT(sent, HasSubstr("a &lt; 1</w:Filter>"));
}

/// One message that is sent until it is answered.
void send_patiently(Session& session) {
  static_cast<void>(session.exchange("urn:x/Receive", resource("urn:x"), "", Session::Repeat::patiently));
}

TEST(Session, S9_ALostConnectionIsBridgedByTheSameMessage) {
  std::vector<std::string> bodies;
  std::vector<NetworkEvent> events;
  auto options = local_options();
  options.on_network = [&](NetworkEvent event) { events.push_back(event); };
  Session session(std::move(options), fake_transport([&](http::ClientRequest const& request) -> HttpResult {
                    bodies.emplace_back(request.body);
                    if (bodies.size() < 3) return transport_error(http::TransportError::Kind::closed);
                    return soap(envelope(request.body, "<x xmlns=\"urn:x\"/>"));
                  }));
  send_patiently(session);
  ASSERT_EQ(bodies.size(), 3U);
  EXPECT_EQ(bodies[0], bodies[1]);
  EXPECT_EQ(bodies[0], bodies[2]);
  EXPECT_THAT(events, ElementsAre(NetworkEvent::lost, NetworkEvent::retrying, NetworkEvent::reconnected));
}

TEST(Session, S9_ItGivesUpAfterTheReconnectTime) {
  auto options = local_options();
  options.reconnect_time = Milliseconds(200);
  int posts = 0;
  Session session(std::move(options), fake_transport([&](http::ClientRequest const&) -> HttpResult {
                    ++posts;
                    return transport_error(http::TransportError::Kind::refused);
                  }));
  EXPECT_THROW(send_patiently(session), Failure);
  EXPECT_GE(posts, 2);
  EXPECT_LE(posts, 4);
}

TEST(Session, S9_WaitingForTheNetworkCanBeInterrupted) {
  std::atomic<int> posts{0};
  Session session(local_options(), fake_transport([&](http::ClientRequest const&) -> HttpResult {
                    ++posts;
                    return transport_error(http::TransportError::Kind::refused);
                  }));
  auto waiting = std::async(std::launch::async, [&] { send_patiently(session); });
  while (posts < 3) std::this_thread::sleep_for(Milliseconds(5));
  session.interrupt();
  try {
    waiting.get();
    ADD_FAILURE() << "it was answered";
  } catch (Failure const& failure) {
    EXPECT_EQ(failure.kind(), Failure::Kind::interrupted);
  }
}

/// Answers as a service whose shells have one command.
HttpResult answer_of_shell(http::ClientRequest const& request, std::string const& received = {}) {
  auto const action = element_text(request.body, "Action");
  std::string const shell(ns::shell);
  if (action == wsman::action::create)
    return soap(
        envelope(request.body, "<r:Shell xmlns:r=\"" + shell + "\"><r:ShellId>S</r:ShellId></r:Shell>"));
  if (action == wsman::action::shell_command)
    return soap(envelope(request.body, "<r:X xmlns:r=\"" + shell + "\"><r:CommandId>C</r:CommandId></r:X>"));
  if (action == wsman::action::shell_receive)
    return soap(envelope(request.body, "<r:X xmlns:r=\"" + shell + "\"><r:Stream Name=\"stdout\">" +
                                           base64::encode(received) + "</r:Stream></r:X>"));
  return soap(envelope(request.body, ""));
}

HttpResult fault_answer(http::ClientRequest const& request, std::string const& code) {
  return soap(envelope(request.body,
                       "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Detail>"
                       "<f:WSManFault xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/"
                       "wsmanfault\" Code=\"" +
                           code + "\"/></s:Detail></s:Fault>"),
              500);
}

TEST(Shell, S9_ACommandWhoseAnswerWasLostIsNotStartedTwice) {
  std::string wanted;
  int commands = 0;
  Session session(local_options(), fake_transport([&](http::ClientRequest const& request) -> HttpResult {
                    if (element_text(request.body, "Action") != wsman::action::shell_command)
                      return answer_of_shell(request);
                    if (++commands == 1) return transport_error(http::TransportError::Kind::closed);
                    auto const at = request.body.find("CommandId=\"") + 11;
                    wanted = request.body.substr(at, 36);
                    return fault_answer(request, "2150859222");
                  }));
  Shell shell(session, {});
  EXPECT_EQ(shell.start({"cat", {}}).id(), wanted);
}

TEST(Shell, P20_StreamsAreCompressedWhenTheServiceAgrees) {
  std::vector<std::string> sent;
  std::string const text(10'000, 'a');
  Session session(local_options(), fake_transport([&](http::ClientRequest const& request) -> HttpResult {
                    sent.emplace_back(request.body);
                    return answer_of_shell(request, xpress::compress(text));
                  }));
  ShellOptions options;
  options.compression = true;
  Shell shell(session, options);
  EXPECT_THAT(sent.front(),
              HasSubstr("<rsp:CompressionType s:mustUnderstand=\"true\">xpress</rsp:CompressionType>"));
  auto command = shell.start({"cat", {}});
  EXPECT_EQ(command.receive().chunks.front().bytes, text);
  command.send(text, false);
  EXPECT_LT(sent.back().size(), 5000U);
}

TEST(Shell, P20_AServiceThatDoesNotCompressGetsPlainStreams) {
  int creates = 0;
  Session session(local_options(), fake_transport([&](http::ClientRequest const& request) -> HttpResult {
                    bool const create = element_text(request.body, "Action") == wsman::action::create;
                    if (create && ++creates == 1) return fault_answer(request, "2150858768");
                    if (create) {
                      EXPECT_THAT(request.body, Not(HasSubstr("CompressionType")));
                    }
                    return answer_of_shell(request, "plain");
                  }));
  ShellOptions options;
  options.compression = true;
  Shell shell(session, options);
  EXPECT_EQ(shell.start({"cat", {}}).receive().chunks.front().bytes, "plain");
  EXPECT_EQ(creates, 2);
}

TEST(Shell, S8_ADisconnectedShellIsLeftAlone) {
  std::vector<std::string> actions;
  Session session(local_options(), fake_transport([&](http::ClientRequest const& request) -> HttpResult {
                    actions.push_back(element_text(request.body, "Action"));
                    return answer_of_shell(request);
                  }));
  {
    ShellOptions options;
    options.can_disconnect = true;
    Shell shell(session, options);
    shell.disconnect(Milliseconds(60000));
  }
  {
    Shell taken = Shell::connect(session, "S");
    EXPECT_EQ(taken.connect("C").id(), "C");
  }
  EXPECT_THAT(actions,
              ElementsAre(wsman::action::create, wsman::action::shell_disconnect, wsman::action::get,
                          wsman::action::shell_connect, wsman::action::shell_connect, wsman::action::remove));
}

TEST(Shell, S3_InputThatNobodyReadsYetIsSentAgain) {
  int sends = 0;
  Session session(local_options(), fake_transport([&](http::ClientRequest const& request) -> HttpResult {
                    auto const action = element_text(request.body, "Action");
                    auto const rsp = [](std::string const& body) {
                      return "<r:X xmlns:r=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\">" +
                             body + "</r:X>";
                    };
                    if (action == wsman::action::create)
                      return soap(envelope(request.body, "<r:Shell xmlns:r=\"" + std::string(ns::shell) +
                                                             "\"><r:ShellId>S</r:ShellId></r:Shell>"));
                    if (action == wsman::action::shell_command)
                      return soap(envelope(request.body, rsp("<r:CommandId>C</r:CommandId>")));
                    if (action == wsman::action::shell_send && ++sends < 3)
                      return soap(
                          envelope(request.body,
                                   "<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Detail>"
                                   "<f:WSManFault xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/"
                                   "wsmanfault\" Code=\"2150858793\"/></s:Detail></s:Fault>"),
                          500);
                    return soap(envelope(request.body, ""));
                  }));
  Shell shell(session, {});
  auto command = shell.start({"cat", {}});
  command.send("text", true);
  EXPECT_EQ(sends, 3);
}

}  // namespace
}  // namespace winrm::client
