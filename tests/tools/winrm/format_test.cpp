#include "tools/winrm/format.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace winrm::tools::winrm_tool {
namespace {

std::filesystem::path const golden = std::filesystem::path(WINRM_SOURCE_DIR) / "tests/tools/winrm/golden";

std::string read(std::filesystem::path const& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Compares every NAME.<extension> of the golden folder with NAME.xml formatted.
void compare(std::string const& extension, Format format) {
  int compared = 0;
  for (auto const& entry : std::filesystem::directory_iterator(golden)) {
    if (entry.path().extension() != "." + extension) continue;
    auto const xml = read(std::filesystem::path(entry.path()).replace_extension(".xml"));
    auto const document = xml::Document::parse(xml);
    ASSERT_TRUE(document.has_value()) << entry.path();
    EXPECT_EQ(format_element(document->root(), format), read(entry.path())) << entry.path();
    ++compared;
  }
  EXPECT_GE(compared, 3) << "golden files are missing";
}

TEST(Format, T2_TextMatchesTheGoldenFiles) { compare("text", Format::text); }
TEST(Format, T2_PrettyMatchesTheGoldenFiles) { compare("pretty", Format::pretty); }
TEST(Format, T2_JsonMatchesTheGoldenFiles) { compare("json", Format::json); }

TEST(Format, CsvMatchesTheGoldenFiles) { compare("csv", Format::csv); }
TEST(Format, TableMatchesTheGoldenFiles) { compare("table", Format::table); }

TEST(Format, T2_ColourIsOfTheTitleOnly) {
  auto const document = xml::Document::parse("<a><b>1</b></a>");
  EXPECT_EQ(format_element(document->root(), Format::text, bold_titles), "\x1b[1ma\x1b[0m\n    b = 1\n");
  EXPECT_EQ(format_element(document->root(), Format::json, bold_titles), "{\"__CLASS\":\"a\",\"b\":\"1\"}\n");
}

TEST(Format, T2_XmlIsOneLine) {
  auto const document = xml::Document::parse("<a xmlns=\"urn:x\"><b>1</b></a>");
  EXPECT_EQ(format_element(document->root(), Format::xml), "<a xmlns=\"urn:x\"><b>1</b></a>\n");
}

TEST(Format, PrettyKeepsAnglesInAttributes) {
  EXPECT_EQ(format_pretty("<a x='1>2'><b/></a>"), "<a x='1>2'>\n  <b/>\n</a>\n");
  EXPECT_EQ(format_pretty("<a>one<b/>two</a>"), "<a>\n  one\n  <b/>\n  two\n</a>\n");
}

TEST(Format, JsonNumbersAreNumbersOnly) {
  auto const json = [](std::string const& text) {
    auto const document = xml::Document::parse(
        "<c xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><v xsi:type=\"xs:int\" "
        "xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">" +
        text + "</v></c>");
    return format_json(document->root());
  };
  EXPECT_EQ(json("-12"), "{\"__CLASS\":\"c\",\"v\":-12}\n");
  EXPECT_EQ(json("1.5e-3"), "{\"__CLASS\":\"c\",\"v\":1.5e-3}\n");
  for (auto const* text : {"007", "+1", "1.", ".5", "0x1", "1 ", "NaN", "1e"})
    EXPECT_EQ(json(text), std::string("{\"__CLASS\":\"c\",\"v\":\"") + text + "\"}\n");
}

}  // namespace
}  // namespace winrm::tools::winrm_tool
