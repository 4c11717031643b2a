#include "plugins/wmi/fragment.hpp"

#include <gmock/gmock.h>

#include "cim/samples.hpp"
#include "wsman/fault.hpp"
#include "xml/names.hpp"

/// Paths of XPath level 1 over an instance that has every type.
namespace winrm::plugins::wmi {
namespace {

using cim::samples::Everything;
using testing::HasSubstr;

constexpr std::string_view xpath = "http://www.w3.org/TR/1999/REC-xpath-19991116";

class FragmentPath : public testing::Test {
 protected:
  Fragment read(std::string const& path) { return read_fragment({std::string(xpath), path}, cls_); }
  std::string fragment(std::string const& path) {
    std::string out;
    append_fragment(out, cim::UriStyle::windows, cls_, &row_, read(path));
    return out;
  }
  /// The text of the whole fragment, whatever elements it is in.
  std::string text(std::string const& path) {
    auto const document = xml::Document::parse(fragment(path));
    EXPECT_TRUE(document) << fragment(path);
    std::string all;
    collect(document->root(), all);
    return all;
  }
  static void collect(xml::Element const& element, std::string& all) {
    all += element.text();
    for (auto const child : element.children()) collect(child, all);
  }

  cim::Registry registry_ = cim::samples::make_registry();
  cim::Class const& cls_ = *registry_.find("root/sample", "Sample_Everything");
  Everything row_ = [this] {
    Everything row;
    row.name = "Alpha";
    row.words = {"x", "y<z"};
    row.when = DateTime{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2), 0};
    auto part = std::make_shared<cim::samples::Part>();
    part->number = 5;
    part->label = "inner";
    row.part = cim::EmbeddedInstance{registry_.find("root/sample", "Sample_Part"), part};
    row.target = cim::Reference{"root/sample", "Sample_Part", {{"Number", "7", {}}}};
    return row;
  }();
};

TEST_F(FragmentPath, P7_ElementTextAndWholeInstance) {
  EXPECT_THAT(fragment("Name"), HasSubstr("<p:Name>Alpha</p:Name></w:XmlFragment>"));
  EXPECT_THAT(fragment("Name/text()"), HasSubstr(">Alpha</w:XmlFragment>"));
  EXPECT_EQ(text("/Sample_Everything/Name"), "Alpha");
  EXPECT_EQ(text("p:Name/text()"), "Alpha") << "prefixes are not looked at";
  EXPECT_THAT(fragment("."), HasSubstr("<p:Sample_Everything"));
  EXPECT_THAT(fragment("/"), HasSubstr("<p:Sample_Everything"));
}

TEST_F(FragmentPath, P7_I9_ArraysWholeAndByPosition) {
  EXPECT_THAT(fragment("Words"), HasSubstr("<p:Words>x</p:Words><p:Words>y&lt;z</p:Words></w:XmlFragment>"));
  EXPECT_EQ(text("Words[1]"), "x");
  EXPECT_EQ(text("Words[2]/text()"), "y<z");
  EXPECT_THAT(fragment("Words[3]"), HasSubstr("></w:XmlFragment>"));
  EXPECT_THAT(fragment("Codes"), HasSubstr("<p:Codes xsi:nil=\"true\"/>"));
}

TEST_F(FragmentPath, P7_M8_InsideEmbeddedInstancesReferencesAndDatetimes) {
  EXPECT_EQ(text("Part/Label"), "inner");
  EXPECT_EQ(text("Part/Number/text()"), "5");
  EXPECT_EQ(text("Target/ReferenceParameters/SelectorSet/Selector[1]"), "7");
  EXPECT_EQ(text("Target/ReferenceParameters/SelectorSet/Selector/@Name"), "Number");
  EXPECT_EQ(text("When/Datetime/text()"), "2026-01-02T00:00:00Z");
  EXPECT_EQ(text("Part/Nonsense"), "");
}

TEST_F(FragmentPath, P7_AttributesTellNull) {
  EXPECT_EQ(text("Flag/@nil"), "true");
  EXPECT_EQ(text("Name/@nil"), "");
  EXPECT_THAT(fragment("Flag"), HasSubstr("xsi:nil=\"true\""));
}

TEST_F(FragmentPath, OnlyTheAskedPropertyIsWanted) {
  cim::PropertySet name;
  name.add(cls_.find("Name")->index);
  EXPECT_EQ(read("Name/text()").wanted(), name);
  EXPECT_EQ(read("/Sample_Everything/Name/@nil").wanted(), name);
}

TEST_F(FragmentPath, M9_BadPathsAreRefused) {
  for (std::string const bad : {"name", "Nonsense", "Name[0]", "Name[x]", "Name[1", "Name[1]]", "", "//Name",
                                "Name/", "Name/text()/x", "Name/@a/b", "text()", "@nil", "Name | Flag",
                                "count(Name)", "*", "Name='x'", "Words[position()=1]"}) {
    EXPECT_THROW(static_cast<void>(read(bad)), wsman::Fault) << bad;
  }
  EXPECT_THROW(static_cast<void>(read_fragment({"urn:other", "Name"}, cls_)), wsman::Fault);
}

}  // namespace
}  // namespace winrm::plugins::wmi
