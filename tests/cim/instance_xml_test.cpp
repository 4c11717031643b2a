#include "cim/instance_xml.hpp"

#include <gtest/gtest.h>

#include "cim/samples.hpp"
#include "xml/document.hpp"
#include "xml/names.hpp"

namespace winrm::cim {
namespace {

using samples::Everything;
using samples::Part;

constexpr std::string_view class_uri =
    "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/sample/Sample_Everything";

class InstanceXml : public testing::Test {
 protected:
  /// The instance written and read back; elements stay valid until the next call.
  xml::Element written(Everything const& row, PropertySet const& shown = PropertySet::all(),
                       UriStyle style = UriStyle::windows) {
    text_.clear();
    append_instance(text_, style, cls_, cls_, &row, shown);
    document_ = std::make_unique<xml::Document>(xml::Document::parse(text_).value());
    return document_->root();
  }
  xml::Element property(Everything const& row, std::string_view name) {
    return written(row).child(class_uri, name);
  }
  std::string value(Everything const& row, std::string_view name) { return property(row, name).text(); }

  Registry registry_ = samples::make_registry();
  Class const& cls_ = *registry_.find("root/sample", "Sample_Everything");
  std::string text_;
  std::unique_ptr<xml::Document> document_;
};

TEST_F(InstanceXml, M8_TheClassNamesElementNamespaceAndType) {
  auto const root = written(Everything());
  EXPECT_TRUE(root.is(class_uri, "Sample_Everything"));
  EXPECT_EQ(root.attribute(ns::xsi, "type"), "p:Sample_Everything_Type");
}

TEST_F(InstanceXml, M8_EveryPropertyIsThereOnceEvenWhenNull) {
  auto const root = written(Everything());
  for (auto const& property : cls_.properties()) {
    EXPECT_TRUE(root.child(class_uri, property.property.name)) << property.property.name;
  }
  EXPECT_TRUE(root.child(class_uri, "Flag").is_nil());
  EXPECT_TRUE(root.child(class_uri, "Never").is_nil());
  EXPECT_TRUE(root.child(class_uri, "Words").is_nil()) << "an array without elements";
  EXPECT_FALSE(root.child(class_uri, "U8").is_nil());
}

TEST_F(InstanceXml, M8_NumbersAndBooleans) {
  Everything row;
  row.flag = true;
  row.u8 = 255;
  row.s8 = -128;
  row.u64 = 18446744073709551615U;
  row.r64 = 1.5;
  row.letter = u'A';
  EXPECT_EQ(value(row, "Flag"), "true");
  EXPECT_EQ(value(row, "U8"), "255");
  EXPECT_EQ(value(row, "S8"), "-128");
  EXPECT_EQ(value(row, "U64"), "18446744073709551615");
  EXPECT_EQ(value(row, "R64"), "1.5");
  EXPECT_EQ(value(row, "Letter"), "65");
  EXPECT_EQ(value(row, "Kind"), "sample");
}

TEST_F(InstanceXml, M8_TextIsEscaped) {
  Everything row;
  row.name = "a <b> & \"c\"\x01";
  EXPECT_EQ(value(row, "Name"), "a <b> & \"c\"\xEF\xBF\xBD");
}

TEST_F(InstanceXml, M8_DateTimesAndIntervals) {
  Everything row;
  row.when = DateTime{std::chrono::sys_days(std::chrono::year(2014) / 4 / 3) + std::chrono::hours(6), 480};
  row.span = std::chrono::seconds(100);
  row.roughly = PartialDateTime{"2026**********.******+000"};
  EXPECT_EQ(property(row, "When").child(ns::cim, "Datetime").text(), "2014-04-03T14:00:00+08:00");
  EXPECT_EQ(property(row, "Span").child(ns::cim, "Interval").text(), "P0DT0H1M40S");
  EXPECT_EQ(property(row, "Roughly").child(ns::cim, "CIM_DateTime").text(), "2026**********.******+000");
}

TEST_F(InstanceXml, M8_ArraysRepeatTheirElementInOrder) {
  Everything row;
  row.words = {"one", "", "three"};
  std::vector<std::string> words;
  for (auto const element : written(row).children()) {
    if (element.local_name() == "Words") words.push_back(element.text());
  }
  EXPECT_EQ(words, row.words);
}

TEST_F(InstanceXml, M8_AReferenceHoldsAnEndpointReference) {
  Everything row;
  row.target = Reference{"root/sample", "Sample_Part", {{"Number", "7", {}}}};
  auto const parameters = property(row, "Target").child(ns::addressing, "ReferenceParameters");
  EXPECT_EQ(parameters.child(ns::wsman, "ResourceURI").text(),
            "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/sample/Sample_Part");
  auto const selector = parameters.child(ns::wsman, "SelectorSet").first_child();
  EXPECT_EQ(selector.attribute("", "Name"), "Number");
  EXPECT_EQ(selector.text(), "7");
}

TEST_F(InstanceXml, M8_AnEmbeddedInstanceKeepsBothNamespaces) {
  Everything row;
  auto const part = std::make_shared<Part>(Part{3, "inner"});
  row.part = EmbeddedInstance{registry_.find("root/sample", "Sample_Part"), part};
  auto const element = property(row, "Part");
  ASSERT_TRUE(element);
  EXPECT_EQ(element.attribute(ns::xsi, "type"), "p:Sample_Part_Type");
  EXPECT_EQ(
      element.child("http://schemas.microsoft.com/wbem/wsman/1/wmi/root/sample/Sample_Part", "Label").text(),
      "inner");
}

TEST_F(InstanceXml, ShowsOnlyWhatIsAskedFor) {
  auto const root = written(Everything(), properties_of<&Everything::u8>());
  EXPECT_EQ(root.child_count(), 1U);
  EXPECT_EQ(root.first_child().local_name(), "U8");
}

TEST_F(InstanceXml, M11_DmtfUrisNameTheNamespaceInASelector) {
  auto const root = written(Everything(), PropertySet::all(), UriStyle::dmtf);
  EXPECT_EQ(root.ns(), "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/Sample_Everything");
  Everything row;
  row.name = "x&y";
  std::string text;
  append_endpoint_reference(text, UriStyle::dmtf, cls_, &row);
  auto const document = xml::Document::parse(text).value();
  auto const set =
      document.root().child(ns::addressing, "ReferenceParameters").child(ns::wsman, "SelectorSet");
  EXPECT_EQ(set.first_child().attribute("", "Name"), "__cimnamespace");
  EXPECT_EQ(set.first_child().text(), "root/sample");
  EXPECT_EQ(set.first_child().next_sibling().text(), "x&y");
}

}  // namespace
}  // namespace winrm::cim
