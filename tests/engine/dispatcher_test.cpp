#include "engine/dispatcher.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <stdexcept>
#include <thread>

#include "base/unicode.hpp"
#include "engine/fake_plugin.hpp"
#include "engine/support.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::engine::test {
namespace {

using namespace std::chrono_literals;
namespace action = wsman::action;

class DispatcherTest : public testing::Test {
 protected:
  void make(EngineSettings settings = {}) {
    std::vector<std::unique_ptr<Plugin>> plugins;
    plugins.push_back(std::make_unique<FakePlugin>(script_));
    dispatcher_ = std::make_unique<Dispatcher>(settings, std::move(plugins),
                                               std::vector<std::unique_ptr<ShellPlugin>>());
  }
  Dispatcher& dispatcher() {
    if (!dispatcher_) make();
    return *dispatcher_;
  }
  static RequestText get() {
    return {.action = std::string(action::get), .resource_uri = std::string(fake_uri)};
  }
  /// Serves a request on a thread of its own, as the host's pool does, for plug-ins that take their time.
  Pending start_on_worker(RequestText const& request) {
    Pending pending;
    auto promise = std::make_shared<std::promise<Answer>>();
    pending.answer = promise->get_future();
    workers_.emplace_back([this, text = request.text(), promise] {
      static_cast<void>(
          dispatcher().dispatch({.bytes = text}, test_principal(), test_client(),
                                [promise](Answer answer) { promise->set_value(std::move(answer)); }));
    });
    return pending;
  }

  std::shared_ptr<FakePlugin::Script> script_ = std::make_shared<FakePlugin::Script>();
  std::unique_ptr<Dispatcher> dispatcher_;
  std::vector<std::jthread> workers_;
};

/// Its deadline may come while it is still being entered.
TEST_F(DispatcherTest, Q6_ACallThatExpiresAtOnceHoldsNoPlace) {
  script_->on_get = [](Call const& call, xml::Writer&) {
    while (!call.answered()) std::this_thread::yield();
  };
  make();
  for (int client = 0; client < 4; ++client) {
    workers_.emplace_back([this] {
      for (int i = 0; i < 5000; ++i) EXPECT_EQ(ask(dispatcher(), get().with_timeout("PT0S")).status, 500);
    });
  }
  workers_.clear();
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(DispatcherTest, P3_GetIsAnsweredByThePluginAndRelatesToTheRequest) {
  Reply const reply = ask(dispatcher(), get());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body().trimmed_text(), "got");
  EXPECT_EQ(reply.header(ns::addressing, "Action").trimmed_text(), std::string(action::get) + "Response");
  EXPECT_EQ(reply.header(ns::addressing, "RelatesTo").trimmed_text(), get().message_id);
}

TEST_F(DispatcherTest, P16_AnswersInTheEncodingOfTheRequest) {
  Pending pending = start(dispatcher(), get().text(), wsman::Encoding::utf16);
  Reply const reply = pending.reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.bytes.substr(0, 2), "\xFF\xFE");
  EXPECT_EQ(reply.body().trimmed_text(), "got");
}

TEST_F(DispatcherTest, P10_AuthenticatedIdentifyTellsTheVersion) {
  std::string const identify =
      R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" )"
      R"(xmlns:wsmid="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/>)"
      R"(<s:Body><wsmid:Identify/></s:Body></s:Envelope>)";
  Pending pending = start(dispatcher(), identify);
  Reply const reply = pending.reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.body().is(ns::identity, "IdentifyResponse"));
  EXPECT_EQ(reply.text.find("OS: 0.0.0"), std::string::npos);
}

TEST_F(DispatcherTest, UnknownActionIsActionNotSupported) {
  RequestText request = get();
  request.action = "http://example.test/other/Dance";
  Reply const reply = ask(dispatcher(), request);
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.fault_subcode(), "a:ActionNotSupported");
}

TEST_F(DispatcherTest, ActionThePluginLacksIsActionNotSupported) {
  RequestText request = get();
  request.action = action::put;
  EXPECT_EQ(ask(dispatcher(), request).fault_subcode(), "a:ActionNotSupported");
}

TEST_F(DispatcherTest, UnknownResourceIsDestinationUnreachable) {
  RequestText request = get();
  request.resource_uri = "http://example.test/nothing";
  Reply const reply = ask(dispatcher(), request);
  EXPECT_EQ(reply.fault_subcode(), "a:DestinationUnreachable");
  EXPECT_EQ(reply.fault_detail(), "InvalidResourceURI");
  EXPECT_EQ(reply.fault_code(), "2150858752");
}

TEST_F(DispatcherTest, MethodIsInvokedByItsAction) {
  RequestText request = get();
  request.action = std::string(fake_uri) + "/Start";
  Reply const reply = ask(dispatcher(), request);
  EXPECT_EQ(script_->last_method, "Start");
  EXPECT_EQ(reply.header(ns::addressing, "Action").trimmed_text(), request.action + "Response");
}

