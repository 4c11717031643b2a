#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "engine/fake_events.hpp"
#include "engine/support.hpp"
#include "wsman/actions.hpp"
#include "wsman/eventing_limits.hpp"
#include "wsman/eventing_uris.hpp"
#include "xml/names.hpp"

namespace winrm::engine {
namespace {

using test::ask;
using test::FakeSinks;
using test::Pending;
using test::Reply;
using test::RequestText;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view e = "xmlns:e=\"http://schemas.xmlsoap.org/ws/2004/08/eventing\"";

RequestText subscribe(std::string_view mode, std::string const& in_delivery = "",
                      std::string const& behind_delivery = "") {
  return {.action = std::string(wsman::action::subscribe),
          .resource_uri = std::string(test::events_uri),
          .body = fmt::format("<e:Subscribe {}><e:Delivery Mode=\"{}\">{}</e:Delivery>{}</e:Subscribe>", e,
                              mode, in_delivery, behind_delivery)};
}

std::string notify_to(std::string_view address = "http://sink.test/") {
  return fmt::format(
      "<e:NotifyTo><a:Address>{}</a:Address><a:ReferenceProperties><e:Identifier>mine"
      "</e:Identifier></a:ReferenceProperties></e:NotifyTo>",
      address);
}

std::string end_to() { return "<e:EndTo><a:Address>http://end.test/</a:Address></e:EndTo>"; }

std::string identifier_of(Reply const& subscribed) {
  auto const manager = subscribed.body().child(ns::eventing, "SubscriptionManager");
  return manager.child(ns::addressing, "ReferenceParameters")
      .child(ns::eventing, "Identifier")
      .trimmed_text();
}

std::string context_of(Reply const& subscribed) {
  return subscribed.body().child(ns::enumeration, "EnumerationContext").trimmed_text();
}

RequestText pull(std::string const& context, std::string const& limits = "") {
  return {.action = std::string(wsman::action::pull),
          .resource_uri = std::string(test::events_uri),
          .body = fmt::format("<n:Pull><n:EnumerationContext>{}</n:EnumerationContext>{}</n:Pull>", context,
                              limits)};
}

RequestText managing(std::string_view action, std::string const& identifier,
                     std::string const& content = "") {
  auto const name = action.substr(action.rfind('/') + 1);
  RequestText request{.action = std::string(action),
                      .resource_uri = "",
                      .body = fmt::format("<e:{0} {1}>{2}</e:{0}>", name, e, content)};
  request.headers =
      fmt::format("<e:Identifier {} s:mustUnderstand=\"true\">{}</e:Identifier>", e, identifier);
  return request;
}

std::vector<std::string> items_of(Reply const& pulled) {
  std::vector<std::string> items;
  for (auto const item : pulled.body().child(ns::enumeration, "Items").children())
    items.push_back(item.trimmed_text());
  return items;
}

void accept(Dispatcher& dispatcher, RequestText const& request) {
  auto const reply = ask(dispatcher, request);
  EXPECT_EQ(reply.status, 200) << reply.text;
}

bool is_idle_soon(Dispatcher const& dispatcher) {
  for (int i = 0; i < 200 && !dispatcher.idle(); ++i) std::this_thread::sleep_for(Milliseconds(10));
  return dispatcher.idle();
}

class SubscriptionTest : public testing::Test {
 protected:
  std::unique_ptr<Dispatcher> make_dispatcher(std::shared_ptr<FakeSinks> sinks = nullptr) {
    std::vector<std::unique_ptr<Plugin>> plugins;
    plugins.push_back(std::make_unique<test::FakeEventPlugin>(feed_));
    return std::make_unique<Dispatcher>(EngineSettings(), std::move(plugins),
                                        std::vector<std::unique_ptr<ShellPlugin>>(), nullptr,
                                        std::move(sinks));
  }
  std::string subscribe_to_pull(Dispatcher& dispatcher, std::string const& more = "") {
    auto const reply = ask(dispatcher, subscribe(wsman::delivery_mode::pull, "", more));
    EXPECT_EQ(reply.status, 200) << reply.text;
    return context_of(reply);
  }

