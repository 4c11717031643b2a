#include "plugins/wmi/wmi_plugin.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/support.hpp"
#include "providers/providers.hpp"
#include "support/recorded_host.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

/// Whole messages through the engine to the classes of a recorded machine.
namespace winrm::plugins {
namespace {

using engine::test::Reply;
using engine::test::RequestText;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using Selectors = std::vector<std::pair<std::string, std::string>>;

std::string windows(std::string const& class_name) {
  return "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/" + class_name;
}
std::string dmtf(std::string const& class_name) {
  return "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/" + class_name;
}

class WmiPlugin : public testing::Test {
 protected:
  WmiPlugin() {
    std::vector<std::unique_ptr<engine::Plugin>> plugins;
    auto host = std::make_unique<winrm::test::RecordedHost>("debian12-server");
    host_ = host.get();
    plugins.push_back(make_wmi_plugin(std::move(host)));
    dispatcher_ = std::make_unique<engine::Dispatcher>(engine::EngineSettings(), std::move(plugins),
                                                       std::vector<std::unique_ptr<engine::ShellPlugin>>());
  }

  Reply get(std::string const& uri, Selectors const& selectors = {}, std::string const& fragment = "") {
    RequestText request{std::string(wsman::action::get), uri, {}, selectors};
    if (!fragment.empty()) {
      request.headers =
          fmt::format(R"(<w:FragmentTransfer s:mustUnderstand="true">{}</w:FragmentTransfer>)", fragment);
    }
    return engine::test::ask(*dispatcher_, request);
  }

  /// An optimized Enumerate for everything at once, with `options` in its body.
  Reply enumerate(std::string const& uri, std::string const& options = "", Selectors const& selectors = {}) {
    auto const body = "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>1000</w:MaxElements>" + options +
                      "</n:Enumerate>";
    return engine::test::ask(*dispatcher_, {std::string(wsman::action::enumerate), uri, body, selectors});
  }
  Reply query(std::string const& wql, std::string const& uri = windows("*")) {
    return enumerate(uri, fmt::format(R"(<w:Filter Dialect="{}">{}</w:Filter>)", wsman::dialect::wql, wql));
  }

  static std::vector<xml::Element> items(Reply const& reply) {
    EXPECT_EQ(reply.fault_code(), "") << reply.text;
    EXPECT_TRUE(reply.body().child(ns::wsman, "EndOfSequence")) << reply.text;
    std::vector<xml::Element> found;
    for (auto const item : reply.body().child(ns::wsman, "Items").children()) found.push_back(item);
    return found;
  }
  /// The text of one property of every item.
  static std::vector<std::string> column(Reply const& reply, std::string_view class_uri,
                                         std::string_view name) {
    std::vector<std::string> values;
    for (auto const item : items(reply)) values.push_back(item.child(class_uri, name).text());
    return values;
  }

