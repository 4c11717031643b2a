#include "wsman/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "wsman/actions.hpp"
#include "wsman/envelope.hpp"
#include "wsman/fault.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

using testing::Envelope;
using ::testing::HasSubstr;
using testing::with_headers;
using namespace std::chrono_literals;

/// The fault a message is refused with, or none.
std::optional<Fault> refusal(std::string_view message) {
  try {
    static_cast<void>(Request::parse(message));
    return std::nullopt;
  } catch (Fault const& fault) {
    return fault;
  }
}

std::string_view refused_as(std::string_view message) {
  auto const fault = refusal(message);
  return fault ? fault->row().name : "accepted";
}

TEST(Request, P1_P3_ReadsTheAddressingHeaders) {
  Request const request = Request::parse(Envelope().str());
  EXPECT_EQ(request.action, action::get);
  EXPECT_EQ(request.message_id, testing::message_id);
  EXPECT_EQ(request.to, "http://host:5985/wsman");
  EXPECT_EQ(request.resource_uri, resource::config);
  EXPECT_TRUE(request.selectors.empty());
  EXPECT_TRUE(request.options.empty());
  EXPECT_EQ(request.max_envelope_size, std::nullopt);
  EXPECT_EQ(request.operation_timeout, std::nullopt);
  EXPECT_EQ(request.encoding, Encoding::utf8);
  EXPECT_FALSE(request.body());
}

TEST(Request, ReadsEveryOtherHeader) {
  Request const request = Request::parse(
      with_headers("<w:MaxEnvelopeSize s:mustUnderstand='true'>153600</w:MaxEnvelopeSize>"
                   "<w:OperationTimeout>PT60.500S</w:OperationTimeout>"
                   "<w:Locale xml:lang='de-DE' s:mustUnderstand='false'/><p:DataLocale xml:lang='fr-FR' "
                   "s:mustUnderstand='false'/>"
                   "<p:SessionId s:mustUnderstand='false'>uuid:1</p:SessionId><p:OperationID "
                   "s:mustUnderstand='false'>uuid:2</p:OperationID>"
                   "<p:SequenceId s:mustUnderstand='false'>1</p:SequenceId><p:ActivityId>3</p:ActivityId>"
                   "<rsp:CompressionType s:mustUnderstand='true'>xpress</rsp:CompressionType>"
                   "<w:FragmentTransfer s:mustUnderstand='true'>Name/text()</w:FragmentTransfer>"
                   "<w:RequestTotalItemsCountEstimate/>"));
  EXPECT_EQ(request.max_envelope_size, 153600U);
  EXPECT_EQ(request.operation_timeout, 60500ms);
  EXPECT_EQ(request.locale, "de-DE");
  EXPECT_EQ(request.data_locale, "fr-FR");
  EXPECT_EQ(request.session_id, "uuid:1");
  EXPECT_EQ(request.operation_id, "uuid:2");
  EXPECT_EQ(request.compression_type, "xpress");
  ASSERT_TRUE(request.fragment);
  EXPECT_EQ(request.fragment->path, "Name/text()");
  EXPECT_EQ(request.fragment->dialect, dialect::xpath);
  EXPECT_TRUE(request.total_items_requested);
}

TEST(Request, BodyIsItsFirstElement) {
  Envelope envelope;
  envelope.body = "<s:Body> <rsp:Signal CommandId='1'/> </s:Body>";
  Request const request = Request::parse(envelope.str());
  EXPECT_TRUE(request.body().is(ns::shell, "Signal"));
}

TEST(Request, MayBeMovedAfterItWasRead) {
  Envelope envelope;
  envelope.body = "<s:Body><rsp:Receive/></s:Body>";
  Request request = Request::parse(envelope.str());
  Request const moved = std::move(request);
  EXPECT_EQ(moved.body().local_name(), "Receive");
}

TEST(Request, HeadersOfPlugInsAreFoundUnlessAmbiguous) {
  Request const request = Request::parse(with_headers(
      "<m:MachineID xmlns:m='urn:m' s:mustUnderstand='false'>host</m:MachineID><q:X xmlns:q='urn:q'/>"
      "<q:X xmlns:q='urn:q'/>"));
  EXPECT_EQ(request.header("urn:m", "MachineID").text(), "host");
  EXPECT_FALSE(request.header("urn:q", "X"));
  EXPECT_FALSE(request.header("urn:m", "Other"));
}

