#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/winrm/command_line.hpp"
#include "tools/winrm/failure_format.hpp"
#include "tools/winrm/hash.hpp"
#include "tools/winrm/help.hpp"
#include "tools/winrm/input.hpp"
#include "tools/winrm/resource_uri.hpp"

namespace winrm::tools::winrm_tool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Grammar, T1_OperationsByNameAndShortForm) {
  struct Case {
    std::string_view text;
    Operation operation;
  };
  for (auto const& [text, operation] : {Case{"get", Operation::get},
                                        Case{"g", Operation::get},
                                        Case{"GET", Operation::get},
                                        Case{"set", Operation::set},
                                        Case{"s", Operation::set},
                                        Case{"put", Operation::set},
                                        Case{"p", Operation::set},
                                        Case{"create", Operation::create},
                                        Case{"c", Operation::create},
                                        Case{"delete", Operation::remove},
                                        Case{"d", Operation::remove},
                                        Case{"enumerate", Operation::enumerate},
                                        Case{"e", Operation::enumerate},
                                        Case{"Enum", Operation::enumerate},
                                        Case{"invoke", Operation::invoke},
                                        Case{"i", Operation::invoke},
                                        Case{"identify", Operation::identify},
                                        Case{"id", Operation::identify},
                                        Case{"helpmsg", Operation::helpmsg},
                                        Case{"help", Operation::help}}) {
    auto const* row = find_operation(text);
    ASSERT_NE(row, nullptr) << text;
    EXPECT_EQ(row->operation, operation) << text;
  }
  EXPECT_EQ(find_operation("fetch"), nullptr);
}