  winrm::test::RecordedHost* host_ = nullptr;
  std::unique_ptr<engine::Dispatcher> dispatcher_;
};

TEST_F(WmiPlugin, M2_GetByKey) {
  auto const reply = get(windows("Win32_Process"), {{"Handle", "620"}});
  EXPECT_TRUE(reply.body().is(windows("Win32_Process"), "Win32_Process")) << reply.text;
  EXPECT_EQ(reply.body().child(windows("Win32_Process"), "Name").text(), "postgres");
}

TEST_F(WmiPlugin, M12_TheLocalInterfaceHasTheSameData) {
  auto const reply = get(windows("Win32_Process"), {{"Handle", "620"}});
  auto const registry = providers::make_registry();
  auto const& cls = *registry.find("root/cimv2", "Win32_Process");
  cim::Query query;
  query.require(cls.find("Handle")->index, cim::Value(std::string("620")));
  bool const found = cls.get(*host_, query, [&](void const* row) {
    for (auto const& property : cls.properties()) {
      auto const value = property.property.value(row);
      if (property.property.array) continue;
      auto const element = reply.body().child(windows("Win32_Process"), property.property.name);
      EXPECT_EQ(element.is_nil(), value.is_null()) << property.property.name;
      if (property.property.type != cim::Type::datetime) {
        EXPECT_EQ(element.text(), cim::to_text(value)) << property.property.name;
      }
    }
  });
  EXPECT_TRUE(found);
}

TEST_F(WmiPlugin, M1_M9_UrisAndSelectorNamesComeInAnyCase) {
  auto const reply =
      get("http://schemas.microsoft.com/wbem/wsman/1/WMI/ROOT/CIMV2/win32_process", {{"handle", "620"}});
  EXPECT_TRUE(reply.body().is(windows("Win32_Process"), "Win32_Process")) << reply.text;
}

TEST_F(WmiPlugin, M3_SingletonsNeedNoSelector) {
  EXPECT_EQ(
      get(windows("Win32_OperatingSystem")).body().child(windows("Win32_OperatingSystem"), "CSName").text(),
      "db1");
  EXPECT_EQ(get(windows("Win32_ComputerSystem")).body().child(windows("Win32_ComputerSystem"), "Name").text(),
            "db1");
}

TEST_F(WmiPlugin, M3_ASingletonWithAKeyAnswersToIt) {
  EXPECT_EQ(get(windows("Win32_ComputerSystem"), {{"Name", "DB1"}}).fault_code(), "");
  EXPECT_EQ(get(windows("Win32_ComputerSystem"), {{"Name", "other"}}).fault_code(), "2150858752");
}

TEST_F(WmiPlugin, M3_ManyInstancesNeedAKey) {
  auto const reply = get(windows("Win32_Process"));
  EXPECT_EQ(reply.fault_code(), std::to_string(0x803380FA));
  EXPECT_EQ(reply.fault_detail(), "InsufficientSelectors");
  EXPECT_THAT(reply.text, HasSubstr("Handle"));
}

TEST_F(WmiPlugin, P14_OnlyKeysAreSelectors) {
  auto const reply = get(windows("Win32_Process"), {{"Handle", "620"}, {"Name", "postgres"}});
  EXPECT_EQ(reply.fault_subcode(), "w:InvalidSelectors");
  EXPECT_EQ(reply.fault_detail(), "UnexpectedSelectors");
  EXPECT_EQ(get(windows("Win32_OperatingSystem"), {{"Nonsense", "1"}}).fault_detail(), "UnexpectedSelectors");
}

TEST_F(WmiPlugin, WhatDoesNotExistIsNotFound) {
  EXPECT_EQ(get(windows("Win32_Process"), {{"Handle", "4711"}}).fault_code(), "2150858752");
  EXPECT_EQ(get(windows("Win32_Process"), {{"Handle", "no number"}}).fault_code(), "2150858752");
  EXPECT_EQ(get(windows("Win32_Nonsense")).fault_code(), "2150858752");
  EXPECT_EQ(get("http://schemas.microsoft.com/wbem/wsman/1/wmi/root/nonsense/Win32_Process").fault_code(),
            "2150858752");
  EXPECT_EQ(get("http://schemas.microsoft.com/wbem/wsman/1/wmi/Win32_Process").fault_detail(),
            "InvalidResourceURI");
}

TEST_F(WmiPlugin, M4_AParentFindsInstancesOfItsChildren) {
  EXPECT_TRUE(
      get(windows("CIM_Process"), {{"Handle", "620"}}).body().is(windows("Win32_Process"), "Win32_Process"));
  EXPECT_TRUE(get(windows("CIM_OperatingSystem"))
                  .body()
                  .is(windows("Win32_OperatingSystem"), "Win32_OperatingSystem"));
}

TEST_F(WmiPlugin, M4_EnumeratesInstancesOfSubclassesAsThemselves) {
  auto const reply = enumerate(windows("CIM_Process"));
  EXPECT_THAT(column(reply, windows("Win32_Process"), "Handle"), ElementsAre("1", "2", "510", "620", "733"));
}

TEST_F(WmiPlugin, PolymorphismNoneGivesTheExactClass) {
  auto const none = "<b:PolymorphismMode>None</b:PolymorphismMode>";
  EXPECT_THAT(items(enumerate(windows("CIM_Process"), none)), testing::IsEmpty());
  EXPECT_EQ(items(enumerate(windows("Win32_Process"), none)).size(), 5U);
}

TEST_F(WmiPlugin, PolymorphismExcludeGivesThePropertiesOfTheParent) {
  auto const reply =
      enumerate(windows("CIM_Process"), "<b:PolymorphismMode>ExcludeSubClassProperties</b:PolymorphismMode>");
  EXPECT_THAT(column(reply, windows("CIM_Process"), "Handle"), ElementsAre("1", "2", "510", "620", "733"));
  EXPECT_FALSE(items(reply).front().child(windows("CIM_Process"), "CommandLine"));
}

TEST_F(WmiPlugin, P21_EndpointReferencesLeadBackToTheirInstance) {
  auto const reply =
      enumerate(windows("Win32_LogicalDisk"), "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode>");
  auto const references = items(reply);
  ASSERT_EQ(references.size(), 8U);
  for (auto const reference : references) {
    ASSERT_TRUE(reference.is(ns::addressing, "EndpointReference"));
    auto const parameters = reference.child(ns::addressing, "ReferenceParameters");
    auto const selector = parameters.child(ns::wsman, "SelectorSet").first_child();
    auto const found = get(parameters.child(ns::wsman, "ResourceURI").text(),
                           {{selector.attribute("", "Name").value(), selector.text()}});
    EXPECT_EQ(found.body().child(windows("Win32_LogicalDisk"), "DeviceID").text(), selector.text());
  }
  EXPECT_THAT(host_->usage_asked(), testing::SizeIs(references.size())) << "only Get asked for sizes";
}

TEST_F(WmiPlugin, P21_ObjectAndReferenceInOneItem) {
  auto const reply = enumerate(windows("Win32_OperatingSystem"),
                               "<w:EnumerationMode>EnumerateObjectAndEPR</w:EnumerationMode>");
  auto const found = items(reply);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].is(ns::wsman, "Item"));
  EXPECT_TRUE(found[0].child(windows("Win32_OperatingSystem"), "Win32_OperatingSystem"));
  auto const parameters =
      found[0].child(ns::addressing, "EndpointReference").child(ns::addressing, "ReferenceParameters");
  EXPECT_EQ(parameters.child(ns::wsman, "ResourceURI").text(), windows("Win32_OperatingSystem"));
  EXPECT_FALSE(parameters.child(ns::wsman, "SelectorSet")) << "a singleton has no keys";
}

