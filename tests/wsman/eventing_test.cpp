#include "wsman/eventing.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wsman/eventing_uris.hpp"
#include "wsman/fault.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

using ::testing::HasSubstr;

/// As a Windows collector writes it (wire reference 7.4).
constexpr std::string_view collector_subscribe =
    R"(<e:Subscribe xmlns:e="http://schemas.xmlsoap.org/ws/2004/08/eventing" )"
    R"(xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" )"
    R"(xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" )"
    R"(xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd" )"
    R"(xmlns:s="http://www.w3.org/2003/05/soap-envelope">)"
    R"(<e:EndTo><a:Address>HTTP://collector.test:5985/end</a:Address>)"
    R"(<a:ReferenceProperties><e:Identifier>VERSION</e:Identifier></a:ReferenceProperties></e:EndTo>)"
    R"(<e:Delivery Mode="http://schemas.dmtf.org/wbem/wsman/1/wsman/Events">)"
    R"(<w:Heartbeats>PT3600.000S</w:Heartbeats>)"
    R"(<e:NotifyTo><a:Address>HTTP://collector.test:5985/wsman/subscriptions/1</a:Address>)"
    R"(<a:ReferenceProperties><e:Identifier>VERSION</e:Identifier></a:ReferenceProperties>)"
    R"(<c:Policy xmlns:c="http://schemas.xmlsoap.org/ws/2002/12/policy" )"
    R"(xmlns:auth="http://schemas.microsoft.com/wbem/wsman/1/authentication"><c:ExactlyOne><c:All>)"
    R"(<auth:Authentication Profile="http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/spnego-kerberos"/>)"
    R"(</c:All></c:ExactlyOne></c:Policy></e:NotifyTo>)"
    R"(<w:ConnectionRetry Total="5">PT60.0S</w:ConnectionRetry><w:MaxTime>PT30.000S</w:MaxTime>)"
    R"(<w:MaxEnvelopeSize Policy="Notify">512000</w:MaxEnvelopeSize>)"
    R"(<w:Locale xml:lang="de-DE" s:mustUnderstand="false"/><w:ContentEncoding>UTF-16</w:ContentEncoding>)"
    R"(</e:Delivery><w:Filter Dialect="http://schemas.microsoft.com/win/2004/08/events/eventquery">)"
    R"(<QueryList><Query Id="0"><Select Path="Security">*</Select></Query></QueryList></w:Filter>)"
    R"(<w:Bookmark>http://schemas.dmtf.org/wbem/wsman/1/wsman/bookmark/earliest</w:Bookmark>)"
    R"(<w:SendBookmarks/></e:Subscribe>)";