// C3 14: missing headers.
TEST(Request, P3_MissingHeadersAreFaults) {
  Envelope no_id;
  no_id.message_id.clear();
  EXPECT_EQ(refused_as(no_id.str()), "MESSAGE_INFORMATION_HEADER_REQUIRED");
  EXPECT_EQ(refusal(no_id.str())->relates_to(), "");
  Envelope no_action;
  no_action.action.clear();
  EXPECT_EQ(refused_as(no_action.str()), "MESSAGE_INFORMATION_HEADER_REQUIRED");
  Envelope no_resource;
  no_resource.resource_uri.clear();
  EXPECT_EQ(refused_as(no_resource.str()), "INVALID_RESOURCE_URI");
  EXPECT_EQ(refusal(no_resource.str())->row().subcode, "a:DestinationUnreachable");
  EXPECT_EQ(refusal(no_resource.str())->row().detail, "InvalidResourceURI");
}

TEST(Request, EventDeliveriesAndEndNeedNoResource) {
  for (auto action : {"http://schemas.dmtf.org/wbem/wsman/1/wsman/Events",
                      "http://schemas.microsoft.com/wbem/wsman/1/wsman/End",
                      "http://schemas.xmlsoap.org/ws/2004/08/eventing/Renew"}) {
    Envelope envelope;
    envelope.resource_uri.clear();
    envelope.action = std::string("<a:Action>") + action + "</a:Action>";
    EXPECT_EQ(refused_as(envelope.str()), "accepted") << action;
  }
}

TEST(Request, P3_EveryFaultRelatesToItsRequest) {
  auto const fault = refusal(with_headers("<w:OperationTimeout>soon</w:OperationTimeout>"));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->relates_to(), testing::message_id);
}

TEST(Request, P3_MessageIdForms) {
  struct {
    char const* id;
    bool good;
  } const rows[] = {
      {"uuid:AAAAAAAA-2222-3333-4444-555555555555", true},
      {"uuid:aaaaaaaa-2222-3333-4444-555555555555", true},
      {"urn:uuid:aaaaaaaa-2222-3333-4444-555555555555", true},
      {"UUID:aaaaaaaa-2222-3333-4444-555555555555", true},
      {"\n  uuid:aaaaaaaa-2222-3333-4444-555555555555\n", true},
      {"aaaaaaaa-2222-3333-4444-555555555555", false},
      {"uuid:", false},
      {"uuid:1", false},
      {"uuid:{aaaaaaaa-2222-3333-4444-555555555555}", false},
      {"http://example/1", false},
      {"uuid:aaaaaaaa-2222-3333-4444-5555555555555", false},
  };
  for (auto const& row : rows) {
    Envelope envelope;
    envelope.message_id = std::string("<a:MessageID>") + row.id + "</a:MessageID>";
    EXPECT_EQ(refused_as(envelope.str()), row.good ? "accepted" : "INVALID_MESSAGE_INFORMATION_HEADER")
        << row.id;
  }
}

// C3 14: duplicates.
TEST(Request, EveryHeaderMayBeThereOnce) {
  Envelope const base;
  for (std::string const& again :
       {base.action, base.message_id, base.to, base.reply_to, base.resource_uri,
        std::string("<w:SelectorSet/><w:SelectorSet/>"), std::string("<w:OptionSet/><w:OptionSet/>"),
        std::string("<w:MaxEnvelopeSize>9000</w:MaxEnvelopeSize><w:MaxEnvelopeSize>9000</w:MaxEnvelopeSize>"),
        std::string(
            "<w:OperationTimeout>PT1S</w:OperationTimeout><w:OperationTimeout>PT1S</w:OperationTimeout>"),
        std::string(
            "<w:FragmentTransfer>a</w:FragmentTransfer><w:FragmentTransfer>a</w:FragmentTransfer>")}) {
    EXPECT_EQ(refused_as(with_headers(again)), "INVALID_MESSAGE_INFORMATION_HEADER") << again;
  }
}