TEST_F(WmiPlugin, SelectorsOnAnEnumerationAreRefused) {
  EXPECT_EQ(enumerate(windows("Win32_Process"), "", {{"Handle", "1"}}).fault_code(),
            std::to_string(0x80338108));
  EXPECT_EQ(enumerate(dmtf("CIM_Process"), "", {{"__cimnamespace", "root/cimv2"}}).fault_code(), "");
}

TEST_F(WmiPlugin, TheSelectorDialectFilters) {
  auto const filter =
      fmt::format(R"(<w:Filter Dialect="{}"><w:SelectorSet><w:Selector Name="ParentProcessId">1</w:Selector>)"
                  R"(<w:Selector Name="name">POSTGRES</w:Selector></w:SelectorSet></w:Filter>)",
                  wsman::dialect::selector);
  EXPECT_THAT(column(enumerate(windows("Win32_Process"), filter), windows("Win32_Process"), "Handle"),
              ElementsAre("620"));
}

TEST_F(WmiPlugin, UnknownFilterDialectsAreNamedInTheFault) {
  auto const reply = enumerate(windows("Win32_Process"), R"(<w:Filter Dialect="urn:nonsense">x</w:Filter>)");
  EXPECT_EQ(reply.fault_subcode(), "n:FilterDialectRequestedUnavailable");
  EXPECT_EQ(enumerate(windows("Win32_Process"), "<w:Filter>x</w:Filter>").fault_subcode(),
            "n:FilterDialectRequestedUnavailable");
}

TEST_F(WmiPlugin, B1_WqlSelectsInstances) {
  auto const reply = query("select * from Win32_Process where ParentProcessId=1 and Name&lt;&gt;'sshd'");
  EXPECT_THAT(column(reply, windows("Win32_Process"), "Handle"), ElementsAre("620"));
}

TEST_F(WmiPlugin, B1_WqlColumnsComeAsFragments) {
  auto const reply = query("SELECT Name, ProcessId FROM Win32_Process WHERE ProcessId=620");
  auto const found = items(reply);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].is(ns::wsman, "XmlFragment"));
  EXPECT_EQ(found[0].child_count(), 2U);
  EXPECT_EQ(found[0].child(windows("Win32_Process"), "Name").text(), "postgres");
  EXPECT_THAT(host_->opened(), ElementsAre("/proc/620/stat")) << "one process, one property";
}

