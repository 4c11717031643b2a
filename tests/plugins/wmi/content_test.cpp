#include "plugins/wmi/content.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "base/limits.hpp"

namespace winrm::plugins::wmi {
namespace {

TEST(SentValues, ElementsOfOneNameAreOneValueInTheOrderOfTheFirst) {
  auto const document = xml::Document::parse("<a><b>1</b><c/><b>2</b></a>");
  ASSERT_TRUE(document);
  auto const values = sent_values(document->root());
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[0].name, "b");
  ASSERT_EQ(values[0].elements.size(), 2U);
  EXPECT_EQ(values[0].elements[1].text(), "2");
  EXPECT_EQ(values[1].name, "c");
}

/// Comparing each with all others would take minutes; the bound leaves room for sanitizers and a busy
/// machine.
TEST(SentValues, AsManyNamesAsAMessageMayHoldAreReadAtOnce) {
  std::string text = "<a>";
  for (std::size_t i = 1; i < limits::xml_elements; ++i) text += "<b" + std::to_string(i) + "/>";
  auto const document = xml::Document::parse(text + "</a>");
  ASSERT_TRUE(document);
  auto const before = std::chrono::steady_clock::now();
  EXPECT_EQ(sent_values(document->root()).size(), limits::xml_elements - 1);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

}  // namespace
}  // namespace winrm::plugins::wmi