// MS-WSMV 3.1.4.1.18.
TEST(Request, P7_AFragmentMustBeUnderstood) {
  auto const fragment = [](std::string const& attribute) {
    return with_headers("<w:FragmentTransfer" + attribute + ">Name</w:FragmentTransfer>");
  };
  EXPECT_EQ(refused_as(fragment(" s:mustUnderstand='false'")), "INVALID_MESSAGE_INFORMATION_HEADER");
  EXPECT_EQ(refused_as(fragment(" s:mustUnderstand='0'")), "INVALID_MESSAGE_INFORMATION_HEADER");
  EXPECT_EQ(refused_as(fragment(" s:mustUnderstand='1'")), "accepted");
  EXPECT_EQ(refused_as(fragment("")), "accepted");
}

TEST(Request, LookAlikesInOtherNamespacesAreRefused) {
  for (auto twin :
       {"<Action xmlns='http://www.w3.org/2005/08/addressing'>urn:other</Action>",
        "<q:MessageID xmlns:q='urn:q'>1</q:MessageID>", "<q:ResourceURI xmlns:q='urn:q'>1</q:ResourceURI>",
        "<q:SelectorSet xmlns:q='urn:q'/>", "<p:ResourceURI>1</p:ResourceURI>", "<ReplyTo/>"}) {
    EXPECT_EQ(refused_as(with_headers(twin)), "INVALID_MESSAGE_INFORMATION_HEADER") << twin;
  }
}

TEST(Request, EnvelopeHasOneHeaderThenOneBody) {
  std::string const good = Envelope().str();
  auto const replaced = [&good](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_EQ(refused_as(replaced("<s:Body/>", "")), "INVALID_SOAP_BODY");
  EXPECT_EQ(refused_as(replaced("<s:Body/>", "<s:Body/><s:Body/>")), "INVALID_SOAP_BODY");
  EXPECT_EQ(refused_as(replaced("<s:Body/>", "<s:Body/><s:Header/>")), "INVALID_SOAP_BODY");
  EXPECT_EQ(refused_as(replaced("<s:Body/>", "<s:Header/><s:Body/>")), "INVALID_SOAP_BODY");
  EXPECT_EQ(refused_as(replaced("<s:Body/>", "<s:Body/><x/>")), "INVALID_SOAP_BODY");
  EXPECT_EQ(refused_as(replaced("<s:Body/>", "<Body/>")), "INVALID_SOAP_BODY");
  EXPECT_EQ(refused_as(replaced("<s:Body/>", "<s:Body><a:X/><a:Y/></s:Body>")), "INVALID_SOAP_BODY");
}

TEST(Request, OtherSoapVersionsAreAVersionMismatch) {
  auto const fault =
      refusal("<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body/></e:Envelope>");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->row().soap, "s:VersionMismatch");
  EXPECT_THAT(fault->header_xml(), HasSubstr("SupportedEnvelope"));
  EXPECT_EQ(refused_as("<a/>"), "SOAP_VERSION_MISMATCH");
}

TEST(Request, WhatIsNotXmlIsAFault) {
  for (auto text : {"", "hello", "<s:Envelope>", "<!DOCTYPE a><a/>"}) {
    EXPECT_EQ(refused_as(text), "INVALID_XML") << text;
  }
}

TEST(Request, P3_AnswersGoToTheAnonymousAddressOnly) {
  Envelope elsewhere;
  elsewhere.reply_to = "<a:ReplyTo><a:Address>http://example/</a:Address></a:ReplyTo>";
  auto const fault = refusal(elsewhere.str());
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->row().subcode, "w:UnsupportedFeature");
  EXPECT_EQ(fault->row().detail, "AddressingMode");
  EXPECT_EQ(refused_as(with_headers("<a:FaultTo><a:Address>http://example/</a:Address></a:FaultTo>")),
            "UNSUPPORTED_ADDRESSING_MODE");
  Envelope two;
  two.reply_to =
      "<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>"
      "<a:Address>http://example/</a:Address></a:ReplyTo>";
  EXPECT_EQ(refused_as(two.str()), "UNSUPPORTED_ADDRESSING_MODE");
  Envelope none;
  none.reply_to = "<a:ReplyTo/>";
  EXPECT_EQ(refused_as(none.str()), "INVALID_MESSAGE_INFORMATION_HEADER");
  Envelope absent;
  absent.reply_to.clear();
  EXPECT_EQ(refused_as(absent.str()), "accepted");
}

