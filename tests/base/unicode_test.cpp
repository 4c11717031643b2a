#include "base/unicode.hpp"

#include <gtest/gtest.h>

namespace winrm::unicode {
namespace {

using namespace std::string_view_literals;

TEST(Unicode, ValidUtf8) {
  for (auto text :
       {""sv, "plain"sv, "Grüße"sv, "日本語"sv, "😀 and 20 bytes of ASCII"sv, "\0"sv, "\xef\xbf\xbf"sv}) {
    EXPECT_TRUE(is_valid_utf8(text)) << text;
  }
}

TEST(Unicode, InvalidUtf8) {
  for (auto text :
       {"\x80"sv, "\xc0\xaf"sv, "\xc1\xbf"sv, "\xe0\x80\x80"sv, "\xed\xa0\x80"sv, "\xf0\x80\x80\x80"sv,
        "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "abc\xe2\x82"sv, "12345678\xff"sv, "\xc3"sv, "\xc3x"sv}) {
    EXPECT_FALSE(is_valid_utf8(text));
  }
}

TEST(Unicode, Utf16BothByteOrders) {
  EXPECT_EQ(utf16_to_utf8("a\0\xe4\0"sv).value(), "aä");
  EXPECT_EQ(utf16_to_utf8("\0a\0\xe4"sv, ByteOrder::big).value(), "aä");
  EXPECT_EQ(utf16_to_utf8("\x3d\xd8\x00\xde"sv).value(), "😀");
  EXPECT_EQ(utf16_to_utf8(""sv).value(), "");
}

TEST(Unicode, ByteOrderMarkDecidesAndIsDropped) {
  EXPECT_EQ(utf16_to_utf8("\xff\xfe"
                          "a\0"sv,
                          ByteOrder::big)
                .value(),
            "a");
  EXPECT_EQ(utf16_to_utf8("\xfe\xff\0a"sv, ByteOrder::little).value(), "a");
  EXPECT_EQ(utf16_to_utf8("\xff\xfe"sv).value(), "");
}

TEST(Unicode, BrokenUtf16IsRefused) {
  EXPECT_FALSE(utf16_to_utf8("a"sv));
  EXPECT_FALSE(utf16_to_utf8("\x3d\xd8"sv));
  EXPECT_FALSE(
      utf16_to_utf8("\x3d\xd8"
                    "a\0"sv));
  EXPECT_FALSE(utf16_to_utf8("\x00\xde"sv));
}

TEST(Unicode, Utf8ToUtf16) {
  EXPECT_EQ(utf8_to_utf16("aä", false), "a\0\xe4\0"sv);
  EXPECT_EQ(utf8_to_utf16("😀", true), "\xff\xfe\x3d\xd8\x00\xde"sv);
  EXPECT_EQ(utf8_to_utf16("\xff", false), "\xfd\xff"sv);
}

void append_unit(std::string& out, std::uint32_t unit) {
  out.push_back(static_cast<char>(unit & 0xff));
  out.push_back(static_cast<char>(unit >> 8));
}

TEST(Unicode, Utf16RoundTripsEveryPlane) {
  for (std::uint32_t c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 0x1f) {
    if ((c >= 0xd800 && c <= 0xdfff) || c == 0xfeff || c == 0xfffe) continue;
    std::string utf16;
    if (c < 0x10000) {
      append_unit(utf16, c);
    } else {
      append_unit(utf16, 0xd800 + ((c - 0x10000) >> 10));
      append_unit(utf16, 0xdc00 + ((c - 0x10000) & 0x3ff));
    }
    auto const utf8 = utf16_to_utf8(utf16);
    ASSERT_TRUE(utf8) << c;
    ASSERT_TRUE(is_valid_utf8(*utf8)) << c;
    ASSERT_EQ(utf8_to_utf16(*utf8, false), utf16) << c;
  }
}

TEST(Unicode, Latin1) { EXPECT_EQ(latin1_to_utf8("caf\xe9"), "café"); }

TEST(Unicode, SanitizeForXml) {
  EXPECT_EQ(sanitize_for_xml("a\tb\r\nä"), "a\tb\r\nä");
  EXPECT_EQ(sanitize_for_xml("\0\x1b[31m\xff"sv), "��[31m�");
  EXPECT_EQ(sanitize_for_xml("\xef\xbf\xbf"), "�");
}

TEST(Unicode, AsciiCase) {
  EXPECT_TRUE(equals_ignoring_case("ResourceURI", "resourceuri"));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_TRUE(starts_with_ignoring_case("HTTP://host", "http:"));
  EXPECT_FALSE(starts_with_ignoring_case("ht", "http:"));
  EXPECT_EQ(to_lower_ascii("ÄBC"), "Äbc");
}

}  // namespace
}  // namespace winrm::unicode
