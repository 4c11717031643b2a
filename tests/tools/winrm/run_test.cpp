#include "tools/winrm/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <sstream>

#include "client/support/fake_transport.hpp"
#include "client/support/recording.hpp"

namespace winrm::tools::winrm_tool {
namespace {

using client::testing::element_text;
using client::testing::HttpResult;
using client::testing::soap;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Result<client::ClientSettings> default_settings() { return client::ClientSettings{}; }
Result<client::ClientSettings> broken_settings() { return fail("client.toml:3: unknown key \"Trusted\""); }

struct Ran {
  int status = 0;
  std::string out;
  std::string err;
};

Ran run_tool(std::vector<std::string> const& arguments, client::testing::HttpHandler handler = {},
             Result<client::ClientSettings> (*settings)() = &default_settings) {
  std::ostringstream out;
  std::ostringstream err;
  Surroundings const surroundings{out, err, client::testing::fake_transport(std::move(handler)), settings};
  Ran ran;
  ran.status = run(arguments, surroundings);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

std::string answer_to(std::string_view request, std::string_view body) {
  return "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
         "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
         "xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" "
         "xmlns:x=\"http://schemas.xmlsoap.org/ws/2004/09/transfer\" "
         "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><s:Header><a:RelatesTo>" +
         element_text(request, "MessageID") + "</a:RelatesTo></s:Header><s:Body>" + std::string(body) +
         "</s:Body></s:Envelope>";
}

client::testing::HttpHandler always(std::string body, unsigned status = 200) {
  return [=](http::ClientRequest const& request) -> HttpResult {
    return soap(answer_to(request.body, body), status);
  };
}

TEST(WinrmTool, T1_HelpExitsZero) {
  for (auto const& arguments :
       {std::vector<std::string>{}, {"-?"}, {"/?"}, {"help"}, {"help", "get"}, {"get", "-?"}}) {
    auto const ran = run_tool(arguments);
    EXPECT_EQ(ran.status, 0);
    EXPECT_THAT(ran.out, HasSubstr("winrm"));
    EXPECT_EQ(ran.err, "");
  }
}

TEST(WinrmTool, T1_UnreadableLineExitsOneWithTheHint) {
  auto const ran = run_tool({"fetch"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "Error: Unknown operation: fetch.\nType \"winrm -?\" for help.\n");
}

TEST(WinrmTool, T2_GetPrintsText) {
  auto const ran =
      run_tool({"get", "wmicimv2/X?Name=a"}, always("<c:X xmlns:c=\"urn:c\"><c:A>1</c:A></c:X>"));
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "X\n    A = 1\n");
}

TEST(WinrmTool, T2_EnumeratePrintsItemsWithEmptyLinesBetween) {
  std::string const items =
      "<n:EnumerateResponse><n:EnumerationContext/><w:Items><X xmlns=\"urn:c\"><A>1</A></X><X "
      "xmlns=\"urn:c\"><A>2</A></X></w:Items><w:EndOfSequence/></n:EnumerateResponse>";
  EXPECT_EQ(run_tool({"e", "wmicimv2/X"}, always(items)).out, "X\n    A = 1\n\nX\n    A = 2\n");
  EXPECT_EQ(run_tool({"e", "wmicimv2/X", "-f:json"}, always(items)).out,
            "{\"__CLASS\":\"X\",\"A\":\"1\"}\n{\"__CLASS\":\"X\",\"A\":\"2\"}\n");
}

TEST(WinrmTool, RowsOfOneShapeShareAHeader) {
  std::string const items =
      "<n:EnumerateResponse><n:EnumerationContext/><w:Items><X xmlns=\"urn:c\"><A>1</A><B>a,b</B></X><X "
      "xmlns=\"urn:c\"><A>22</A><B/></X><Y xmlns=\"urn:c\"><C>3</C></Y></w:Items><w:EndOfSequence/>"
      "</n:EnumerateResponse>";
  EXPECT_EQ(run_tool({"e", "x", "-f:csv"}, always(items)).out, "A,B\n1,\"a,b\"\n22,\n\nC\n3\n");
  EXPECT_EQ(run_tool({"e", "x", "-f:table"}, always(items)).out, "A   B\n1   a,b\n22\n\nC\n3\n");
}

TEST(WinrmTool, QueryIsAnEnumerationWithWql) {
  std::string sent;
  auto const handler = [&](http::ClientRequest const& request) -> HttpResult {
    sent = request.body;
    return soap(answer_to(request.body, "<n:EnumerateResponse><w:EndOfSequence/></n:EnumerateResponse>"));
  };
  EXPECT_EQ(run_tool({"query", "select * from X"}, handler).status, 0);
  EXPECT_EQ(element_text(sent, "ResourceURI"), "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*");
  EXPECT_THAT(sent, HasSubstr("WQL\">select * from X<"));
  EXPECT_EQ(run_tool({"query", "select * from X", "wmi/root/standardcimv2"}, handler).status, 0);
  EXPECT_EQ(element_text(sent, "ResourceURI"),
            "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/standardcimv2/*");
  EXPECT_EQ(run_tool({"query"}, handler).status, 1);
}

TEST(WinrmTool, WaitEndsWhenTheHostAnswers) {
  auto const there = run_tool({"wait", "web1"}, always("<w:Something/>"));
  EXPECT_EQ(there.status, 0) << there.err;
  EXPECT_THAT(there.out, StartsWith("http://web1:5985/wsman answers (after "));
  auto const gone = run_tool({"wait", "web1", "-timeout:50"}, [](http::ClientRequest const&) -> HttpResult {
    return client::testing::transport_error(http::TransportError::Kind::refused);
  });
  EXPECT_EQ(gone.status, 1);
  EXPECT_THAT(gone.out, HasSubstr("did not answer in"));
  EXPECT_EQ(run_tool({"wait"}).status, 1);
}

TEST(WinrmTool, T5_InputComesFromStandardInput) {
  std::string sent;
  auto const handler = [&](http::ClientRequest const& request) -> HttpResult {
    sent = request.body;
    return soap(answer_to(request.body, "<c:X xmlns:c=\"urn:c\"/>"));
  };
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream input("<?xml version=\"1.0\"?>\n<c:X xmlns:c=\"urn:c\"><c:A>7</c:A></c:X>");
  Surroundings surroundings{out, err, client::testing::fake_transport(handler), &default_settings};
  surroundings.input = &input;
  surroundings.input_is_terminal = false;
  EXPECT_EQ(run({"set", "x"}, surroundings), 0) << err.str();
  EXPECT_EQ(element_text(sent, "A"), "7");
  std::istringstream nothing;
  surroundings.input = &nothing;
  EXPECT_EQ(run({"set", "x"}, surroundings), 1);
  EXPECT_THAT(err.str(), HasSubstr("set needs input"));
}

TEST(WinrmTool, T6_FiltersAndFragmentsAreSent) {
  std::string sent;
  auto const handler = [&](http::ClientRequest const& request) -> HttpResult {
    sent = request.body;
    return soap(
        answer_to(request.body, "<n:EnumerateResponse><n:EnumerationContext/></n:EnumerateResponse>"));
  };
  EXPECT_EQ(run_tool({"e", "wmicimv2/*", "-filter:select * from X where A<1"}, handler).status, 0);
  EXPECT_THAT(
      sent,
      HasSubstr("Dialect=\"http://schemas.microsoft.com/wbem/wsman/1/WQL\">select * from X where A&lt;1<"));
  EXPECT_EQ(run_tool({"e", "shell/cmd", "-dialect:selector", "-filter:{ShellId=\"1\"}"}, handler).status, 0);
  EXPECT_THAT(sent, HasSubstr("<w:SelectorSet><w:Selector Name=\"ShellId\">1</w:Selector></w:SelectorSet>"));
  EXPECT_EQ(run_tool({"e", "x", "-returntype:objectAndEpr", "-shallow"}, handler).status, 0);
  EXPECT_THAT(sent, HasSubstr("EnumerateObjectAndEPR"));
  EXPECT_EQ(run_tool({"g", "x?A=1", "-fragment:State", "-options:{Deep=\"1\";Null=$null}"}, handler).status,
            0);
  EXPECT_EQ(element_text(sent, "FragmentTransfer"), "State");
  EXPECT_THAT(sent, HasSubstr("Name=\"Deep\""));
}

TEST(WinrmTool, T5_SetGetsPatchesAndPuts) {
  std::vector<std::string> actions;
  std::string put;
  auto const ran =
      run_tool({"set", "x", "@{A=\"2\"}"}, [&](http::ClientRequest const& request) -> HttpResult {
        auto const action = element_text(request.body, "Action");
        actions.push_back(action.substr(action.rfind('/') + 1));
        if (actions.back() == "Put") put = request.body;
        return soap(answer_to(request.body, "<c:X xmlns:c=\"urn:c\"><c:A>1</c:A></c:X>"));
      });
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(actions, ElementsAre("Get", "Put"));
  EXPECT_THAT(put, HasSubstr("<p:A>2</p:A>"));
}

TEST(WinrmTool, T1_InvokeCallsTheMethod) {
  std::string sent;
  auto const ran = run_tool({"invoke", "Create", "wmicimv2/Win32_Process", "@{CommandLine=\"/bin/true\"}"},
                            [&](http::ClientRequest const& request) -> HttpResult {
                              sent = request.body;
                              return soap(answer_to(request.body,
                                                    "<p:Create_OUTPUT xmlns:p=\"urn:p\"><p:ReturnValue>0"
                                                    "</p:ReturnValue></p:Create_OUTPUT>"));
                            });
  EXPECT_EQ(ran.out, "Create_OUTPUT\n    ReturnValue = 0\n");
  EXPECT_EQ(element_text(sent, "Action"),
            "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Process/Create");
  EXPECT_THAT(sent, HasSubstr("<p:Create_INPUT"));
  EXPECT_THAT(sent, HasSubstr("<p:CommandLine>/bin/true</p:CommandLine>"));
}

std::string const fault_body =
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:AccessDenied</s:Value></s:Subcode></"
    "s:Code>"
    "<s:Reason><s:Text xml:lang=\"en-US\">Access is denied. </s:Text></s:Reason><s:Detail>"
    "<f:WSManFault xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/wsmanfault\" Code=\"5\" "
    "Machine=\"web1\">"
    "<f:Message>Access is denied. </f:Message></f:WSManFault></s:Detail></s:Fault>";

TEST(WinrmTool, T8_ServiceFaultLayout) {
  auto const ran = run_tool({"get", "x"}, always(fault_body, 500));
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, StartsWith("WSManFault\n    Message = Access is denied. \n\n"
                                  "Error number:  -2147024891 0x80070005\nAccess is denied."));
}

TEST(WinrmTool, T8_FaultsAsXmlAndJson) {
  auto const xml = run_tool({"get", "x", "-format:xml"}, always(fault_body, 500));
  EXPECT_THAT(xml.err, StartsWith("<f:WSManFault xmlns:f="));
  EXPECT_THAT(xml.err, HasSubstr("Error number:  -2147024891 0x80070005"));
  auto const json = run_tool({"get", "x", "-format:json"}, always(fault_body, 500));
  EXPECT_EQ(
      json.err,
      "{\"__CLASS\":\"WSManFault\",\"Code\":5,\"Machine\":\"web1\",\"Message\":\"Access is denied. \"}\n");
}

TEST(WinrmTool, T8_OwnFailureLayout) {
  auto const ran = run_tool({"get", "x", "-r:web1"}, [](http::ClientRequest const&) -> HttpResult {
    return client::testing::transport_error(http::TransportError::Kind::refused);
  });
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, StartsWith("WSManFault\n    Message = "));
  EXPECT_THAT(ran.err, HasSubstr("\n\nError number:  -21"));
}

TEST(WinrmTool, P9_IdentifyNeedsARemoteHost) {
  EXPECT_THAT(run_tool({"id"}).err, HasSubstr("0x803380FC"));
  auto const ran =
      run_tool({"id", "-r:web1", "-auth:none"},
               always("<i:IdentifyResponse xmlns:i=\"http://schemas.dmtf.org/wbem/wsman/identity/1/"
                      "wsmanidentity.xsd\"><i:ProductVendor>V</i:ProductVendor></i:IdentifyResponse>"));
  EXPECT_EQ(ran.out, "IdentifyResponse\n    ProductVendor = V\n");
}

TEST(WinrmTool, A22_UserWithoutRemoteIsAnError) {
  EXPECT_THAT(run_tool({"get", "x", "-u:alice"}).err, HasSubstr("Error number:  -2144108360 0x803380B8"));
}

TEST(WinrmTool, T9_Helpmsg) {
  EXPECT_EQ(run_tool({"helpmsg", "0x5"}).out, "Access is denied.\n");
  EXPECT_EQ(run_tool({"helpmsg", "-2147024891"}).out, "Access is denied.\n");
  EXPECT_EQ(run_tool({"helpmsg", "five"}).status, 1);
  EXPECT_EQ(run_tool({"helpmsg", "0xDEADBEEF"}).status, 1);
}

TEST(WinrmTool, BrokenConfigurationIsReported) {
  auto const ran = run_tool({"get", "x"}, {}, &broken_settings);
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("client.toml:3"));
}

