#include "wsman/response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include "wsman/actions.hpp"
#include "wsman/answer.hpp"
#include "wsman/envelope.hpp"
#include "wsman/request_writer.hpp"
#include "xml/document.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

using testing::Envelope;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string without_id(std::string text) {
  std::size_t const id = text.find("<a:MessageID>uuid:") + 18;
  return text.replace(id, 36, "ID");
}

TEST(ResponseWriter, P3_HasWindowsHeaderOrder) {
  Request const request = Request::parse(Envelope().str());
  ResponseWriter writer(request, response_action(request.action));
  writer.body().element("cfg:Config", "x");
  EXPECT_EQ(without_id(writer.finish()),
            "<s:Envelope xml:lang=\"en-US\" xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
            "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
            "xmlns:x=\"http://schemas.xmlsoap.org/ws/2004/09/transfer\" "
            "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" "
            "xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\"><s:Header>"
            "<a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse</a:Action>"
            "<a:MessageID>uuid:ID</a:MessageID>"
            "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>"
            "<a:RelatesTo>uuid:11111111-2222-3333-4444-555555555555</a:RelatesTo></s:Header>"
            "<s:Body><cfg:Config>x</cfg:Config></s:Body></s:Envelope>");
}

TEST(ResponseWriter, AnEmptyBodyIsThere) {
  Request const request = Request::parse(Envelope().str());
  ResponseWriter writer(request, response_action(action::remove));
  writer.header("<w:X/>");
  EXPECT_THAT(writer.finish(), HasSubstr("<w:X/></s:Header><s:Body></s:Body></s:Envelope>"));
}

TEST(ResponseWriter, DeclaresThePrefixesOfTheActionsFamily) {
  struct {
    std::string_view resource;
    std::string_view action;
    std::vector<std::string_view> declared;
  } const rows[] = {
      {resource::cmd_shell, action::shell_receive, {"s", "a", "w", "p", "rsp"}},
      {resource::cmd_shell, action::create, {"s", "a", "x", "w", "p", "rsp"}},
      {resource::shell, action::enumerate, {"s", "a", "n", "w", "p", "rsp"}},
      {"http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service",
       action::get,
       {"s", "a", "x", "w", "p", "xsi", "cim"}},
      {"http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*",
       action::pull,
       {"s", "a", "n", "w", "b", "p", "xsi", "cim"}},
      {"http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Process",
       "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Process/Create",
       {"s", "a", "w", "p", "xsi", "cim"}},
  };
  for (auto const& row : rows) {
    Envelope envelope;
    envelope.resource_uri = "<w:ResourceURI>" + std::string(row.resource) + "</w:ResourceURI>";
    ResponseWriter writer(Request::parse(envelope.str()), response_action(row.action));
    auto const document = xml::Document::parse(writer.finish());
    ASSERT_TRUE(document) << document.error().message;
    for (std::string_view prefix : row.declared) {
      EXPECT_NE(document->root().namespace_of_prefix(prefix), "") << prefix << " for " << row.action;
    }
  }
}

TEST(ResponseWriter, P21_EndpointReferencesAreReadBack) {
  EndpointReference inner;
  inner.address = anonymous_address;
  inner.resource_uri = "urn:inner";
  inner.selectors.add("k", "v<>&");
  EndpointReference reference;
  reference.address = "http://host/wsman";
  reference.resource_uri = "urn:outer";
  reference.selectors.add("Name", "sshd");
  Selector nested{"Ref", "", {}};
  nested.reference.push_back(inner);
  reference.selectors.add(nested);

  std::string out;
  xml::Writer writer(out);
  writer.open("a:EndpointReference").declare("a", ns::addressing).declare("w", ns::wsman);
  write_endpoint_reference(writer, reference);
  writer.close();
  auto const document = xml::Document::parse(out);
  ASSERT_TRUE(document);
  EndpointReference const read = read_endpoint_reference(document->root());
  EXPECT_EQ(read.address, reference.address);
  EXPECT_EQ(read.resource_uri, reference.resource_uri);
  EXPECT_EQ(read.selectors.value_of("Name"), "sshd");
  ASSERT_EQ(read.selectors.find("Ref")->reference.size(), 1U);
  EXPECT_EQ(read.selectors.find("Ref")->reference.front().selectors.value_of("k"), "v<>&");
}

TEST(Identify, P9_MasksTheSystemBeforeLogon) {
  auto const answer = parse_answer(write_identify_response(false));
  ASSERT_TRUE(answer);
  auto const identity = read_identify(*answer);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->protocol_version, ns::wsman);
  EXPECT_EQ(identity->product_vendor, "OpenWinRM");
  EXPECT_EQ(identity->product_version, "OS: 0.0.0 SP: 0.0 Stack: 3.0");
  EXPECT_EQ(answer->relates_to, "");
  EXPECT_EQ(answer->body().ns(), ns::identity);
}

TEST(Identify, P10_TellsTheSystemAfterLogon) {
  auto const answer = parse_answer(write_identify_response(true));
  ASSERT_TRUE(answer);
  std::string const version = read_identify(*answer)->product_version;
  EXPECT_THAT(version, Not(HasSubstr("0.0.0")));
  utsname names{};
  ASSERT_EQ(uname(&names), 0);
  std::string const system = version.substr(4, version.find(" SP:") - 4);
  EXPECT_FALSE(system.empty());
  EXPECT_THAT(std::string(names.release), StartsWith(system));
  EXPECT_EQ(version.substr(version.find(" SP:")), " SP: 0.0 Stack: 3.0");
}

TEST(Identify, P9_RequestsAreRecognised) {
  EXPECT_TRUE(is_identify(write_identify_request()));
  EXPECT_TRUE(is_identify(
      "<?xml version=\"1.0\"?>\n<SOAP-ENV:Envelope "
      "xmlns:SOAP-ENV=\"http://www.w3.org/2003/05/soap-envelope\" "
      "xmlns:wsmid=\"http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd\">\n <SOAP-ENV:Body>\n "
      "<wsmid:Identify/>\n</SOAP-ENV:Body>\n</SOAP-ENV:Envelope>"));
}

TEST(Identify, P9_OtherMessagesAreNot) {
  EXPECT_FALSE(is_identify(""));
  EXPECT_FALSE(is_identify("Identify"));
  EXPECT_FALSE(is_identify(Envelope().str()));
  std::string const id = "xmlns:i='http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd'";
  Envelope with_action;
  with_action.body = "<s:Body><i:Identify " + id + "/></s:Body>";
  EXPECT_FALSE(is_identify(with_action.str()));
  Envelope other_namespace;
  EXPECT_FALSE(
      is_identify("<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><Identify/></s:Body>"
                  "</s:Envelope>"));
  EXPECT_FALSE(is_identify("<!DOCTYPE a>" + write_identify_request()));
  EXPECT_FALSE(is_identify(write_identify_request() + std::string(10'000, ' ')));
}

TEST(MessageId, IsFoundInAMessageThatNobodyElseReads) {
  EXPECT_EQ(message_id_of(Envelope().str()), Request::parse(Envelope().str()).message_id);
  EXPECT_EQ(message_id_of("no XML"), "");
  EXPECT_EQ(message_id_of("<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'/>"), "");
  EXPECT_EQ(message_id_of("<Envelope><Header><MessageID>uuid:1</MessageID></Header></Envelope>"), "");
}

TEST(Actions, P3_ResponseActions) {
  EXPECT_EQ(response_action(action::get), "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse");
  EXPECT_EQ(response_action("http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Process/Create"),
            "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Process/CreateResponse");
}

}  // namespace
}  // namespace winrm::wsman
