#include "wsman/fault.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "wsman/actions.hpp"
#include "wsman/answer.hpp"
#include "wsman/response.hpp"
#include "xml/document.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

using ::testing::HasSubstr;

TEST(FaultTable, RowsAreWholeAndUnique) {
  std::set<std::string_view> names;
  std::uint32_t last = 0;
  for (FaultRow const& row : fault_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_GT(row.code, last) << row.name;
    last = row.code;
    EXPECT_EQ(row.http_status, 500) << row.name;
    EXPECT_TRUE(row.soap.starts_with("s:")) << row.name;
    EXPECT_TRUE(row.action.ends_with("/fault")) << row.name;
    EXPECT_TRUE(row.text.ends_with('.') || row.text.ends_with(')')) << row.name;
    EXPECT_EQ(find_fault(row.code), &row);
  }
  EXPECT_EQ(find_fault(4), nullptr);
  EXPECT_EQ(find_fault(0xffffffff), nullptr);
}

TEST(FaultTable, KnowsTheCodesThatClientsSpecialCase) {
  struct {
    std::uint32_t code;
    char const* name;
  } const rows[] = {{2150858793, "OPERATION_TIMEDOUT"},   {2150858843, "UNEXPECTED_SELECTORS"},
                    {2150859174, "QUOTA_MAX_OPERATIONS"}, {2147943418, "ERROR_KEY_DELETED"},
                    {995, "ERROR_OPERATION_ABORTED"},     {5, "ERROR_ACCESS_DENIED"}};
  for (auto const& row : rows) {
    ASSERT_NE(find_fault(row.code), nullptr) << row.name;
    EXPECT_EQ(find_fault(row.code)->name, row.name);
  }
}

// Every row that can be written is written as our own client reads it, and as its QNames say.
TEST(WriteFault, P17_EveryRowIsReadBack) {
  for (FaultRow const& row : fault_table()) {
    SCOPED_TRACE(row.name);
    Fault const fault = Fault(row, "what & why").relating_to("uuid:1");
    auto const answer = parse_answer(write_fault(fault, "host"));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->action, row.action);
    EXPECT_EQ(answer->relates_to, "uuid:1");
    ASSERT_TRUE(answer->fault);
    EXPECT_EQ("s:" + answer->fault->soap_code, row.soap);
    EXPECT_EQ(answer->fault->subcode, row.subcode.substr(row.subcode.find(':') + 1));
    EXPECT_EQ(answer->fault->subcode_ns.empty(), row.subcode.empty());
    EXPECT_EQ(answer->fault->code, row.code);
    EXPECT_EQ(answer->fault->detail, row.detail);
    EXPECT_EQ(answer->fault->machine, "host");
    EXPECT_EQ(answer->fault->reason, "what & why");
    EXPECT_EQ(answer->fault->text, "what & why");
  }
}

TEST(WriteFault, P17_HasWindowsShape) {
  std::string text =
      write_fault(faults::unexpected_selectors("No such thing.").relating_to("uuid:2"), "h&st");
  std::size_t const id = text.find("<a:MessageID>uuid:") + 18;
  text.replace(id, 36, "ID");
  EXPECT_EQ(
      text,
      "<s:Envelope xml:lang=\"en-US\" xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
      "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
      "xmlns:x=\"http://schemas.xmlsoap.org/ws/2004/09/transfer\" "
      "xmlns:e=\"http://schemas.xmlsoap.org/ws/2004/08/eventing\" "
      "xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" "
      "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" "
      "xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\"><s:Header>"
      "<a:Action>http://schemas.dmtf.org/wbem/wsman/1/wsman/fault</a:Action><a:MessageID>uuid:ID</"
      "a:MessageID>"
      "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To><a:RelatesTo>uuid:2</"
      "a:RelatesTo>"
      "</s:Header><s:Body><s:Fault><s:Code><s:Value>s:Sender</"
      "s:Value><s:Subcode><s:Value>w:InvalidSelectors</s:Value>"
      "</s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"en-US\">No such thing.</s:Text></s:Reason><s:Detail>"
      "<w:FaultDetail>http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/UnexpectedSelectors</"
      "w:FaultDetail>"
      "<f:WSManFault xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/wsmanfault\" Code=\"2150858843\" "
      "Machine=\"h&amp;st\"><f:Message>No such "
      "thing.</f:Message></f:WSManFault></s:Detail></s:Fault></s:Body>"
      "</s:Envelope>");
}