/// Takes text and loses it when it is to be written out.
class LostOutput : public std::stringbuf {
 public:
  explicit LostOutput(int error) : error_(error) {}

 private:
  int sync() override {
    errno = error_;
    return -1;
  }

  int error_;
};

Ran run_with_lost_output(std::vector<std::string> const& arguments, int error) {
  LostOutput lost(error);
  std::ostream out(&lost);
  std::ostringstream err;
  Surroundings const surroundings{out, err, client::testing::fake_transport(always("<X xmlns=\"urn:c\"/>")),
                                  &default_settings};
  Ran ran;
  ran.status = run(arguments, surroundings);
  ran.err = err.str();
  return ran;
}

TEST(WinrmTool, ClosedOutputEndsQuietly) {
  auto const ran = run_with_lost_output({"get", "x"}, EPIPE);
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
}

TEST(WinrmTool, LostOutputIsAFailure) {
  for (auto const& arguments : {std::vector<std::string>{"get", "x"},
                                {"e", "x"},
                                {"help"},
                                {"helpmsg", "5"},
                                {"get", "x", "-f:json"}}) {
    auto const ran = run_with_lost_output(arguments, ENOSPC);
    EXPECT_EQ(ran.status, 1) << arguments.front();
    EXPECT_THAT(ran.err, HasSubstr("The output cannot be written: No space left on device"));
  }
  EXPECT_THAT(run_with_lost_output({"get", "x"}, 0).err,
              HasSubstr("The output cannot be written: Input/output"));
}

}  // namespace
}  // namespace winrm::tools::winrm_tool