std::string usage_error_of(std::vector<std::string> const& arguments) {
  try {
    static_cast<void>(parse_command_line(arguments));
  } catch (UsageError const& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Grammar, T1_SwitchesMayStandAnywhere) {
  auto const invocation =
      parse_command_line({"-r:web1", "enum", "/f:json", "wmicimv2/*", "-filter:select * from X"});
  EXPECT_EQ(invocation.operation->operation, Operation::enumerate);
  EXPECT_THAT(invocation.words, ElementsAre("wmicimv2/*"));
  EXPECT_EQ(invocation.switches.value("format"), "json");
  EXPECT_EQ(invocation.switches.value("filter"), "select * from X");
}

TEST(Grammar, T1_BadLinesAreNamed) {
  EXPECT_THAT(usage_error_of({"fetch", "x"}), HasSubstr("Unknown operation: fetch"));
  EXPECT_THAT(usage_error_of({"get", "x", "-bogus"}), HasSubstr("Unknown switch: -bogus"));
  EXPECT_THAT(usage_error_of({"get", "x", "-filter:y"}), HasSubstr("-filter is not for get"));
  EXPECT_THAT(usage_error_of({"get", "x", "@{A=1}"}), HasSubstr("get takes no input"));
  EXPECT_THAT(usage_error_of({"helpmsg", "5"}), HasSubstr("accepted"));
  EXPECT_EQ(usage_error_of({"get", "-?"}), "accepted");
}

TEST(Grammar, T9_HelpmsgTakesNegativeNumbers) {
  EXPECT_THAT(parse_command_line({"helpmsg", "-2144108526"}).words, ElementsAre("-2144108526"));
  EXPECT_EQ(parse_code("-2144108526"), 0x80338012U);
  EXPECT_EQ(parse_code("0x80338012"), 0x80338012U);
  EXPECT_EQ(parse_code("2150858770"), 0x80338012U);
  EXPECT_EQ(parse_code("0x5"), 5U);
  for (auto const* bad : {"", "x", "5x", "0x", "-0x5", "99999999999", "-99999999999"})
    EXPECT_FALSE(parse_code(bad).has_value()) << bad;
}

TEST(Grammar, T5_HashMayBeSplitByTheShell) {
  EXPECT_EQ(parse_command_line({"create", "x", "@{A=one", "two;", "B=3}"}).input_hash, "@{A=one two; B=3}");
}

std::string message_of_hash(std::string_view text) {
  try {
    static_cast<void>(parse_hash(text));
  } catch (UsageError const& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Grammar, T5_SwitchesBehindAHashThatIsNotClosedAreSwitches) {
  for (auto const* hash : {"@{TrustedHosts=a", "@{TrustedHosts=\"a\"", "@{"}) {
    auto const invocation =
        parse_command_line({"set", "winrm/config/client", hash, "-r:h", "-u:x", "-p:SECRET}"});
    EXPECT_EQ(invocation.input_hash, hash);
    EXPECT_EQ(invocation.switches.value("password"), "SECRET}");
  }
  EXPECT_EQ(parse_command_line({"set", "x", "@{Bias=", "-60}"}).input_hash, "@{Bias= -60}");
  EXPECT_EQ(usage_error_of({"get", "winrm/config", "@{", "-u:x", "-p:SECRET"}),
            "get takes no input: leave out @{.");
}

TEST(Hash, T5_MessagesNameTheFirstKeyOnly) {
  for (auto const* bad :
       {"@{TrustedHosts=a -p:SECRET", "@{TrustedHosts=\"a -p:SECRET}", "@{TrustedHosts=a; -p:SECRET}",
        "@{TrustedHosts=a; -p:SECRET B=1}", "@{TrustedHosts -p:SECRET}", "@{TrustedHosts=\"SECRET\"B=2}"}) {
    EXPECT_THAT(message_of_hash(bad), HasSubstr("in @{TrustedHosts…. It is written")) << bad;
    EXPECT_THAT(message_of_hash(bad), ::testing::Not(HasSubstr("SECRET"))) << bad;
  }
  EXPECT_THAT(message_of_hash("@{-p:SECRET}"), HasSubstr("in @{…."));
  EXPECT_THAT(usage_error_of({"get", "x", "@{A=SECRET}"}), HasSubstr("leave out @{A…."));
}

TEST(Grammar, HelpNamesEveryOperationAndSwitch) {
  auto const help = general_help();
  for (auto const& row : operations()) EXPECT_THAT(help, HasSubstr(std::string(row.name)));
  auto const enumerate = operation_help(*find_operation("enumerate"));
  EXPECT_THAT(enumerate, HasSubstr("-filter:EXPRESSION"));
  EXPECT_THAT(enumerate, HasSubstr("-remote:HOST"));
  EXPECT_THAT(operation_help(*find_operation("helpmsg")), ::testing::Not(HasSubstr("-remote")));
}

TEST(Grammar, T1_EveryTopicHasHelpOfTheTables) {
  for (auto const* name : {"uris", "aliases", "alias", "switches", "input", "filters", "config", "remoting",
                           "auth", "proxy", "certmapping", "CustomRemoteShell"}) {
    auto const* topic = find_topic(name);
    ASSERT_NE(topic, nullptr) << name;
    EXPECT_GT(topic_help(*topic).size(), 200U) << name;
  }
  EXPECT_EQ(find_topic("weather"), nullptr);
  EXPECT_THAT(topic_help(*find_topic("switches")), HasSubstr("-filter:EXPRESSION"));
  EXPECT_THAT(topic_help(*find_topic("switches")), HasSubstr("For: enumerate."));
  EXPECT_THAT(topic_help(*find_topic("uris")),
              HasSubstr("http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2"));
  EXPECT_THAT(topic_help(*find_topic("config")),
              HasSubstr("MaxTimeoutms                      500 to 4294967295"));
  EXPECT_THAT(topic_help(*find_topic("auth")), HasSubstr("Negotiate"));
  EXPECT_THAT(topic_help(*find_topic("proxy")), HasSubstr("-proxyaccess:TYPE"));
}

TEST(Grammar, EverySwitchOfAnOperationExists) {
  for (auto const& operation : operations()) {
    auto rest = operation.switches;
    while (!rest.empty()) {
      auto const name = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
      auto const known = operation_switches();
      EXPECT_TRUE(
          std::any_of(known.begin(), known.end(), [&](SwitchRow const& row) { return row.name == name; }))
          << operation.name << " " << name;
    }
  }
}

TEST(ResourceUri, T3_AliasesAreExpandedAtTheStart) {
  EXPECT_EQ(expand_alias("wmicimv2/Win32_Service"),
            "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service");
  EXPECT_EQ(expand_alias("WMI/root/x/Y"), "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/x/Y");
  EXPECT_EQ(expand_alias("cimv2/CIM_Processor"),
            "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_Processor");
  EXPECT_EQ(expand_alias("winrm/config"), "http://schemas.microsoft.com/wbem/wsman/1/config");
  EXPECT_EQ(expand_alias("wsman/config"), "http://schemas.microsoft.com/wbem/wsman/1/config");
  EXPECT_EQ(expand_alias("shell"), "http://schemas.microsoft.com/wbem/wsman/1/windows/shell");
  EXPECT_EQ(expand_alias("shell/cmd"), "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd");
  EXPECT_EQ(expand_alias("wmicimv2x/Y"), "wmicimv2x/Y");
  EXPECT_EQ(expand_alias("http://x/wmi"), "http://x/wmi");
}

TEST(ResourceUri, T4_SelectorsAreTakenApart) {
  auto const locator = parse_resource_uri("wmicimv2/Win32_X?Name=a b=c+Key2=v2");
  EXPECT_EQ(locator.resource_uri, "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_X");
  ASSERT_EQ(locator.selectors.size(), 2U);
  EXPECT_EQ(locator.selectors.value_of("name"), "a b=c");
  EXPECT_EQ(locator.selectors.value_of("Key2"), "v2");
  EXPECT_TRUE(parse_resource_uri("wmicimv2/Win32_X").selectors.empty());
  EXPECT_EQ(parse_resource_uri("x?Address=*+Transport=HTTP").selectors.value_of("Address"), "*");
  EXPECT_THROW(static_cast<void>(parse_resource_uri("x?Name")), UsageError);
  EXPECT_THROW(static_cast<void>(parse_resource_uri("x?=1")), UsageError);
  EXPECT_THROW(static_cast<void>(parse_resource_uri("?A=1")), UsageError);
}

TEST(ResourceUri, T6_DialectsByName) {
  EXPECT_EQ(expand_dialect("WQL"), "http://schemas.microsoft.com/wbem/wsman/1/WQL");
  EXPECT_EQ(expand_dialect("urn://my/dialect"), "urn://my/dialect");
  EXPECT_THROW(static_cast<void>(expand_dialect("sql")), UsageError);
}

TEST(Hash, T5_KeysValuesAndNull) {
  auto const entries = parse_hash("@{ A=\"one; two}\" ;B=$null;p:C = \"\"; D=plain text }");
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0].key, "A");
  EXPECT_EQ(entries[0].value, "one; two}");
  EXPECT_FALSE(entries[1].value.has_value());
  EXPECT_EQ(entries[2].key, "p:C");
  EXPECT_EQ(entries[2].value, "");
  EXPECT_EQ(entries[3].value, "plain text");
  EXPECT_EQ(parse_hash("@{A=\"say \"\"hi\"\"\"}")[0].value, "say \"hi\"");
  EXPECT_TRUE(parse_hash("@{}").empty());
  EXPECT_TRUE(parse_hash("{ }").empty());
}

