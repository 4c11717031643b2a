#include "wsman/request_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/uuid.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

RequestHeaders full_headers() {
  RequestHeaders headers("http://host:5985/wsman", std::string(action::create),
                         std::string(resource::cmd_shell));
  headers.max_envelope_size = 153600;
  headers.operation_timeout = 20s;
  headers.locale = "de-DE";
  headers.data_locale = "fr-FR";
  headers.session_id = "uuid:AAAAAAAA-2222-3333-4444-555555555555";
  headers.selectors.add("ShellId", "<&>");
  headers.options.add({"WINRS_CODEPAGE", "65001", "", true, false});
  headers.options.add({"typed", "1", "xs:unsignedInt", false, false});
  headers.options.add({"flag", "", "", false, true});
  headers.fragment = FragmentTransfer{"urn:dialect", "a/b"};
  headers.total_items_estimate = true;
  return headers;
}

TEST(RequestWriter, P3_TheServiceReadsWhatTheClientWrites) {
  RequestHeaders const headers = full_headers();
  RequestWriter writer(headers);
  writer.header("<m:MachineID xmlns:m='urn:m'>me</m:MachineID>");
  writer.body().element("rsp:Shell", "x");
  std::string const id = writer.message_id();
  Request const request = Request::parse(writer.finish());
  EXPECT_TRUE(is_uuid(id.substr(5)));
  EXPECT_EQ(request.message_id, id);
  EXPECT_EQ(request.to, headers.to);
  EXPECT_EQ(request.action, headers.action);
  EXPECT_EQ(request.resource_uri, headers.resource_uri);
  EXPECT_EQ(request.max_envelope_size, 153600U);
  EXPECT_EQ(request.operation_timeout, 20s);
  EXPECT_EQ(request.locale, "de-DE");
  EXPECT_EQ(request.data_locale, "fr-FR");
  EXPECT_EQ(request.session_id, headers.session_id);
  EXPECT_EQ(request.selectors.value_of("ShellId"), "<&>");
  EXPECT_TRUE(request.options.find("WINRS_CODEPAGE")->must_comply);
  EXPECT_EQ(request.options.find("typed")->type, "xs:unsignedInt");
  EXPECT_TRUE(request.options.find("flag")->nil);
  EXPECT_EQ(request.fragment->dialect, "urn:dialect");
  EXPECT_EQ(request.fragment->path, "a/b");
  EXPECT_TRUE(request.total_items_requested);
  EXPECT_EQ(request.header("urn:m", "MachineID").text(), "me");
  EXPECT_TRUE(request.body().is(ns::shell, "Shell"));
}

TEST(RequestWriter, MarksWhatMustBeUnderstood) {
  RequestWriter writer(full_headers());
  std::string const text = writer.finish();
  for (auto part :
       {"<w:ResourceURI s:mustUnderstand=\"true\">", "<a:Action s:mustUnderstand=\"true\">",
        "<a:ReplyTo><a:Address s:mustUnderstand=\"true\">", "<w:MaxEnvelopeSize s:mustUnderstand=\"true\">",
        "<w:OptionSet s:mustUnderstand=\"true\">", "<w:Locale s:mustUnderstand=\"false\" xml:lang=\"de-DE\">",
        "<p:DataLocale s:mustUnderstand=\"false\"", "<p:SessionId s:mustUnderstand=\"false\">",
        "<w:FragmentTransfer s:mustUnderstand=\"true\" Dialect=\"urn:dialect\">"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(RequestWriter, LeavesOutWhatIsEmpty) {
  RequestHeaders headers("http://host/wsman", std::string(action::get), "");
  headers.operation_timeout = 0s;
  headers.locale.clear();
  RequestWriter writer(headers);
  std::string const text = writer.finish();
  for (auto name : {"ResourceURI", "OperationTimeout", "Locale", "SessionId", "SelectorSet", "OptionSet",
                    "FragmentTransfer", "RequestTotalItems"}) {
    EXPECT_THAT(text, Not(HasSubstr(name)));
  }
  EXPECT_THAT(text, HasSubstr("<s:Body></s:Body></s:Envelope>"));
}

TEST(RequestWriter, EveryMessageHasAnIdOfItsOwn) {
  RequestHeaders const headers = full_headers();
  EXPECT_NE(RequestWriter(headers).message_id(), RequestWriter(headers).message_id());
  RequestHeaders named = full_headers();
  named.message_id = "uuid:1";
  EXPECT_EQ(RequestWriter(named).message_id(), "uuid:1");
}

}  // namespace
}  // namespace winrm::wsman