TEST_F(DispatcherTest, EndOfARobustConnectionIs204WithoutBody) {
  RequestText request{.action = std::string(action::end),
                      .resource_uri = "http://schemas.microsoft.com/wbem/wsman/1/wsman/FullDuplex"};
  Reply const reply = ask(dispatcher(), request);
  EXPECT_EQ(reply.status, 204);
  EXPECT_TRUE(reply.bytes.empty());
}

TEST_F(DispatcherTest, P17_FaultNamesTheMachineAsTheClientDoes) {
  script_->on_get = [](Call const&, xml::Writer&) { throw wsman::faults::access_denied("No."); };
  Reply const reply = ask(dispatcher(), get());
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.fault_code(), "5");
  EXPECT_NE(reply.text.find("Machine=\"host.example.test\""), std::string::npos);
  EXPECT_EQ(reply.header(ns::addressing, "RelatesTo").trimmed_text(), get().message_id);
}

TEST_F(DispatcherTest, AnyOtherExceptionIsInternalErrorWithoutItsText) {
  script_->on_get = [](Call const&, xml::Writer&) { throw std::runtime_error("secret particulars"); };
  Reply const reply = ask(dispatcher(), get());
  EXPECT_EQ(reply.fault_subcode(), "w:InternalError");
  EXPECT_EQ(reply.text.find("secret"), std::string::npos);
}

