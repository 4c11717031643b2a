#include <gmock/gmock.h>

#include "plugins/wmi/widget_service.hpp"

/// ASSOCIATORS OF, REFERENCES OF, the association dialect, and keys that are references.
namespace winrm::plugins {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::string_view address =
    "<a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>";

class WmiAssociations : public widgets::WidgetService {
 protected:
  static std::string reference(std::string_view class_name, std::string_view key, std::string_view value) {
    return fmt::format(R"({}<a:ReferenceParameters><w:ResourceURI>{}</w:ResourceURI><w:SelectorSet>)"
                       R"(<w:Selector Name="{}">{}</w:Selector></w:SelectorSet></a:ReferenceParameters>)",
                       address, uri(class_name), key, value);
  }
  Reply filter(std::string_view kind, std::string const& content, std::string const& options = "") {
    return enumerate(uri("*"), fmt::format(R"({}<w:Filter Dialect="{}"><b:{}>{}</b:{}></w:Filter>)", options,
                                           wsman::dialect::association, kind, content, kind));
  }
  static std::string object(std::string const& reference) { return "<b:Object>" + reference + "</b:Object>"; }
};

TEST_F(WmiAssociations, B7_AssociatorsAreTheInstancesAtTheOtherEnd) {
  auto const widgets = query("ASSOCIATORS OF {Test_Box.Number=7}");
  EXPECT_THAT(column(widgets, "Name"), ElementsAre("desk", "lamp"));
  auto const boxes = query("associators of {Test_Widget='lamp'}");
  EXPECT_THAT(names(boxes), ElementsAre("Test_Box"));
  EXPECT_EQ(widgets::widgets_known, 1) << "the provider was told which widget";
}

TEST_F(WmiAssociations, B7_ReferencesAreTheAssociations) {
  auto const reply = query("REFERENCES OF {Test_Widget.Name=\"lamp\"}");
  EXPECT_THAT(column(reply, "ShelfSpace"), ElementsAre("3"));
  EXPECT_EQ(widgets::associations_made, 1);
  auto const part = first(reply).child(uri("Test_InBox"), "PartComponent");
  EXPECT_EQ(part.child(ns::addressing, "ReferenceParameters").child(ns::wsman, "ResourceURI").text(),
            uri("Test_Widget"));
}

TEST_F(WmiAssociations, B7_KeywordsNarrowAssociators) {
  std::string const of = "ASSOCIATORS OF {Test_Box.Number=7} WHERE ";
  EXPECT_EQ(names(query(of + "AssocClass=Test_InBox")).size(), 2U);
  EXPECT_EQ(names(query(of + "AssocClass=Test_Inside")).size(), 2U) << "a parent";
  EXPECT_EQ(names(query(of + "ResultClass=Test_Widget Role=GroupComponent ResultRole=PartComponent")).size(),
            2U);
  EXPECT_THAT(names(query(of + "ResultClass=Test_Box")), IsEmpty());
  EXPECT_THAT(names(query(of + "Role=PartComponent")), IsEmpty());
  EXPECT_THAT(names(query(of + "ResultRole = GroupComponent")), IsEmpty());
  EXPECT_EQ(names(query(of + "RequiredAssocQualifier=Association RequiredQualifier=Dynamic")).size(), 2U);
  EXPECT_THAT(names(query(of + "RequiredQualifier=Singleton")), IsEmpty());
}

TEST_F(WmiAssociations, B7_KeywordsNarrowReferences) {
  std::string const of = "REFERENCES OF {Test_Box.Number=7} WHERE ";
  EXPECT_EQ(names(query(of + "ResultClass=Test_Inside")).size(), 2U);
  EXPECT_THAT(names(query(of + "Role=PartComponent")), IsEmpty());
  EXPECT_THAT(names(query(of + "ClassDefsOnly")), ElementsAre("Test_InBox"));
  EXPECT_EQ(query(of + "AssocClass=Test_InBox").fault_code(), std::to_string(0x8033801A));
}

TEST_F(WmiAssociations, B7_ClassDefinitionsAndKeys) {
  auto const classes = query("ASSOCIATORS OF {Test_Box.Number=7} WHERE ClassDefsOnly");
  EXPECT_THAT(names(classes), ElementsAre("Test_Widget"));
  EXPECT_TRUE(first(classes).child(uri("Test_Widget"), "Name").is_nil());
  auto const keys = query("ASSOCIATORS OF {Test_Box.Number=7} WHERE KeysOnly");
  EXPECT_EQ(first(keys).child_count(), 1U);
  EXPECT_THAT(names(query("ASSOCIATORS OF {Test_Box} WHERE SchemaOnly")), ElementsAre("Test_Widget"));
  EXPECT_THAT(names(query("REFERENCES OF {Test_Box} WHERE SchemaOnly")), ElementsAre("Test_InBox"));
}

TEST_F(WmiAssociations, B7_PathsMayNameAParentAndANamespace) {
  EXPECT_THAT(names(query(R"(ASSOCIATORS OF {\\.\root\test:Test_Thing.Name='lamp'})")),
              ElementsAre("Test_Box"));
}

TEST_F(WmiAssociations, B7_ReferencesAsItems) {
  auto const mode = "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode>";
  auto const reply = query("ASSOCIATORS OF {Test_Widget='lamp'}", mode);
  EXPECT_THAT(names(reply), ElementsAre("EndpointReference"));
  auto const both = query("REFERENCES OF {Test_Widget='lamp'}",
                          "<w:EnumerationMode>EnumerateObjectAndEPR</w:EnumerationMode>");
  EXPECT_TRUE(first(both).child(ns::addressing, "EndpointReference"));
}

TEST_F(WmiAssociations, B7_BadQueriesSayWhy) {
  auto const complaint = [&](std::string const& wql) {
    auto const reply = query(wql);
    EXPECT_EQ(reply.fault_code(), std::to_string(0x8033801A)) << wql;
    return reply.text;
  };
  EXPECT_THAT(complaint("ASSOCIATORS OF {Test_Nonsense='x'}"), HasSubstr("no class Test_Nonsense"));
  EXPECT_THAT(complaint("ASSOCIATORS OF {Test_Box.Colour=7}"), HasSubstr("no key Colour"));
  EXPECT_THAT(complaint("ASSOCIATORS OF {Test_Box}"), HasSubstr("names the class"));
  EXPECT_THAT(complaint("ASSOCIATORS OF {Test_Box.Number=}"), HasSubstr("expected a value"));
  EXPECT_THAT(complaint("ASSOCIATORS OF {Test_Box=7} WHERE ResultClass=Nonsense"),
              HasSubstr("no class Nonsense"));
  EXPECT_EQ(query("ASSOCIATORS OF {Test_Box.Number=8}").fault_code(), "2150858752") << "no such box";
}

TEST_F(WmiAssociations, B10_AssociationQueriesNeedTheWildcard) {
  auto const body =
      fmt::format(R"(<w:Filter Dialect="{}">REFERENCES OF {{Test_Box=7}}</w:Filter>)", wsman::dialect::wql);
  EXPECT_EQ(enumerate(uri("Test_Box"), body).fault_code(), std::to_string(0x803380FB));
}

TEST_F(WmiAssociations, B8_TheAssociationDialectFindsAssociatedInstances) {
  auto const lamp = object(reference("Test_Widget", "Name", "lamp"));
  EXPECT_THAT(names(filter("AssociatedInstances", lamp)), ElementsAre("Test_Box"));
  auto const box = object(reference("Test_Box", "Number", "7"));
  EXPECT_EQ(names(filter("AssociatedInstances", box)).size(), 2U);
  EXPECT_EQ(
      names(filter("AssociatedInstances",
                   box + "<b:AssociationClassName>Test_InBox</b:AssociationClassName>"
                         "<b:Role>GroupComponent</b:Role><b:ResultClassName>Test_Widget</b:ResultClassName>"
                         "<b:ResultRole>PartComponent</b:ResultRole>"))
          .size(),
      2U);
  EXPECT_THAT(names(filter("AssociatedInstances", box + "<b:Role>PartComponent</b:Role>")), IsEmpty());
}

TEST_F(WmiAssociations, B8_TheAssociationDialectFindsAssociations) {
  auto const lamp = object(reference("Test_Widget", "Name", "lamp"));
  auto const reply =
      filter("AssociationInstances", lamp + "<b:ResultClassName>Test_InBox</b:ResultClassName>");
  EXPECT_THAT(names(reply), ElementsAre("Test_InBox"));
  EXPECT_THAT(names(filter("AssociationInstances", lamp + "<b:Role>GroupComponent</b:Role>")), IsEmpty());
}

TEST_F(WmiAssociations, B8_OnlyTheIncludedPropertiesAppear) {
  auto const box = object(reference("Test_Box", "Number", "7"));
  auto const reply =
      filter("AssociatedInstances", box +
                                        "<b:IncludeResultProperty>Size</b:IncludeResultProperty>"
                                        "<b:IncludeResultProperty>Name</b:IncludeResultProperty>");
  EXPECT_EQ(first(reply).child_count(), 2U) << reply.text;
  EXPECT_THAT(column(reply, "Size"), ElementsAre("40", "3"));
}

TEST_F(WmiAssociations, B8_BadAssociationFiltersAreRefused) {
  auto const code = std::to_string(0x8033801A);
  EXPECT_EQ(filter("Nonsense", "").fault_code(), code);
  EXPECT_EQ(filter("AssociatedInstances", "").fault_code(), code);
  EXPECT_EQ(filter("AssociatedInstances", object(reference("Test_Nonsense", "Name", "x"))).fault_code(),
            code);
  EXPECT_EQ(filter("AssociatedInstances", object(reference("Test_Widget", "Name", "x"))).fault_code(),
            "2150858752");
}

TEST_F(WmiAssociations, M2_M8_KeysThatAreReferencesAreSelectorsWithAReference) {
  auto const listed = enumerate(uri("Test_InBox"), "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode>");
  ASSERT_EQ(names(listed).size(), 2U);
  for (auto const item : listed.body().child(ns::wsman, "Items").children()) {
    auto const parameters = item.child(ns::addressing, "ReferenceParameters");
    engine::test::RequestText get{std::string(wsman::action::get), uri("Test_InBox")};
    get.headers = parameters.child(ns::wsman, "SelectorSet").serialize();
    auto const reply = ask(get);
    EXPECT_TRUE(reply.body().is(uri("Test_InBox"), "Test_InBox")) << reply.text;
  }
}

TEST_F(WmiAssociations, M2_KeysThatAreReferencesMayBeObjectPaths) {
  auto const get = [&](std::string const& widget) {
    return ask({std::string(wsman::action::get),
                uri("Test_InBox"),
                "",
                {{"GroupComponent", "Test_Box.Number=7"}, {"PartComponent", widget}}});
  };
  EXPECT_EQ(get("Test_Widget.Name=\"lamp\"").body().child(uri("Test_InBox"), "ShelfSpace").text(), "3");
  EXPECT_EQ(get("\\\\.\\root\\test:Test_Thing.Name='lamp'").fault_code(), "") << "by its parent";
  EXPECT_EQ(get("Test_Widget.Name=\"chair\"").fault_code(), "2150858752");
  EXPECT_EQ(get("nonsense").fault_detail(), "InvalidValue");
}

TEST_F(WmiAssociations, B1_ReferencesAreComparedByTheInstanceTheyName) {
  EXPECT_EQ(names(query("SELECT * FROM Test_InBox WHERE PartComponent='Test_Widget.Name=\"lamp\"'")).size(),
            1U);
  EXPECT_EQ(widgets::associations_made, 1);
  EXPECT_EQ(names(query("SELECT * FROM Test_InBox WHERE PartComponent<>'Test_Widget=\"lamp\"'")).size(), 1U);
  EXPECT_EQ(names(query("SELECT * FROM Test_InBox WHERE PartComponent ISA 'Test_Thing'")).size(), 2U);
  EXPECT_THAT(names(query("SELECT * FROM Test_InBox WHERE PartComponent ISA 'Test_Box'")), IsEmpty());
}

TEST_F(WmiAssociations, M10_OptionsReachTheProvider) {
  engine::test::RequestText get{std::string(wsman::action::get), uri("Test_Widget"), "", {{"Name", "lamp"}}};
  EXPECT_EQ(ask(get.with_option("Hint", "quick")).fault_code(), "");
  EXPECT_EQ(widgets::last_hint, "quick");
  EXPECT_EQ(names(enumerate(uri("Test_Widget"))).size(), 2U);
  EXPECT_EQ(widgets::last_hint, std::nullopt);
  engine::test::RequestText all{std::string(wsman::action::enumerate), uri("Test_Widget"),
                                "<n:Enumerate><w:OptimizeEnumeration/></n:Enumerate>"};
  EXPECT_EQ(ask(all.with_option("hint", "slow")).fault_code(), "");
  EXPECT_EQ(widgets::last_hint, "slow");
}

TEST_F(WmiAssociations, B4_SchemaQueriesListClasses) {
  EXPECT_THAT(names(query("SELECT * FROM meta_class WHERE __this ISA 'Test_Thing'")),
              ElementsAre("Test_Box", "Test_Thing", "Test_Widget"));
  EXPECT_THAT(names(query("SELECT * FROM meta_class WHERE __Class LIKE '%box%'")),
              ElementsAre("Test_Box", "Test_InBox"));
  EXPECT_THAT(names(query("SELECT * FROM meta_class WHERE __SuperClass='Test_Inside'")),
              ElementsAre("Test_InBox"));
  EXPECT_THAT(
      names(query("SELECT * FROM meta_class WHERE __Dynasty='Test_Thing' AND NOT __CLASS='Test_Box'")),
      ElementsAre("Test_Thing", "Test_Widget"));
  EXPECT_THAT(names(enumerate(uri("meta_class"))), testing::Contains("Test_Point"));
  EXPECT_THAT(query("SELECT * FROM meta_class WHERE __CLASS='Test_Widget'").text,
              HasSubstr("<p:Color>grey</p:Color>"))
      << "a class shows its default values";
  EXPECT_THAT(query("SELECT * FROM meta_class WHERE Name='x'").text,
              HasSubstr("meta_class has no property Name"));
}

TEST_F(WmiAssociations, B4_SystemPropertiesOfInstances) {
  EXPECT_EQ(names(query("SELECT * FROM Test_Thing WHERE __CLASS='Test_Widget'")).size(), 2U);
  EXPECT_THAT(names(query("SELECT * FROM Test_Thing WHERE __this ISA 'Test_Box'")), ElementsAre("Test_Box"));
  EXPECT_THAT(
      column(query(R"(SELECT __RELPATH,Name FROM Test_Widget WHERE __RELPATH='Test_Widget.Name="lamp"')"),
             "Name"),
      ElementsAre("lamp"));
}

TEST_F(WmiAssociations, B4_NamespacesAreListed) {
  auto const listed = enumerate("http://schemas.microsoft.com/wbem/wsman/1/wmi/root/__NAMESPACE");
  EXPECT_THAT(column(listed, "Name"),
              UnorderedElementsAre("cimv2", "default", "hardware", "standardcimv2", "test"));
  EXPECT_THAT(names(enumerate("http://schemas.microsoft.com/wbem/wsman/1/wmi/root/hardware/__Namespace")),
              IsEmpty());
}

TEST_F(WmiAssociations, M8_ASelectorFilterTakesAnEndpointReference) {
  auto const in_box = [&](int number) {
    return enumerate(
        uri("Test_InBox"),
        fmt::format(R"(<w:Filter Dialect="{}"><w:SelectorSet><w:Selector Name="GroupComponent">)"
                    "<a:EndpointReference><a:Address>x</a:Address><a:ReferenceParameters><w:ResourceURI>{}"
                    R"(</w:ResourceURI><w:SelectorSet><w:Selector Name="Number">{}</w:Selector>)"
                    "</w:SelectorSet></a:ReferenceParameters></a:EndpointReference></w:Selector>"
                    "</w:SelectorSet></w:Filter>",
                    wsman::dialect::selector, uri("Test_Box"), number));
  };
  EXPECT_EQ(names(in_box(7)).size(), 2U);
  EXPECT_EQ(names(in_box(8)).size(), 0U);
}

}  // namespace
}  // namespace winrm::plugins