  std::shared_ptr<test::FakeFeed> feed_ = std::make_shared<test::FakeFeed>();
};

using PullSubscription = SubscriptionTest;

TEST_F(PullSubscription, P6_SubscribeGrantsWhatManagesIt) {
  auto const dispatcher = make_dispatcher();
  auto const reply =
      ask(*dispatcher, subscribe(wsman::delivery_mode::pull, "", "<e:Expires>PT30S</e:Expires>"));
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_TRUE(reply.body().is(ns::eventing, "SubscribeResponse"));
  EXPECT_EQ(reply.header(ns::addressing, "Action").trimmed_text(),
            std::string(wsman::action::subscribe) + "Response");
  EXPECT_THAT(identifier_of(reply), testing::StartsWith("uuid:"));
  EXPECT_FALSE(context_of(reply).empty());
  EXPECT_EQ(reply.body().child(ns::eventing, "Expires").trimmed_text(), "PT30.000S");
  EXPECT_FALSE(dispatcher->idle()) << "the host must live as long as the subscription";
}

TEST_F(PullSubscription, P6_APullWaitsForAnEventAndSaysTheBookmark) {
  auto const dispatcher = make_dispatcher();
  auto const context = subscribe_to_pull(*dispatcher, "<w:SendBookmarks/>");
  auto pending = test::start(*dispatcher, pull(context));
  EXPECT_FALSE(pending.ready(Milliseconds(100)));
  feed_->add("one");
  auto const reply = pending.reply();
  EXPECT_EQ(items_of(reply), std::vector<std::string>{"one"});
  EXPECT_EQ(reply.header(ns::wsman, "Bookmark").child("", "At").trimmed_text(), "1");
  EXPECT_EQ(reply.body().child(ns::enumeration, "EnumerationContext").trimmed_text(), context);
  EXPECT_FALSE(reply.body().child(ns::enumeration, "EndOfSequence")) << "events never end";
}

TEST_F(PullSubscription, P6_APullTakesAsManyAsItMayAndSkipsWhatTheFilterRefuses) {
  auto const dispatcher = make_dispatcher();
  auto const context = subscribe_to_pull(*dispatcher);
  for (auto const* text : {"a", "unwanted", "b", "c"}) feed_->add(text);
  EXPECT_EQ(items_of(ask(*dispatcher, pull(context, "<n:MaxElements>2</n:MaxElements>"))),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(items_of(ask(*dispatcher, pull(context, "<n:MaxElements>20</n:MaxElements>"))),
            std::vector<std::string>{"c"});
}

TEST_F(PullSubscription, P6_ABookmarkGoesOnBehindItsEvent) {
  auto const dispatcher = make_dispatcher();
  for (auto const* text : {"a", "b", "c"}) feed_->add(text);
  auto const context = subscribe_to_pull(*dispatcher, "<w:Bookmark>2</w:Bookmark>");
  EXPECT_EQ(items_of(ask(*dispatcher, pull(context))), std::vector<std::string>{"c"});
}

TEST_F(PullSubscription, P6_APullWithoutEventsTimesOutAndLosesNothing) {
  auto const dispatcher = make_dispatcher();
  auto const context = subscribe_to_pull(*dispatcher);
  auto late = ask(*dispatcher, pull(context, "<n:MaxTime>PT0.1S</n:MaxTime>"));
  EXPECT_EQ(late.fault_subcode(), "w:TimedOut");
  late = ask(*dispatcher, pull(context).with_timeout("PT0.1S"));
  EXPECT_EQ(late.fault_subcode(), "w:TimedOut");
  feed_->add("after all");
  EXPECT_EQ(items_of(ask(*dispatcher, pull(context))), std::vector<std::string>{"after all"});
}

TEST_F(PullSubscription, P6_ACancelledPullLosesNothing) {
  auto const dispatcher = make_dispatcher();
  auto const context = subscribe_to_pull(*dispatcher);
  auto gone = test::start(*dispatcher, pull(context));
  ASSERT_NE(gone.call, nullptr);
  gone.call->cancel();
  feed_->add("kept");
  EXPECT_EQ(items_of(ask(*dispatcher, pull(context))), std::vector<std::string>{"kept"});
}

TEST_F(PullSubscription, P6_TwoPullsAtOnceAreRefused) {
  auto const dispatcher = make_dispatcher();
  auto const context = subscribe_to_pull(*dispatcher);
  auto first = test::start(*dispatcher, pull(context));
  EXPECT_EQ(ask(*dispatcher, pull(context)).fault_code(), "2150858758");
  feed_->add("x");
  EXPECT_EQ(items_of(first.reply()).size(), 1U);
}

TEST_F(PullSubscription, P6_AnEventTooLargeForTheClientIsKeptForALargerEnvelope) {
  auto const dispatcher = make_dispatcher();
  auto const context = subscribe_to_pull(*dispatcher);
  feed_->add(std::string(20'000, 'x'));
  EXPECT_EQ(ask(*dispatcher, pull(context).with_envelope(8192)).fault_subcode(), "w:EncodingLimit");
  EXPECT_EQ(items_of(ask(*dispatcher, pull(context).with_envelope(60'000))).size(), 1U);
}

TEST_F(PullSubscription, P6_UnsubscribeAndReleaseEndIt) {
  auto const dispatcher = make_dispatcher();
  auto const subscribed = ask(*dispatcher, subscribe(wsman::delivery_mode::pull));
  auto waiting = test::start(*dispatcher, pull(context_of(subscribed)));
  EXPECT_EQ(ask(*dispatcher, managing(wsman::action::unsubscribe, identifier_of(subscribed))).status, 200);
  EXPECT_EQ(waiting.reply().fault_code(), "2150858910");
  EXPECT_TRUE(is_idle_soon(*dispatcher));
  EXPECT_EQ(ask(*dispatcher, managing(wsman::action::unsubscribe, identifier_of(subscribed))).fault_subcode(),
            "e:UnableToRenew");
  auto const context = subscribe_to_pull(*dispatcher);
  RequestText release = pull(context);
  release.action = wsman::action::release;
  release.body =
      fmt::format("<n:Release><n:EnumerationContext>{}</n:EnumerationContext></n:Release>", context);
  EXPECT_EQ(ask(*dispatcher, release).status, 200);
  EXPECT_TRUE(is_idle_soon(*dispatcher));
  EXPECT_EQ(feed_->open_sources, 0);
}

TEST_F(PullSubscription, P6_RenewPutsOffTheExpiry) {
  auto const dispatcher = make_dispatcher();
  auto const subscribed =
      ask(*dispatcher, subscribe(wsman::delivery_mode::pull, "", "<e:Expires>PT0.4S</e:Expires>"));
  auto const renewed = ask(
      *dispatcher, managing(wsman::action::renew, identifier_of(subscribed), "<e:Expires>PT1H</e:Expires>"));
  EXPECT_EQ(renewed.body().child(ns::eventing, "Expires").trimmed_text(), "PT3600.000S");
  std::this_thread::sleep_for(Milliseconds(600));
  auto const status = ask(*dispatcher, managing(wsman::action::get_status, identifier_of(subscribed)));
  auto const left = parse_duration(status.body().child(ns::eventing, "Expires").trimmed_text());
  ASSERT_TRUE(left) << status.text;
  EXPECT_NEAR(static_cast<double>(left->count()), 3'599'000, 1500);
}

TEST_F(PullSubscription, P6_ItExpires) {
  auto const dispatcher = make_dispatcher();
  auto const subscribed =
      ask(*dispatcher, subscribe(wsman::delivery_mode::pull, "", "<e:Expires>PT0.2S</e:Expires>"));
  EXPECT_TRUE(is_idle_soon(*dispatcher));
  EXPECT_EQ(ask(*dispatcher, managing(wsman::action::renew, identifier_of(subscribed))).fault_code(),
            "2150858788");
  EXPECT_EQ(ask(*dispatcher, pull(context_of(subscribed))).fault_subcode(), "n:InvalidEnumerationContext");
}

TEST_F(PullSubscription, P6_ASourceThatCannotBeOpenedFailsTheSubscribe) {
  auto const dispatcher = make_dispatcher();
  feed_->open_fault = wsman::faults::bookmark_expired("The events are gone.");
  auto const reply = ask(*dispatcher, subscribe(wsman::delivery_mode::pull));
  EXPECT_EQ(reply.fault_code(), "2150858832");
  EXPECT_EQ(reply.fault_detail(), "Expired");
  EXPECT_TRUE(is_idle_soon(*dispatcher));
}

TEST_F(PullSubscription, P6_ASearchWithoutFindsEndsInTime) {
  feed_->search_step = Milliseconds(40);
  auto const dispatcher = make_dispatcher();
  auto const subscribed = ask(*dispatcher, subscribe(wsman::delivery_mode::pull));
  auto const context = context_of(subscribed);
  auto const began = SteadyClock::now();
  EXPECT_EQ(ask(*dispatcher, pull(context, "<n:MaxTime>PT0.2S</n:MaxTime>")).fault_subcode(), "w:TimedOut");
  auto waiting = test::start(*dispatcher, pull(context));
  EXPECT_FALSE(waiting.ready(Milliseconds(100)));
  accept(*dispatcher, managing(wsman::action::unsubscribe, identifier_of(subscribed)));
  EXPECT_EQ(waiting.reply().fault_code(), "2150858910");
  EXPECT_TRUE(is_idle_soon(*dispatcher));
  EXPECT_LT(SteadyClock::now() - began, Milliseconds(1500)) << "64 steps take longer";
}

TEST_F(PullSubscription, P6_ASourceThatCannotGoOnSaysWhy) {
  auto const dispatcher = make_dispatcher();
  auto const context = subscribe_to_pull(*dispatcher);
  feed_->next_fault = wsman::faults::cannot_process_filter("The event query takes too long.");
  auto const reply = ask(*dispatcher, pull(context));
  EXPECT_EQ(reply.fault_code(), "2150858910");
  EXPECT_THAT(reply.text, HasSubstr("The event query takes too long."));
  EXPECT_TRUE(is_idle_soon(*dispatcher));
}

TEST_F(PullSubscription, P6_ASourceLivesOnOneThread) {
  auto dispatcher = make_dispatcher();
  subscribe_to_pull(*dispatcher);
  dispatcher.reset();
  EXPECT_EQ(feed_->open_sources, 0);
  EXPECT_NE(feed_->opened_on, std::this_thread::get_id());
  EXPECT_EQ(feed_->opened_on, feed_->destroyed_on);
}

TEST_F(PullSubscription, P6_AnAccountHasItsQuota) {
  auto const dispatcher = make_dispatcher();
  for (std::size_t i = 0; i < limits::subscriptions; ++i) subscribe_to_pull(*dispatcher);
  EXPECT_EQ(ask(*dispatcher, subscribe(wsman::delivery_mode::pull)).fault_subcode(), "w:QuotaLimit");
}

TEST_F(PullSubscription, L17_AServiceThatStopsAnswersTheWaitingPull) {
  auto const dispatcher = make_dispatcher();
  auto waiting = test::start(*dispatcher, pull(subscribe_to_pull(*dispatcher)));
  dispatcher->shutdown();
  auto const reply = waiting.reply();
  EXPECT_EQ(reply.fault_code(), "2150858907") << "0x8033809B EVENTING_SUBSCRIPTIONCLOSED_BYREMOTESERVICE";
  EXPECT_EQ(reply.fault_subcode(), "e:SourceShuttingDown");
  EXPECT_TRUE(dispatcher->idle());
  EXPECT_EQ(ask(*dispatcher, subscribe(wsman::delivery_mode::pull)).fault_code(), "2150858907");
}

TEST_F(PullSubscription, P6_WithoutSinksEventsCanBePulledOnly) {
  auto const dispatcher = make_dispatcher();
  auto const reply = ask(*dispatcher, subscribe(wsman::delivery_mode::push, notify_to()));
  EXPECT_EQ(reply.fault_subcode(), "e:EventSourceUnableToProcess");
}

using PushSubscription = SubscriptionTest;

TEST_F(PushSubscription, P6_PushSendsEachEventAsAMessage) {
  auto const sinks = std::make_shared<FakeSinks>([](auto const&) { return std::string(); });
  auto const dispatcher = make_dispatcher(sinks);
  ASSERT_EQ(ask(*dispatcher, subscribe(wsman::delivery_mode::push, notify_to(), "<w:SendBookmarks/>")).status,
            200);
  feed_->add("one");
  feed_->add("two");
  auto const first = sinks->wait_for(0);
  EXPECT_EQ(first.address, "http://sink.test/");
  EXPECT_THAT(first.message, HasSubstr(">http://schemas.dmtf.org/wbem/wsman/1/wsman/Event</a:Action>"));
  EXPECT_THAT(first.message, HasSubstr("<s:Body><Event xmlns=\"urn:fake\">one</Event></s:Body>"));
  EXPECT_THAT(first.message, HasSubstr(">mine</e:Identifier>")) << "the sink's reference properties";
  EXPECT_THAT(first.message, HasSubstr("<w:Bookmark><At>1</At></w:Bookmark>"));
  EXPECT_THAT(first.message, Not(HasSubstr("AckRequested")));
  EXPECT_THAT(sinks->wait_for(1).message, HasSubstr(">two</Event>"));
}

TEST_F(PushSubscription, P6_PushWithAckRepeatsUntilItIsAcknowledged) {
  std::atomic<int> refusals{2};
  auto const sinks = std::make_shared<FakeSinks>([&](FakeSinks::Posted const& posted) {
    if (refusals-- > 0) throw DeliveryFailure("connection refused");
    return FakeSinks::acknowledge(posted);
  });
  auto const dispatcher = make_dispatcher(sinks);
  auto const retry = "<w:ConnectionRetry Total=\"5\">PT0.1S</w:ConnectionRetry>";
  accept(*dispatcher, subscribe(wsman::delivery_mode::push_with_ack, notify_to() + retry));
  feed_->add("one");
  feed_->add("two");
  EXPECT_THAT(sinks->wait_for(0).message, HasSubstr("<w:AckRequested/>"));
  EXPECT_EQ(sinks->wait_for(2).message, sinks->wait_for(0).message) << "the same message again";
  EXPECT_THAT(sinks->wait_for(3).message, HasSubstr(">two</Event>"));
}

TEST_F(PushSubscription, P6_EventsAreSentInBatches) {
  auto const sinks = std::make_shared<FakeSinks>();
  auto const dispatcher = make_dispatcher(sinks);
  auto const batch = "<w:MaxTime>PT0.3S</w:MaxTime><w:MaxElements>3</w:MaxElements>";
  for (auto const* text : {"a", "b", "c", "d"}) feed_->add(text);
  auto request = subscribe(wsman::delivery_mode::events, notify_to() + batch, "<w:SendBookmarks/>");
  accept(*dispatcher, request.with_option("CDATA", ""));
  auto const first = sinks->wait_for(0).message;
  EXPECT_THAT(first, HasSubstr(">http://schemas.dmtf.org/wbem/wsman/1/wsman/Events</a:Action>"));
  EXPECT_THAT(first, HasSubstr("<w:Bookmark><At>3</At></w:Bookmark>"));
  EXPECT_THAT(first,
              HasSubstr("<w:Events><w:Event Action=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/Event\">"
                        "&lt;Event xmlns=&quot;urn:fake&quot;&gt;a&lt;/Event&gt;</w:Event>"));
  EXPECT_THAT(first, Not(HasSubstr(";d&lt;")));
  auto const second = sinks->wait_for(1).message;
  EXPECT_THAT(second, HasSubstr(";d&lt;"));
  EXPECT_THAT(second, HasSubstr("<At>4</At>"));
}

TEST_F(PushSubscription, P6_SilenceIsFilledWithHeartbeats) {
  auto const sinks = std::make_shared<FakeSinks>();
  auto const dispatcher = make_dispatcher(sinks);
  accept(*dispatcher,
         subscribe(wsman::delivery_mode::events, "<w:Heartbeats>PT0.2S</w:Heartbeats>" + notify_to()));
  auto const beat = sinks->wait_for(0).message;
  EXPECT_THAT(beat, HasSubstr(">http://schemas.dmtf.org/wbem/wsman/1/wsman/Heartbeat</a:Action>"));
  EXPECT_THAT(beat, HasSubstr("<w:Events></w:Events>"));
  EXPECT_THAT(sinks->wait_for(1).message, HasSubstr("/Heartbeat</a:Action>"));
}

TEST_F(PushSubscription, P6_EventsThatWaitForOthersDoNotPutOffAHeartbeat) {
  auto const sinks = std::make_shared<FakeSinks>();
  auto const dispatcher = make_dispatcher(sinks);
  auto const delivery = "<w:Heartbeats>PT0.4S</w:Heartbeats>" + notify_to() + "<w:MaxTime>PT60S</w:MaxTime>";
  accept(*dispatcher, subscribe(wsman::delivery_mode::events, delivery));
  feed_->add("waits");
  auto const before = SteadyClock::now();
  EXPECT_THAT(sinks->wait_for(0).message, HasSubstr(">waits</Event>"));
  EXPECT_LT(SteadyClock::now() - before, Milliseconds(5000));
}

TEST_F(PushSubscription, P6_ABadEndToIsToldApartFromABadNotifyTo) {
  auto const dispatcher = make_dispatcher(std::make_shared<FakeSinks>());
  auto const fault_of = [&](std::string const& delivery, std::string const& behind) {
    return ask(*dispatcher, subscribe(wsman::delivery_mode::push, delivery, behind)).fault_code();
  };
  std::string const bad = "<e:EndTo><a:Address>ftp://end.test/</a:Address></e:EndTo>";
  auto const end_to_code = std::to_string(wsman::faults::invalid_end_to({}).code());
  EXPECT_EQ(fault_of(notify_to(), bad), end_to_code);
  EXPECT_EQ(fault_of(notify_to("ftp://sink.test/"), end_to()),
            std::to_string(wsman::faults::invalid_notify_to({}).code()));
  EXPECT_NE(fault_of(notify_to("ftp://sink.test/"), end_to()), end_to_code);
}

TEST_F(PushSubscription, P6_ASinkOutOfReachEndsItWithADeliveryFailure) {
  auto const sinks = std::make_shared<FakeSinks>([](FakeSinks::Posted const& posted) -> std::string {
    if (posted.address == "http://sink.test/") throw DeliveryFailure("connection refused");
    return {};
  });
  auto const dispatcher = make_dispatcher(sinks);
  auto const retry = "<w:ConnectionRetry Total=\"2\">PT0.1S</w:ConnectionRetry>";
  accept(*dispatcher, subscribe(wsman::delivery_mode::push, notify_to() + retry, end_to()));
  feed_->add("lost");
  auto const end = sinks->wait_for(2);
  EXPECT_EQ(end.address, "http://end.test/");
  EXPECT_THAT(end.message, HasSubstr("/eventing/SubscriptionEnd</a:Action>"));
  EXPECT_THAT(end.message,
              HasSubstr("<e:Status>http://schemas.xmlsoap.org/ws/2004/08/eventing/DeliveryFailure<"));
  EXPECT_TRUE(is_idle_soon(*dispatcher));
}

TEST_F(PushSubscription, P6_WhatHasEndedCannotBeRenewed) {
  std::promise<void> told;
  auto const sinks = std::make_shared<FakeSinks>(
      [&, seen = told.get_future().share()](FakeSinks::Posted const& posted) -> std::string {
        if (posted.address == "http://sink.test/") throw DeliveryFailure("connection refused");
        seen.wait();
        return {};
      });
  auto const dispatcher = make_dispatcher(sinks);
  auto const retry = "<w:ConnectionRetry Total=\"1\">PT0.1S</w:ConnectionRetry>";
  auto const subscribed =
      ask(*dispatcher, subscribe(wsman::delivery_mode::push, notify_to() + retry, end_to()));
  feed_->add("lost");
  EXPECT_EQ(sinks->wait_for(1).address, "http://end.test/") << "the notice is under way";
  for (auto const action : {wsman::action::renew, wsman::action::get_status})
    EXPECT_EQ(ask(*dispatcher, managing(action, identifier_of(subscribed))).fault_subcode(),
              "e:UnableToRenew");
  told.set_value();
  EXPECT_TRUE(is_idle_soon(*dispatcher));
}

TEST_F(PushSubscription, P6_AnyFailureOfADeliveryIsTriedAgain) {
  std::atomic<bool> failed{false};
  auto const sinks = std::make_shared<FakeSinks>([&](FakeSinks::Posted const& posted) -> std::string {
    if (posted.address == "http://end.test/") throw std::bad_alloc();
    if (!failed.exchange(true)) throw std::bad_alloc();
    return FakeSinks::acknowledge(posted);
  });
  auto const dispatcher = make_dispatcher(sinks);
  auto const retry = "<w:ConnectionRetry Total=\"2\">PT0.1S</w:ConnectionRetry>";
  accept(*dispatcher, subscribe(wsman::delivery_mode::events, notify_to() + retry, end_to()));
  feed_->add("kept");
  EXPECT_EQ(sinks->wait_for(1).message, sinks->wait_for(0).message);
  dispatcher->shutdown();
  EXPECT_EQ(sinks->wait_for(2).address, "http://end.test/");
}

TEST_F(PushSubscription, P6_AnEventTooLargeIsCountedSkippedOrTheEnd) {
  auto const large = std::string(20'000, 'x');
  for (auto const* policy : {"Notify", "Skip", "CancelSubscription"}) {
    feed_ = std::make_shared<test::FakeFeed>();
    auto const sinks = std::make_shared<FakeSinks>();
    auto const dispatcher = make_dispatcher(sinks);
    feed_->add(large);
    feed_->add("small");
    auto const limit = fmt::format("<w:MaxEnvelopeSize Policy=\"{}\">8192</w:MaxEnvelopeSize>", policy);
    accept(*dispatcher, subscribe(wsman::delivery_mode::events, notify_to() + limit, end_to()));
    std::string const first = sinks->wait_for(0).message;
    if (policy == std::string_view("Notify")) {
      EXPECT_THAT(first, HasSubstr("/wsman/DroppedEvents\">1</w:DroppedEvents>"));
      EXPECT_THAT(sinks->wait_for(1).message, HasSubstr(">small</Event>"));
    } else if (policy == std::string_view("Skip")) {
      EXPECT_THAT(first, HasSubstr(">small</Event>"));
    } else {
      EXPECT_THAT(first, HasSubstr("/eventing/SourceCancelling<"));
    }
  }
}

/// A NotifyTo whose deliveries repeat so many bytes.
std::string large_notify_to(std::size_t bytes) {
  return fmt::format(
      "<e:NotifyTo><a:Address>http://sink.test/</a:Address><a:ReferenceProperties><x:p xmlns:x=\"urn:x\">{}"
      "</x:p></a:ReferenceProperties></e:NotifyTo>",
      std::string(bytes, 'y'));
}

TEST_F(PushSubscription, P6_AnEnvelopeWithoutRoomForEventsIsRefused) {
  auto const dispatcher = make_dispatcher(std::make_shared<FakeSinks>());
  std::string const least = "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>";
  auto const refuses = [&](std::string const& delivery) {
    return ask(*dispatcher, subscribe(wsman::delivery_mode::events, delivery)).fault_subcode();
  };
  EXPECT_EQ(refuses(large_notify_to(7000) + least), "w:EncodingLimit");
  EXPECT_EQ(refuses(large_notify_to(2500) + least + "<w:ContentEncoding>UTF-16</w:ContentEncoding>"),
            "w:EncodingLimit");
  EXPECT_TRUE(dispatcher->idle());
  accept(*dispatcher, subscribe(wsman::delivery_mode::events, large_notify_to(4500) + least));
}

TEST_F(PushSubscription, P6_NoDeliveryIsLargerThanItsSinkTakes) {
  auto const sinks = std::make_shared<FakeSinks>();
  auto const dispatcher = make_dispatcher(sinks);
  for (int i = 0; i < 300; ++i) feed_->add(std::string(80, 'x'));
  auto const address = "http://sink.test/?" + [] {
    std::string escaped;
    for (int i = 0; i < 500; ++i) escaped += "&amp;";
    return escaped;
  }();
  auto const delivery = notify_to(address) + "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>";
  accept(*dispatcher, subscribe(wsman::delivery_mode::events, delivery, "<w:SendBookmarks/>"));
  std::size_t events = 0;
  for (std::size_t i = 0; events < 300; ++i) {
    auto const message = sinks->wait_for(i).message;
    EXPECT_LE(message.size(), 8192U);
    for (auto at = message.find("<w:Event "); at != std::string::npos; at = message.find("<w:Event ", at + 1))
      ++events;
  }
}

TEST_F(PushSubscription, L17_AServiceThatStopsTellsEndTo) {
  auto const sinks = std::make_shared<FakeSinks>();
  auto const dispatcher = make_dispatcher(sinks);
  auto const subscribed = ask(*dispatcher, subscribe(wsman::delivery_mode::events, notify_to(), end_to()));
  dispatcher->shutdown();
  ASSERT_EQ(sinks->count(), 1U);
  auto const end = sinks->wait_for(0);
  EXPECT_EQ(end.address, "http://end.test/");
  EXPECT_THAT(end.message,
              HasSubstr("<e:Status>http://schemas.xmlsoap.org/ws/2004/08/eventing/SourceShuttingDown<"));
  EXPECT_THAT(end.message, HasSubstr(identifier_of(subscribed)));
}

TEST_F(PushSubscription, P6_UnsubscribeSendsNoNotice) {
  auto const sinks = std::make_shared<FakeSinks>();
  auto const dispatcher = make_dispatcher(sinks);
  auto const subscribed = ask(*dispatcher, subscribe(wsman::delivery_mode::events, notify_to(), end_to()));
  accept(*dispatcher, managing(wsman::action::unsubscribe, identifier_of(subscribed)));
  EXPECT_TRUE(is_idle_soon(*dispatcher));
  EXPECT_EQ(sinks->count(), 0U);
}

TEST_F(PushSubscription, P6_AContextOfAPushSubscriptionCannotBePulled) {
  auto const dispatcher = make_dispatcher(std::make_shared<FakeSinks>());
  auto const subscribed = ask(*dispatcher, subscribe(wsman::delivery_mode::push, notify_to()));
  EXPECT_TRUE(context_of(subscribed).empty());
  EXPECT_EQ(ask(*dispatcher, pull(identifier_of(subscribed))).fault_subcode(), "n:InvalidEnumerationContext");
}

struct BadSubscribe {
  std::string what;
  std::string mode;
  std::string in_delivery;
  std::string behind_delivery;
  std::string subcode;
};

class BadSubscribeTest : public SubscriptionTest, public testing::WithParamInterface<BadSubscribe> {};

TEST_P(BadSubscribeTest, P6_IsRefused) {
  auto const dispatcher = make_dispatcher(std::make_shared<FakeSinks>());
  auto const& bad = GetParam();
  auto const reply = ask(*dispatcher, subscribe(bad.mode, bad.in_delivery, bad.behind_delivery));
  EXPECT_EQ(reply.fault_subcode(), bad.subcode) << bad.what << ": " << reply.text;
  EXPECT_TRUE(dispatcher->idle());
}

std::string uri(std::string_view text) { return std::string(text); }

INSTANTIATE_TEST_SUITE_P(
    Messages, BadSubscribeTest,
    testing::Values(
        BadSubscribe{"mode", "urn:no", notify_to(), "", "e:DeliveryModeRequestedUnavailable"},
        BadSubscribe{"no sink", uri(wsman::delivery_mode::push), "", "", "e:InvalidMessage"},
        BadSubscribe{"no address", uri(wsman::delivery_mode::push), notify_to(""), "", "e:InvalidMessage"},
        BadSubscribe{"past", uri(wsman::delivery_mode::pull), "",
                     "<e:Expires>2001-01-01T00:00:00Z</e:Expires>", "e:InvalidExpirationTime"},
        BadSubscribe{"no time", uri(wsman::delivery_mode::pull), "", "<e:Expires>soon</e:Expires>",
                     "e:UnsupportedExpirationType"},
        BadSubscribe{"heartbeat", uri(wsman::delivery_mode::events),
                     "<w:Heartbeats>PT0S</w:Heartbeats>" + notify_to(), "", "e:InvalidMessage"},
        BadSubscribe{"retry", uri(wsman::delivery_mode::events),
                     notify_to() + "<w:ConnectionRetry Total=\"0\">PT1S</w:ConnectionRetry>", "",
                     "e:InvalidMessage"},
        BadSubscribe{"batch", uri(wsman::delivery_mode::push),
                     notify_to() + "<w:MaxElements>2</w:MaxElements>", "", "w:UnsupportedFeature"},
        BadSubscribe{"envelope", uri(wsman::delivery_mode::events),
                     notify_to() + "<w:MaxEnvelopeSize>100</w:MaxEnvelopeSize>", "", "w:EncodingLimit"},
        BadSubscribe{"encoding", uri(wsman::delivery_mode::events),
                     notify_to() + "<w:ContentEncoding>EBCDIC</w:ContentEncoding>", "",
                     "w:InvalidParameter"}));

}  // namespace
}  // namespace winrm::engine