TEST_F(DispatcherTest, BrokenMessagesAreFaultsAndLeaveNoCall) {
  for (std::string const bytes : {"", "<", "not xml", "<a/>", "\xff\xfe\x00"}) {
    Pending pending = start(dispatcher(), bytes);
    Reply const reply = pending.reply();
    EXPECT_EQ(reply.status, 500) << bytes;
    EXPECT_FALSE(reply.fault_code().empty()) << bytes;
  }
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(DispatcherTest, P12_DeadlineAnswersTimedOutAndTheLateResultIsDropped) {
  std::latch release(1);
  std::atomic<bool> finished = false;
  script_->on_get = [&](Call const& call, xml::Writer& body) {
    release.wait();
    EXPECT_TRUE(call.answered());
    body.element("p:Thing", "late");
    finished = true;
  };
  Pending pending = start_on_worker(get().with_timeout("PT0.1S"));
  Reply const reply = pending.reply();
  EXPECT_EQ(reply.fault_code(), "2150858793");
  EXPECT_NE(reply.text.find("OperationTimeout"), std::string::npos);
  EXPECT_TRUE(dispatcher().idle()) << "a call that timed out holds no place";
  release.count_down();
  workers_.clear();
  EXPECT_TRUE(finished);
}

/// Its answer declares what it uses, however the client spelled the action.
TEST_F(DispatcherTest, AnActionMayBeWrittenInAnyCase) {
  RequestText request = get();
  request.body = "<n:Enumerate><w:OptimizeEnumeration/></n:Enumerate>";
  for (std::string const spelled : {"HTTP://SCHEMAS.XMLSOAP.ORG/ws/2004/09/enumeration/Enumerate",
                                    "http://schemas.xmlsoap.org/WS/2004/09/ENUMERATION/ENUMERATE"}) {
    request.action = spelled;
    Reply const reply = ask(dispatcher(), request);
    EXPECT_TRUE(reply.body().is(ns::enumeration, "EnumerateResponse")) << reply.text;
  }
}

TEST_F(DispatcherTest, P7_OperationsWithoutFragmentsRefuseThem) {
  RequestText request = get();
  request.headers = "<w:FragmentTransfer s:mustUnderstand=\"true\">Name</w:FragmentTransfer>";
  EXPECT_EQ(ask(dispatcher(), request).fault_code(), "") << "a Get may have one";
  request.body = "<n:Enumerate/>";
  for (std::string const& wanted :
       {std::string(action::enumerate), std::string(action::remove), std::string(fake_uri) + "/Do"}) {
    request.action = wanted;
    Reply const reply = ask(dispatcher(), request);
    EXPECT_EQ(reply.fault_subcode(), "w:UnsupportedFeature") << wanted;
    EXPECT_EQ(reply.fault_detail(), "FragmentLevelAccess") << wanted;
  }
}

TEST_F(DispatcherTest, Q10_MaxTimeoutCapsOperationTimeout) {
  make({.max_timeout = 100ms});
  std::latch release(1);
  script_->on_get = [&](Call const&, xml::Writer&) { release.wait(); };
  Pending pending = start_on_worker(get().with_timeout("PT600S"));
  EXPECT_EQ(pending.reply().fault_code(), "2150858793");
  release.count_down();
  workers_.clear();  // before the latches go
}

TEST_F(DispatcherTest, Q6_OperationsOverTheQuotaAreRefused) {
  make({.max_operations_per_user = 1});
  std::latch started(1);
  std::latch release(1);
  script_->on_get = [&](Call const&, xml::Writer& body) {
    started.count_down();
    release.wait();
    body.element("p:Thing", "done");
  };
  Pending first = start_on_worker(get());
  started.wait();
  Reply const refused = ask(dispatcher(), get());
  EXPECT_EQ(refused.fault_code(), "2150859174");
  EXPECT_EQ(refused.fault_subcode(), "w:QuotaLimit");
  release.count_down();
  EXPECT_EQ(first.reply().status, 200);
  workers_.clear();
  script_->on_get = [](Call const&, xml::Writer& body) { body.element("p:Thing", "again"); };
  EXPECT_EQ(ask(dispatcher(), get()).status, 200) << "the place is free again";
}

TEST_F(DispatcherTest, CancelRunsTheActionsAndCompletesOnce) {
  std::latch started(1);
  std::latch release(1);
  std::atomic<int> cancelled = 0;
  script_->on_get = [&](Call const& call, xml::Writer&) {
    const_cast<Call&>(call).on_cancel([&] { ++cancelled; });
    started.count_down();
    release.wait();
  };
  Pending pending = start_on_worker(get());
  started.wait();
  dispatcher().shutdown();
  Reply const reply = pending.reply();
  EXPECT_EQ(reply.fault_code(), "995");
  EXPECT_EQ(cancelled, 1);
  release.count_down();
  workers_.clear();  // before the latches go
}

TEST_F(DispatcherTest, P11_AnswerLargerThanTheClientsEnvelopeIsEncodingLimit) {
  script_->on_get = [](Call const&, xml::Writer& body) { body.element("p:Thing", std::string(10000, 'x')); };
  Reply const refused = ask(dispatcher(), get().with_envelope(9000));
  EXPECT_EQ(refused.fault_code(), "2150858824");
  EXPECT_EQ(refused.fault_subcode(), "w:EncodingLimit");
  EXPECT_EQ(refused.fault_detail(), "MaxEnvelopeSizeExceeded");
  EXPECT_EQ(ask(dispatcher(), get().with_envelope(20000)).status, 200);
}

TEST_F(DispatcherTest, P11_EnvelopeCountsBytesInTheClientsEncoding) {
  script_->on_get = [](Call const&, xml::Writer& body) { body.element("p:Thing", std::string(6000, 'x')); };
  RequestText const request = get().with_envelope(9000);
  EXPECT_EQ(ask(dispatcher(), request).status, 200);
  Pending wide = start(dispatcher(), request.text(), wsman::Encoding::utf16);
  EXPECT_EQ(wide.reply().fault_code(), "2150858824");
  // The other way round: 3 bytes a character in UTF-8, 2 in UTF-16.
  script_->on_get = [](Call const&, xml::Writer& body) {
    std::string text;
    for (int i = 0; i < 2600; ++i) text += "\u3042";
    body.element("p:Thing", text);
  };
  RequestText const japanese = get().with_envelope(8192);
  EXPECT_EQ(ask(dispatcher(), japanese).fault_code(), "2150858824");
  Pending fits = start(dispatcher(), japanese.text(), wsman::Encoding::utf16);
  EXPECT_EQ(fits.reply().status, 200);
}

TEST_F(DispatcherTest, P11_EnvelopeBelow8192IsRefused) {
  Reply const reply = ask(dispatcher(), get().with_envelope(8191));
  EXPECT_EQ(reply.fault_subcode(), "w:EncodingLimit");
  EXPECT_EQ(reply.fault_detail(), "MinimumEnvelopeLimit");
}

TEST_F(DispatcherTest, Q8_RequestAndAnswerOverTheServicesEnvelopeAreRefused) {
  make({.max_envelope_bytes = 10000});
  RequestText large = get();
  large.body = "<w:Padding>" + std::string(10000, 'x') + "</w:Padding>";
  Reply const request_refused = ask(dispatcher(), large);
  EXPECT_EQ(request_refused.fault_code(), "2150858825");
  EXPECT_EQ(request_refused.fault_detail(), "ServiceEnvelopeLimit");
  script_->on_get = [](Call const&, xml::Writer& body) { body.element("p:Thing", std::string(10000, 'x')); };
  EXPECT_EQ(ask(dispatcher(), get().with_envelope(500000)).fault_code(), "2150858824");
}

TEST_F(DispatcherTest, DestroyingAnswersWhatIsOpen) {
  std::latch started(1);
  std::latch release(1);
  script_->on_get = [&](Call const&, xml::Writer&) {
    started.count_down();
    release.wait();
  };
  Pending pending = start_on_worker(get());
  started.wait();
  dispatcher().shutdown();
  EXPECT_EQ(pending.reply().fault_code(), "995");
  EXPECT_TRUE(dispatcher().idle());
  release.count_down();
  workers_.clear();  // before the latches go
}

}  // namespace
}  // namespace winrm::engine::test
