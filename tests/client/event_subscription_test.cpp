#include "client/event_subscription.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/support/fake_transport.hpp"
#include "client/support/recording.hpp"
#include "wsman/eventing_uris.hpp"
#include "xml/names.hpp"

namespace winrm::client {
namespace {

using ::testing::HasSubstr;

/// A service that answers in turn, and keeps what it was asked.
class ScriptedEventService {
 public:
  explicit ScriptedEventService(std::deque<std::string> bodies) : bodies_(std::move(bodies)) {}

  testing::HttpHandler handler() {
    return [this](http::ClientRequest const& request) -> testing::HttpResult {
      requests.push_back(request.body);
      auto const body = bodies_.empty() ? std::string() : bodies_.front();
      if (!bodies_.empty()) bodies_.pop_front();
      bool const is_fault = body.find("<s:Fault") != std::string::npos;
      return testing::soap(
          fmt::format(
              "<s:Envelope xmlns:s=\"{}\" xmlns:a=\"{}\" xmlns:e=\"{}\" xmlns:n=\"{}\" xmlns:w=\"{}\">"
              "<s:Header><a:RelatesTo>{}</a:RelatesTo><w:Bookmark><At>7</At></w:Bookmark></s:Header>"
              "<s:Body>{}</s:Body></s:Envelope>",
              ns::soap, ns::addressing, ns::eventing, ns::enumeration, ns::wsman,
              testing::element_text(request.body, "MessageID"), body),
          is_fault ? 500 : 200);
    };
  }
  std::vector<std::string> requests;

 private:
  std::deque<std::string> bodies_;
};

constexpr auto subscribed =
    "<e:SubscribeResponse><e:SubscriptionManager><a:Address>http://x/</a:Address><a:ReferenceParameters>"
    "<e:Identifier>uuid:S</e:Identifier></a:ReferenceParameters></e:SubscriptionManager>"
    "<e:Expires>PT60S</e:Expires><n:EnumerationContext>uuid:C</n:EnumerationContext></e:SubscribeResponse>";

wsman::SubscribeContent pull_everything() {
  wsman::SubscribeContent content;
  content.delivery.mode = wsman::DeliveryMode::pull;
  content.send_bookmarks = true;
  return content;
}

ResourceLocator event_log() {
  ResourceLocator resource;
  resource.resource_uri = wsman::resource::event_log;
  return resource;
}

TEST(EventSubscription, P6_PullsRenewsAndUnsubscribes) {
  ScriptedEventService service({subscribed,
                                "<n:PullResponse><n:EnumerationContext>uuid:C</"
                                "n:EnumerationContext><n:Items><Event xmlns=\"urn:e\">1</Event>"
                                "<Event xmlns=\"urn:e\">2</Event></n:Items></n:PullResponse>",
                                "<e:RenewResponse><e:Expires>PT30S</e:Expires></e:RenewResponse>", ""});
  Session session(testing::local_options(), testing::fake_transport(service.handler()));
  {
    EventSubscription subscription(session, event_log(), pull_everything());
    EXPECT_EQ(subscription.grant().identifier, "uuid:S");
    auto const batch = subscription.pull(20);
    ASSERT_EQ(batch.events.size(), 2U);
    EXPECT_THAT(batch.events[1], HasSubstr(">2</"));
    EXPECT_THAT(batch.bookmark_xml, HasSubstr(">7</At>"));
    subscription.renew(Milliseconds(30'000));
    EXPECT_EQ(subscription.grant().expires, Milliseconds(30'000));
  }
  ASSERT_EQ(service.requests.size(), 4U) << "it unsubscribes at its end";
  EXPECT_THAT(service.requests[0], HasSubstr("<w:SendBookmarks/>"));
  EXPECT_THAT(service.requests[1], HasSubstr("<n:EnumerationContext>uuid:C<"));
  EXPECT_THAT(service.requests[2], HasSubstr("<e:Identifier>uuid:S</e:Identifier>"));
  EXPECT_THAT(service.requests[3], HasSubstr("/eventing/Unsubscribe<"));
}

std::string fault(std::string_view subcode, std::uint32_t code) {
  return fmt::format(
      "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{}</s:Value></s:Subcode></s:Code>"
      "<s:Reason><s:Text xml:lang=\"en-US\">no</s:Text></s:Reason><s:Detail><f:WSManFault xmlns:f=\"{}\" "
      "Code=\"{}\"><f:Message>no</f:Message></f:WSManFault></s:Detail></s:Fault>",
      subcode, ns::fault, code);
}

TEST(EventSubscription, P6_NoEventInTimeIsNoFailure) {
  ScriptedEventService service({subscribed, fault("w:TimedOut", 2150858793)});
  Session session(testing::local_options(), testing::fake_transport(service.handler()));
  EventSubscription subscription(session, event_log(), pull_everything());
  EXPECT_TRUE(subscription.pull().events.empty());
}

TEST(EventSubscription, L17_AServiceThatStopsIsAFailureOfThatCode) {
  ScriptedEventService service({subscribed, fault("e:SourceShuttingDown", 0x8033809B)});
  Session session(testing::local_options(), testing::fake_transport(service.handler()));
  EventSubscription subscription(session, event_log(), pull_everything());
  try {
    static_cast<void>(subscription.pull());
    FAIL() << "the Pull succeeded";
  } catch (Failure const& failure) {
    EXPECT_EQ(failure.code(), 0x8033809BU);
  }
}

}  // namespace
}  // namespace winrm::client