TEST(WriteFault, UnknownMessageHasNoRelatesTo) {
  EXPECT_EQ(write_fault(faults::invalid_xml(""), "h").find("RelatesTo"), std::string::npos);
}

TEST(WriteFault, P17_ProvidersReportTheirOwnCode) {
  Fault const fault =
      faults::file_not_found("There is no 'nosuch'.").with_code(2).from_provider("Shell cmd plugin", "/p");
  auto const answer = parse_answer(write_fault(fault, "h"));
  ASSERT_TRUE(answer && answer->fault);
  EXPECT_EQ(answer->fault->code, 2U);
  EXPECT_EQ(answer->fault->provider, "Shell cmd plugin");
  EXPECT_EQ(answer->fault->provider_path, "/p");
  EXPECT_EQ(answer->fault->provider_code, 0U);
  EXPECT_EQ(answer->fault->soap_code, "Receiver");
  EXPECT_EQ(answer->fault->text, "There is no 'nosuch'.");
}

TEST(WriteFault, P17_ShellsThatAreGoneHaveANestedFault) {
  auto const answer = parse_answer(write_fault(faults::shell_not_found("AA"), "h"));
  ASSERT_TRUE(answer && answer->fault);
  EXPECT_EQ(answer->fault->code, 2150858843U);
  EXPECT_EQ(answer->fault->provider, "Shell provider");
  EXPECT_EQ(answer->fault->provider_code, 2150858843U);
  EXPECT_EQ(answer->fault->detail, "UnexpectedSelectors");
}

TEST(WriteFault, P15_NotUnderstoodHeadersStandInTheHeader) {
  auto const document = xml::Document::parse(write_fault(faults::must_understand("urn:q", "Odd"), "h"));
  ASSERT_TRUE(document);
  xml::Element const block = document->root().child(ns::soap, "Header").child(ns::soap, "NotUnderstood");
  ASSERT_TRUE(block);
  EXPECT_EQ(block.attribute("", "qname"), "q:Odd");
  EXPECT_EQ(block.namespace_of_prefix("q"), "urn:q");
}

// winrm clients in Go look for the word, not for the code.
TEST(Faults, P12_TimedOutSaysOperationTimeout) {
  Fault const fault = faults::operation_timed_out();
  EXPECT_THAT(fault.text(), HasSubstr("OperationTimeout"));
  EXPECT_EQ(fault.code(), 2150858793U);
  EXPECT_EQ(fault.row().soap, "s:Receiver");
  EXPECT_EQ(fault.row().subcode, "w:TimedOut");
  auto const answer = parse_answer(write_fault(fault, "h"));
  ASSERT_TRUE(answer && answer->fault);
  EXPECT_TRUE(answer->fault->is_operation_timeout());
}

TEST(Faults, P16_UnsupportedCharacterSet) {
  Fault const fault = faults::unsupported_encoding("ISO-8859-1 is not supported");
  EXPECT_EQ(fault.code(), 0x8033804CU);
  EXPECT_EQ(fault.row().detail, "CharacterSet");
  EXPECT_THAT(fault.text(), HasSubstr("ISO-8859-1"));
}

TEST(Faults, LongWordsOfTheClientAreCut) {
  EXPECT_LT(faults::resource_not_found(std::string(100'000, 'x')).text().size(), 600U);
}

TEST(Faults, AnEmptyDetailLeavesTheRowsText) {
  EXPECT_EQ(faults::quota_limit("").text(), find_fault(0x8033803F)->text);
}

}  // namespace
}  // namespace winrm::wsman