TEST_F(WmiPlugin, M4_WqlSelectsFromParents) {
  EXPECT_THAT(column(query("SELECT * FROM CIM_Service WHERE Started=TRUE"), windows("Win32_Service"), "Name"),
              UnorderedElementsAre("ssh", "legacy"));
}

TEST_F(WmiPlugin, BadWqlSaysWhereAndWhy) {
  auto const reply = query("SELECT * FORM Win32_Process");
  EXPECT_EQ(reply.fault_code(), std::to_string(0x8033801A));
  EXPECT_THAT(reply.text, HasSubstr("character 10"));
  EXPECT_THAT(query("SELECT Nonsense FROM Win32_Process").text,
              HasSubstr("Win32_Process has no property Nonsense"));
  EXPECT_EQ(query("SELECT * FROM Win32_Nonsense").fault_code(), "2150858752");
}

TEST_F(WmiPlugin, B10_WqlNeedsTheClassWildcard) {
  EXPECT_EQ(query("SELECT * FROM Win32_Service", windows("Win32_Process")).fault_code(),
            std::to_string(0x803380FB));
  EXPECT_EQ(query("SELECT * FROM Win32_Process", windows("Win32_Process")).fault_code(), "");
  EXPECT_EQ(enumerate(windows("*")).fault_code(), std::to_string(0x803380FB));
}

TEST_F(WmiPlugin, P7_AFragmentIsOneProperty) {
  auto const reply = get(windows("Win32_Process"), {{"Handle", "620"}}, "Name");
  ASSERT_TRUE(reply.body().is(ns::wsman, "XmlFragment")) << reply.text;
  EXPECT_EQ(reply.body().child_count(), 1U);
  EXPECT_EQ(reply.body().child(windows("Win32_Process"), "Name").text(), "postgres");
  EXPECT_EQ(reply.header(ns::wsman, "FragmentTransfer").text(), "Name");
  EXPECT_THAT(host_->opened(), ElementsAre("/proc/620/stat"));
}

TEST_F(WmiPlugin, P7_AFragmentMayBeTheValueAlone) {
  EXPECT_EQ(get(windows("Win32_Process"), {{"Handle", "620"}}, "Win32_Process/Name/text()").body().text(),
            "postgres");
}

TEST_F(WmiPlugin, P7_AFragmentMayBeAnElementOfAnArray) {
  auto const uri = windows("Win32_OperatingSystem");
  EXPECT_EQ(get(uri, {}, "MUILanguages[1]").body().child(uri, "MUILanguages").text(), "de-DE");
  EXPECT_EQ(get(uri, {}, "MUILanguages[1]/text()").body().text(), "de-DE");
  EXPECT_EQ(get(uri, {}, "MUILanguages[2]").body().child_count(), 0U);
}

TEST_F(WmiPlugin, M9_FragmentNamesAreCaseSensitive) {
  EXPECT_EQ(get(windows("Win32_Process"), {{"Handle", "620"}}, "name").fault_code(),
            std::to_string(0x80338093));
  EXPECT_EQ(get(windows("Win32_Process"), {{"Handle", "620"}}, "Name[0]").fault_code(),
            std::to_string(0x80338093));
}

TEST_F(WmiPlugin, M11_DmtfUrisReachTheSameClasses) {
  auto const reply = get(dmtf("CIM_Process"), {{"Handle", "620"}, {"__cimnamespace", "root\\cimv2"}});
  EXPECT_TRUE(reply.body().is(dmtf("Win32_Process"), "Win32_Process")) << reply.text;
  EXPECT_EQ(get(dmtf("CIM_Process"), {{"Handle", "620"}, {"__cimnamespace", "root/other"}}).fault_code(),
            "2150858752");
}

TEST_F(WmiPlugin, M11_TwoNamespacesThatDifferAreRefused) {
  EXPECT_EQ(get(windows("Win32_Process"), {{"Handle", "620"}, {"__cimnamespace", "root/other"}}).fault_code(),
            std::to_string(0x8033813B));
}

}  // namespace
}  // namespace winrm::plugins