TEST(Request, P11_EnvelopeBelow8192IsRefused) {
  auto const sized = [](std::string const& size) {
    return with_headers("<w:MaxEnvelopeSize>" + size + "</w:MaxEnvelopeSize>");
  };
  for (auto size : {"0", "8191"}) {
    auto const fault = refusal(sized(size));
    ASSERT_TRUE(fault) << size;
    EXPECT_EQ(fault->code(), 0x8033807EU);
    EXPECT_EQ(fault->row().subcode, "w:EncodingLimit");
    EXPECT_EQ(fault->row().detail, "MinimumEnvelopeLimit");
  }
  EXPECT_EQ(Request::parse(sized("8192")).max_envelope_size, 8192U);
  EXPECT_EQ(Request::parse(sized(" 20000\n")).max_envelope_size, 20000U);
  EXPECT_EQ(Request::parse(sized("99999999999999999999")).max_envelope_size, 0xffffffffU);
  for (auto size : {"", "-1", "1e5", "big", "9000x", "0x9000"}) {
    EXPECT_EQ(refused_as(sized(size)), "INVALID_MESSAGE_INFORMATION_HEADER") << size;
  }
}

// C3 15.
TEST(Request, P12_OperationTimeoutThatIsNoDurationIsRefused) {
  auto const timed = [](std::string const& value) {
    return with_headers("<w:OperationTimeout>" + value + "</w:OperationTimeout>");
  };
  for (auto value : {"PT-1S", "-PT1S", "60", "", "soon", "PT"}) {
    auto const fault = refusal(timed(value));
    ASSERT_TRUE(fault) << value;
    EXPECT_EQ(fault->code(), 2150858767U) << value;
    EXPECT_EQ(fault->row().subcode, "a:InvalidMessageInformationHeader");
    EXPECT_EQ(fault->row().action, action::addressing_fault);
    EXPECT_THAT(fault->text(), HasSubstr(value));
  }
  EXPECT_EQ(Request::parse(timed("P10Y")).operation_timeout, limits::longest_duration);
  EXPECT_EQ(Request::parse(timed("PT0.500S")).operation_timeout, 500ms);
}

TEST(Request, P13_LocalesAreReadAndNotForced) {
  auto const fault = refusal(with_headers("<w:Locale xml:lang='xx-YY' s:mustUnderstand='1'/>"));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->code(), 0x80338087U);
  EXPECT_EQ(fault->row().subcode, "w:UnsupportedFeature");
  EXPECT_EQ(fault->row().detail, "Locale");
  EXPECT_EQ(Request::parse(with_headers("<w:Locale xml:lang='xx' mustUnderstand='true'/>")).locale, "xx");
  EXPECT_EQ(Request::parse(with_headers("<p:DataLocale xml:lang='yy' s:mustUnderstand='true'/>")).data_locale,
            "yy");
}

TEST(Request, P14_Selectors) {
  Request const request = Request::parse(with_headers(
      "<w:SelectorSet><w:Selector Name='Name'>sshd</w:Selector>"
      "<w:Selector Name='Ref'><a:EndpointReference><a:Address>urn:x</a:Address><a:ReferenceParameters>"
      "<w:ResourceURI>urn:r</w:ResourceURI><w:SelectorSet><w:Selector Name='k'>v</w:Selector>"
      "</w:SelectorSet></a:ReferenceParameters></a:EndpointReference></w:Selector></w:SelectorSet>"));
  ASSERT_EQ(request.selectors.size(), 2U);
  EXPECT_EQ(request.selectors.value_of("NAME"), "sshd");
  EXPECT_EQ(request.selectors.value_of("Other"), std::nullopt);
  EXPECT_EQ(request.selectors.value_of("Ref"), std::nullopt);
  ASSERT_EQ(request.selectors.find("ref")->reference.size(), 1U);
  EndpointReference const& reference = request.selectors.find("ref")->reference.front();
  EXPECT_EQ(reference.address, "urn:x");
  EXPECT_EQ(reference.resource_uri, "urn:r");
  EXPECT_EQ(reference.selectors.value_of("K"), "v");
}