TEST(Hash, T5_MistakesAreNamed) {
  for (auto const* bad : {"", "A=1", "@{A=1", "@{A}", "@{=1}", "@{A b=1}", "@{A=\"1}", "@{A=\"1\"B=\"2\"}"})
    EXPECT_THROW(static_cast<void>(parse_hash(bad)), UsageError) << bad;
}

TEST(Input, T5_HashBecomesXml) {
  EXPECT_EQ(input_body("Create_INPUT", "urn:c", parse_hash("@{A=\"<1>\";B=$null}")),
            "<p:Create_INPUT xmlns:p=\"urn:c\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
            "<p:A>&lt;1&gt;</p:A><p:B xsi:nil=\"true\"></p:B></p:Create_INPUT>");
}

TEST(Input, T6_AssociationFilterNamesTheObject) {
  auto const xml = association_filter("{Object=Win32_Service?Name=ssh; ResultClassName=Win32_Process}",
                                      "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*", false);
  EXPECT_EQ(
      xml,
      "<b:AssociatedInstances xmlns:b=\"http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd\"><b:Object>"
      "<a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>"
      "<a:ReferenceParameters><w:ResourceURI>http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/"
      "Win32_Service</w:ResourceURI><w:SelectorSet><w:Selector Name=\"Name\">ssh</w:Selector>"
      "</w:SelectorSet></a:ReferenceParameters></b:Object><b:ResultClassName>Win32_Process"
      "</b:ResultClassName></b:AssociatedInstances>");
  EXPECT_THAT(association_filter("{object=X?A=1;role=Antecedent}", "urn:a/*", true),
              HasSubstr("<b:AssociationInstances"));
  for (auto const* bad : {"{role=x}", "{object=$null}", "{object=X?A=1;colour=red}"})
    EXPECT_THROW(static_cast<void>(association_filter(bad, "urn:a/*", false)), UsageError) << bad;
  EXPECT_THROW(static_cast<void>(association_filter("{object=X?A=1;resultrole=x}", "urn:a/*", true)),
               UsageError);
}

TEST(Input, T7_FragmentsKeepTheNamespaceOfTheirProperty) {
  auto const document = xml::Document::parse(
      "<w:XmlFragment xmlns:w=\"urn:w\" xmlns:c=\"urn:c\"><c:State>a</c:State></w:XmlFragment>");
  auto const patched = xml::Document::parse(patched_body(document->root(), parse_hash("{State=\"b\"}")));
  ASSERT_TRUE(patched.has_value());
  EXPECT_EQ(patched->root().child("urn:c", "State").text(), "b");
}

TEST(Input, T5_SetPatchesWhatIsThere) {
  auto const document =
      xml::Document::parse("<c:X xmlns:c=\"urn:c\"><c:A>1</c:A><c:B>2</c:B><c:L>3</c:L><c:L>4</c:L></c:X>");
  auto const body = patched_body(document->root(), parse_hash("{B=\"9\"}"));
  auto const patched = xml::Document::parse(body);
  ASSERT_TRUE(patched.has_value()) << body;
  EXPECT_TRUE(patched->root().is("urn:c", "X"));
  EXPECT_EQ(patched->root().child("urn:c", "A").text(), "1");
  EXPECT_EQ(patched->root().child("urn:c", "B").text(), "9");
  EXPECT_EQ(patched->root().child_count(), 4U);
  for (auto const* bad : {"{Z=1}", "{L=1}", "{A=1;A=2}", "{a=1}"})
    EXPECT_THROW(static_cast<void>(patched_body(document->root(), parse_hash(bad))), UsageError) << bad;
}

}  // namespace
}  // namespace winrm::tools::winrm_tool
