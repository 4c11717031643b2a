#include "wsman/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

using ::testing::HasSubstr;

std::string envelope(std::string const& body, std::string const& headers = "") {
  return "<E:Envelope xmlns:E='http://www.w3.org/2003/05/soap-envelope' "
         "xmlns:A='http://schemas.xmlsoap.org/ws/2004/08/addressing' "
         "xmlns:W='http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd'><E:Header>" +
         headers + "</E:Header><E:Body>" + body + "</E:Body></E:Envelope>";
}

std::string fault(std::string const& detail,
                  std::string const& reason = "<E:Text xml:lang='en-US'>The reason. </E:Text>",
                  std::string const& subcode = "W:QuotaLimit") {
  return envelope("<E:Fault><E:Code><E:Value>E:Sender</E:Value><E:Subcode><E:Value>" + subcode +
                  "</E:Value></E:Subcode></E:Code><E:Reason>" + reason + "</E:Reason><E:Detail>" + detail +
                  "</E:Detail></E:Fault>");
}

RemoteFault read(std::string const& message) {
  auto answer = parse_answer(message);
  if (!answer || !answer->fault) throw std::runtime_error("no fault was read");
  return std::move(*answer->fault);
}

TEST(Answer, ReadsHeadersAndBodyWithAnyPrefix) {
  auto const answer = parse_answer(
      envelope("<x xmlns='urn:x'>1</x>",
               "<A:RelatesTo>uuid:1</A:RelatesTo><A:Action> urn:act </A:Action><A:MessageID>uuid:2"
               "</A:MessageID><W:TotalItemsCountEstimate>7</W:TotalItemsCountEstimate>"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->action, "urn:act");
  EXPECT_EQ(answer->relates_to, "uuid:1");
  EXPECT_EQ(answer->message_id, "uuid:2");
  EXPECT_FALSE(answer->fault);
  EXPECT_TRUE(answer->body().is("urn:x", "x"));
  EXPECT_EQ(answer->header(ns::wsman, "TotalItemsCountEstimate").text(), "7");
}

TEST(Answer, RefusesWhatIsNotAnEnvelope) {
  EXPECT_FALSE(parse_answer(""));
  EXPECT_FALSE(parse_answer("<html><body>Not found</body></html>"));
  EXPECT_FALSE(parse_answer("<E:Envelope xmlns:E='http://www.w3.org/2003/05/soap-envelope'/>"));
  EXPECT_THAT(parse_answer("<html/>").error().message, HasSubstr("html"));
}

TEST(RemoteFault, P17_OuterCodeAndAllText) {
  RemoteFault const read_fault = read(
      fault("<W:FaultDetail>http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/UnexpectedSelectors</"
            "W:FaultDetail>"
            "<f:WSManFault xmlns:f='http://schemas.microsoft.com/wbem/wsman/1/wsmanfault' Code='2150858843' "
            "Machine='srv'>"
            "<f:Message><f:ProviderFault provider='Shell provider' path='%systemroot%\\system32\\WsmSvc.dll'>"
            "<f:WSManFault Code='5' Machine='srv'><f:Message>Inner text. "
            "</f:Message></f:WSManFault></f:ProviderFault>"
            "</f:Message></f:WSManFault>"));
  EXPECT_EQ(read_fault.code, 2150858843U);
  EXPECT_EQ(read_fault.provider_code, 5U);
  EXPECT_EQ(read_fault.provider, "Shell provider");
  EXPECT_EQ(read_fault.provider_path, "%systemroot%\\system32\\WsmSvc.dll");
  EXPECT_EQ(read_fault.machine, "srv");
  EXPECT_EQ(read_fault.detail, "UnexpectedSelectors");
  EXPECT_EQ(read_fault.soap_code, "Sender");
  EXPECT_EQ(read_fault.subcode, "QuotaLimit");
  EXPECT_EQ(read_fault.subcode_ns, ns::wsman);
  EXPECT_EQ(read_fault.reason, "The reason.");
  EXPECT_EQ(read_fault.text, "Inner text.");
}

TEST(RemoteFault, P17_WmiErrorsHaveTheirCodeInAProperty) {
  RemoteFault const read_fault = read(fault(
      "<p:MSFT_WmiError b:IsCIM_Error='true' "
      "xmlns:p='http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/"
      "MSFT_WmiError' xmlns:b='http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd' "
      "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><p:CIMStatusCode>27</p:CIMStatusCode>"
      "<p:ErrorSource xsi:nil='true'/><p:Message>Too many operations.</p:Message>"
      "<p:error_Code>2150859174</p:error_Code><p:error_Type>HRESULT</p:error_Type>"
      "<p:error_WindowsErrorMessage>Too many operations.</p:error_WindowsErrorMessage></p:MSFT_WmiError>"));
  EXPECT_EQ(read_fault.code, 2150859174U);
  EXPECT_EQ(read_fault.text, "Too many operations.");
}

TEST(RemoteFault, P17_OmiShapes) {
  // A WSManFault in another namespace, without Machine; the code of an HRESULT as a signed number.
  RemoteFault const disconnected = read(fault(
      "<p:WSManFault xmlns:p='http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd' Code='-2144108066'/>"));
  EXPECT_EQ(disconnected.code, 2150859230U);
  EXPECT_EQ(disconnected.text, "The reason.");
  RemoteFault const plain = read(fault("Something broke in the agent."));
  EXPECT_EQ(plain.code, 0U);
  EXPECT_EQ(plain.text, "Something broke in the agent.");
}

TEST(RemoteFault, TimeoutsAreKnownByCodeOrBySubcode) {
  EXPECT_TRUE(read(fault("", "<E:Text>t</E:Text>", "W:TimedOut")).is_operation_timeout());
  EXPECT_FALSE(read(fault("", "<E:Text>t</E:Text>", "A:TimedOut")).is_operation_timeout());
  EXPECT_TRUE(read(fault("<f:WSManFault xmlns:f='urn:f' Code='2150858793'/>")).is_operation_timeout());
  EXPECT_FALSE(read(fault("<f:WSManFault xmlns:f='urn:f' Code='5'/>", "<E:Text>t</E:Text>", "W:TimedOut"))
                   .is_operation_timeout());
}

TEST(RemoteFault, EnglishIsPreferredAmongReasons) {
  EXPECT_EQ(
      read(fault("", "<E:Text xml:lang='de'>Grund</E:Text><E:Text xml:lang='en'>Reason</E:Text>")).reason,
      "Reason");
  EXPECT_EQ(
      read(fault("", "<E:Text xml:lang='de'>Grund</E:Text><E:Text xml:lang='fr'>Raison</E:Text>")).reason,
      "Grund");
}

TEST(RemoteFault, BrokenOnesAreReadAsFarAsTheyGo) {
  RemoteFault const bare = read(envelope("<E:Fault/>"));
  EXPECT_EQ(bare.code, 0U);
  EXPECT_EQ(bare.text, "");
  EXPECT_EQ(read(fault("<f:WSManFault xmlns:f='urn:f' Code='99999999999999'/>")).code, 0U);
  EXPECT_EQ(read(fault("<f:WSManFault xmlns:f='urn:f' Code='12x'/>")).code, 0U);
}

TEST(IdentifyAnswer, OmiAnswersInSoapsNamespace) {
  auto const answer = parse_answer(envelope(
      "<E:IdentifyResponse><E:ProtocolVersion>v</E:ProtocolVersion><E:ProductVendor>OMI</E:ProductVendor>"
      "<E:ProductVersion>1.6</E:ProductVersion></E:IdentifyResponse>"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(read_identify(*answer)->product_vendor, "OMI");
  EXPECT_FALSE(read_identify(*parse_answer(envelope("<x/>"))));
}

}  // namespace
}  // namespace winrm::wsman