std::string selectors(std::size_t count, std::string const& value = "v") {
  std::string text = "<w:SelectorSet>";
  for (std::size_t i = 0; i < count; ++i) {
    text += "<w:Selector Name='n" + std::to_string(i) + "'>" + value + "</w:Selector>";
  }
  return text + "</w:SelectorSet>";
}

std::string nested_reference(std::size_t depth) {
  if (depth == 0) return "v";
  return "<a:EndpointReference><a:ReferenceParameters><w:SelectorSet><w:Selector Name='k'>" +
         nested_reference(depth - 1) +
         "</w:Selector></w:SelectorSet></a:ReferenceParameters></a:EndpointReference>";
}

// C3 17.
TEST(Request, P14_SelectorLimits) {
  EXPECT_EQ(refused_as(with_headers(selectors(limits::selectors))), "accepted");
  EXPECT_EQ(refused_as(with_headers(selectors(limits::selectors + 1))), "SELECTOR_LIMIT");
  EXPECT_EQ(refused_as(with_headers(selectors(10'000))), "SELECTOR_LIMIT");
  EXPECT_EQ(refused_as(with_headers(selectors(1, std::string(1'000'000, 'x')))), "SELECTOR_LIMIT");
  EXPECT_EQ(refused_as(with_headers(selectors(1, nested_reference(limits::epr_nesting)))), "accepted");
  EXPECT_EQ(refused_as(with_headers(selectors(1, nested_reference(limits::epr_nesting + 1)))),
            "EPR_NESTING_EXCEEDED");
}

TEST(Request, P14_MalformedSelectorsAreRefused) {
  auto const set = [](std::string const& inside) {
    return with_headers("<w:SelectorSet>" + inside + "</w:SelectorSet>");
  };
  EXPECT_EQ(refused_as(set("<w:Selector>v</w:Selector>")), "INVALID_SELECTORS");
  EXPECT_EQ(refused_as(set("<w:Selector Name=''>v</w:Selector>")), "INVALID_SELECTORS");
  EXPECT_EQ(refused_as(set("<p:Selector Name='a'>v</p:Selector>")), "INVALID_SELECTORS");
  EXPECT_EQ(refused_as(set("<w:Selector Name='a'><w:X/></w:Selector>")), "INVALID_SELECTORS");
  EXPECT_EQ(refused_as(set("<w:Selector Name='a'>1</w:Selector><w:Selector Name='A'>2</w:Selector>")),
            "DUPLICATE_SELECTORS");
}

TEST(Request, P14_Options) {
  Request const request = Request::parse(with_headers(
      "<w:OptionSet s:mustUnderstand='true'><w:Option Name='WINRS_NOPROFILE' MustComply='true'>FALSE"
      "</w:Option><w:Option Name='b' Type='xs:boolean'>True</w:Option><w:Option Name='n' xsi:nil='true'/>"
      "<w:Option Name='b'>again</w:Option></w:OptionSet>"));
  ASSERT_EQ(request.options.size(), 4U);
  EXPECT_TRUE(request.options.find("winrs_noprofile")->must_comply);
  EXPECT_FALSE(request.options.flag("WINRS_NOPROFILE", true));
  EXPECT_TRUE(request.options.flag("B"));
  EXPECT_EQ(request.options.find("b")->type, "xs:boolean");
  EXPECT_FALSE(request.options.find("b")->must_comply);
  EXPECT_TRUE(request.options.find("n")->nil);
  EXPECT_TRUE(request.options.flag("absent", true));
  EXPECT_FALSE(request.options.flag("n"));
}

TEST(Request, P14_OptionLimits) {
  auto const set = [](std::size_t count, std::string const& value) {
    std::string text = "<w:OptionSet>";
    for (std::size_t i = 0; i < count; ++i) text += "<w:Option Name='o'>" + value + "</w:Option>";
    return with_headers(text + "</w:OptionSet>");
  };
  EXPECT_EQ(refused_as(set(limits::options, "v")), "accepted");
  EXPECT_EQ(refused_as(set(limits::options + 1, "v")), "OPTION_LIMIT");
  EXPECT_EQ(refused_as(set(1, std::string(100'000, 'x'))), "OPTION_LIMIT");
  EXPECT_EQ(refused_as(with_headers("<w:OptionSet><w:Option>v</w:Option></w:OptionSet>")), "INVALID_OPTIONS");
  EXPECT_EQ(refused_as(with_headers("<w:OptionSet><w:Selector Name='a'/></w:OptionSet>")), "INVALID_OPTIONS");
}

// C3 13.
TEST(Request, P15_UnknownHeaderThatMustBeUnderstoodIsAFault) {
  for (auto value : {"true", "1", " true\n"}) {
    auto const fault = refusal(with_headers(std::string("<q:Odd xmlns:q='urn:q' s:mustUnderstand='") + value +
                                            "'/><r:Other xmlns:r='urn:r' s:mustUnderstand='true'/>"));
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->code(), 0x80338010U);
    EXPECT_EQ(fault->row().soap, "s:MustUnderstand");
    EXPECT_EQ(fault->header_xml(),
              "<s:NotUnderstood xmlns:q=\"urn:q\" qname=\"q:Odd\"></s:NotUnderstood>"
              "<s:NotUnderstood xmlns:q=\"urn:r\" qname=\"q:Other\"></s:NotUnderstood>");
  }
}

TEST(Request, P15_UnknownHeadersAreIgnoredOtherwise) {
  for (auto block :
       {"<q:Odd xmlns:q='urn:q'/>", "<q:Odd xmlns:q='urn:q' s:mustUnderstand='false'/>",
        "<q:Odd xmlns:q='urn:q' s:mustUnderstand='0'/>", "<q:Odd xmlns:q='urn:q' mustUnderstand='true'/>",
        "<q:Odd xmlns:q='urn:q' s:mustUnderstand='true' s:role='urn:someone-else'/>"}) {
    EXPECT_EQ(refused_as(with_headers(block)), "accepted") << block;
  }
}

TEST(Request, HeadersForAnotherRoleAreNotRead) {
  Envelope envelope;
  envelope.message_id =
      "<a:MessageID s:role='http://www.w3.org/2003/05/soap-envelope/role/none'>"
      "uuid:11111111-2222-3333-4444-555555555555</a:MessageID>";
  EXPECT_EQ(refused_as(envelope.str()), "MESSAGE_INFORMATION_HEADER_REQUIRED");
}

TEST(Request, AnOperationSentAgainIsNotDoneTwice) {
  EXPECT_EQ(refused_as(with_headers("<p:OperationID s:mustUnderstand='true'>uuid:1</p:OperationID>"
                                    "<p:SequenceId>1</p:SequenceId>")),
            "INVALID_MESSAGE_INFORMATION_HEADER");
  EXPECT_EQ(refused_as(with_headers("<p:OperationID s:mustUnderstand='true'>uuid:1</p:OperationID>"
                                    "<p:SequenceId>2</p:SequenceId>")),
            "SOAP_FAULT_MUST_UNDERSTAND");
}

TEST(Request, HeaderAndUriLimits) {
  std::string many;
  for (std::size_t i = 0; i < limits::soap_headers; ++i) many += "<q:h xmlns:q='urn:q'/>";
  EXPECT_EQ(refused_as(with_headers(many)), "ENCODING_LIMIT");
  Envelope long_uri;
  long_uri.resource_uri =
      "<w:ResourceURI>http://" + std::string(limits::resource_uri_bytes, 'x') + "</w:ResourceURI>";
  EXPECT_EQ(refused_as(long_uri.str()), "URI_LIMIT");
  Envelope spaced;
  spaced.resource_uri = "<w:ResourceURI>http://a b</w:ResourceURI>";
  EXPECT_EQ(refused_as(spaced.str()), "INVALID_RESOURCE_URI");
}

// C3 10 and 11 reach the client as faults.
TEST(Request, HostileXmlIsAFault) {
  Envelope deep;
  deep.body = "<s:Body>";
  for (int i = 0; i < 100'000; ++i) deep.body += "<x>";
  EXPECT_EQ(refused_as(deep.str()), "INVALID_XML");
  Envelope wide;
  wide.body = "<s:Body";
  for (int i = 0; i < 1000; ++i) wide.body += " x" + std::to_string(i) + "=''";
  wide.body += "/>";
  EXPECT_EQ(refused_as(wide.str()), "INVALID_XML");
}

}  // namespace
}  // namespace winrm::wsman