void expect_collector(SubscribeRequest const& request) {
  EXPECT_EQ(request.delivery.mode, DeliveryMode::events);
  EXPECT_EQ(request.delivery.heartbeats, Milliseconds(3'600'000));
  EXPECT_EQ(request.delivery.notify_to->address, "HTTP://collector.test:5985/wsman/subscriptions/1");
  EXPECT_EQ(request.delivery.notify_to->profile, kerberos_profile);
  ASSERT_EQ(request.delivery.notify_to->headers.size(), 1U);
  EXPECT_THAT(request.delivery.notify_to->headers[0], HasSubstr(">VERSION</e:Identifier>"));
  EXPECT_EQ(request.delivery.attempts, 5U);
  EXPECT_EQ(request.delivery.retry_interval, Milliseconds(60'000));
  EXPECT_EQ(request.delivery.max_time, Milliseconds(30'000));
  EXPECT_EQ(request.delivery.max_envelope_size, 512'000U);
  EXPECT_EQ(request.delivery.oversize, OversizePolicy::notify);
  EXPECT_EQ(request.delivery.locale, "de-DE");
  EXPECT_EQ(request.delivery.encoding, Encoding::utf16);
  EXPECT_EQ(request.end_to->address, "HTTP://collector.test:5985/end");
  EXPECT_EQ(request.filter->dialect, dialect::event_query);
  EXPECT_EQ(request.filter->element.first_child().local_name(), "QueryList");
  EXPECT_TRUE(request.bookmark->earliest);
  EXPECT_TRUE(request.send_bookmarks);
}

TEST(EventingMessages, P6_TheSubscribeOfAWindowsCollectorIsRead) {
  auto const document = xml::Document::parse(collector_subscribe).value();
  expect_collector(read_subscribe(document.root()));
}

TEST(EventingMessages, P6_ASubscribeIsReadAsItWasWritten) {
  auto const document = xml::Document::parse(collector_subscribe).value();
  auto const request = read_subscribe(document.root());
  SubscribeContent content;
  content.delivery = request.delivery;
  content.end_to = request.end_to;
  content.expires = request.expires;
  content.filter_dialect = request.filter->dialect;
  content.filter_xml = request.filter->element.first_child().serialize();
  content.bookmark_xml = earliest_bookmark;
  content.send_bookmarks = true;
  std::string text;
  {
    xml::Writer writer(text);
    writer.open("x").declare("e", ns::eventing).declare("a", ns::addressing).declare("w", ns::wsman);
    write_subscribe(writer, content);
    writer.close();
  }
  auto const again = xml::Document::parse(text).value();
  expect_collector(read_subscribe(again.root().first_child()));
}

TEST(EventingMessages, P6_TheAnswerIsReadAsItWasWritten) {
  SubscriptionGrant const grant{.manager_address = "http://source.test:5985/wsman",
                                .resource_uri = std::string(resource::event_log),
                                .identifier = "uuid:1",
                                .expires = Milliseconds(90'000),
                                .enumeration_context = "uuid:2"};
  std::string text;
  {
    xml::Writer writer(text);
    writer.open("x").declare("e", ns::eventing).declare("a", ns::addressing).declare("w", ns::wsman);
    write_subscribe_response(writer, grant);
    writer.close();
  }
  auto const document = xml::Document::parse(text).value();
  auto const read = read_subscribe_response(document.root().first_child());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->manager_address, grant.manager_address);
  EXPECT_EQ(read->resource_uri, grant.resource_uri);
  EXPECT_EQ(read->identifier, grant.identifier);
  EXPECT_EQ(read->expires, grant.expires);
  EXPECT_EQ(read->enumeration_context, grant.enumeration_context);
}

DeliveryEnvelope around(SinkReference const& sink) {
  return {.sink = sink,
          .bookmark_xml = "<B/>",
          .wants_ack = true,
          .timeout = Milliseconds(60'000),
          .locale = "de-DE"};
}

TEST(EventingMessages, P6_DeliveriesSayWhatTheirSinkWantsToHear) {
  SinkReference const sink{"http://sink.test/", {"<mine xmlns=\"urn:x\">7</mine>"}, {}};
  auto const message =
      write_events(around(sink), {write_batch_item("<E/>", false), write_batch_item("<E/>", true)});
  auto const answer = Answer::parse(message.text);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->action, action::events);
  EXPECT_EQ(answer->message_id, message.message_id);
  EXPECT_EQ(answer->header("urn:x", "mine").trimmed_text(), "7");
  EXPECT_TRUE(answer->header(ns::wsman, "AckRequested"));
  EXPECT_TRUE(answer->header(ns::wsman, "Bookmark").first_child());
  EXPECT_EQ(answer->header(ns::addressing, "To").trimmed_text(), "http://sink.test/");
  auto const first = answer->body().first_child();
  EXPECT_EQ(first.first_child().local_name(), "E");
  EXPECT_EQ(first.next_sibling().trimmed_text(), "<E/>");
  EXPECT_EQ(first.attribute("", "Action"), action::event);
  EXPECT_EQ(Answer::parse(write_heartbeat(around(sink)).text)->action, action::heartbeat);
  EXPECT_EQ(Answer::parse(write_dropped_events(around(sink), 3).text)->body().trimmed_text(), "3");
}

std::string ack(std::string_view action, std::string_view relates_to) {
  return fmt::format(
      "<s:Envelope xmlns:s=\"{}\" "
      "xmlns:a=\"{}\"><s:Header><a:Action>{}</a:Action><a:RelatesTo>{}</a:RelatesTo>"
      "</s:Header><s:Body/></s:Envelope>",
      ns::soap, ns::addressing, action, relates_to);
}

TEST(EventingMessages, P6_OnlyAnAcknowledgementOfTheMessageCounts) {
  auto const check = [](std::string const& text) {
    return check_ack(Answer::parse(text).value(), "uuid:A").has_value();
  };
  EXPECT_TRUE(check(ack(action::ack, "uuid:A")));
  EXPECT_TRUE(check(ack(action::ack, "UUID:a")));
  EXPECT_TRUE(check(ack(action::misspelt_ack, "uuid:A")));
  EXPECT_FALSE(check(ack(action::ack, "uuid:B")));
  EXPECT_FALSE(check(ack(action::events, "uuid:A")));
}

TEST(EventingMessages, TheLocaleIsLimited) {
  auto const read = [](std::size_t length) {
    auto const text = fmt::format(
        "<e:Subscribe xmlns:e=\"{}\" xmlns:w=\"{}\"><e:Delivery Mode=\"{}\"><w:Locale xml:lang=\"{}\"/>"
        "</e:Delivery></e:Subscribe>",
        ns::eventing, ns::wsman, delivery_mode::pull, std::string(length, 'e'));
    auto const document = xml::Document::parse(text).value();
    return read_subscribe(document.root()).delivery.locale.size();
  };
  EXPECT_EQ(read(limits::locale_bytes), limits::locale_bytes);
  EXPECT_THROW(static_cast<void>(read(limits::locale_bytes + 1)), Fault);
}

TEST(EventingMessages, ReferencePropertiesAreLimited) {
  std::string many;
  for (std::size_t i = 0; i <= limits::sink_references; ++i) many += "<p/>";
  auto const text = fmt::format(
      "<e:Subscribe xmlns:e=\"{}\" xmlns:a=\"{}\"><e:Delivery><e:NotifyTo><a:Address>http://x/</a:Address>"
      "<a:ReferenceProperties>{}</a:ReferenceProperties></e:NotifyTo></e:Delivery></e:Subscribe>",
      ns::eventing, ns::addressing, many);
  auto const document = xml::Document::parse(text).value();
  EXPECT_THROW(static_cast<void>(read_subscribe(document.root())), Fault);
}

}  // namespace
}  // namespace winrm::wsman
