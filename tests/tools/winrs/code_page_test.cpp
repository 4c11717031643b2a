#include "tools/winrs/code_page.hpp"

#include <gtest/gtest.h>

#include "tools/common/switches.hpp"

namespace winrm::tools::winrs_tool {
namespace {

using Direction = CodePageConverter::Direction;

std::string decoded(std::uint32_t code_page, std::string_view bytes) {
  CodePageConverter converter(code_page, Direction::to_utf8);
  return converter.convert(bytes) + converter.finish();
}

TEST(CodePage, Utf8IsPassedOnByteForByte) {
  EXPECT_EQ(decoded(65001, std::string("\xFF\x00\xC3", 3)), std::string("\xFF\x00\xC3", 3));
}

TEST(CodePage, ConsolesOfWindowsAreRead) {
  EXPECT_EQ(decoded(437, "\x81 \xE1 \xC9"), "ü ß ╔");
  EXPECT_EQ(decoded(850, "\x81 \xB8"), "ü ©");
  EXPECT_EQ(decoded(1252, "\xFC \x80"), "ü €");
  EXPECT_EQ(decoded(866, "\x8F\xE0"), "Пр");
  EXPECT_EQ(decoded(932, "\x93\xFA\x96\x7B"), "日本");
}

TEST(CodePage, WhatIsNoCharacterTakesNothingElseWithIt) {
  EXPECT_EQ(decoded(1252, "a\x81\x80\x85z"), "a?€…z");
  EXPECT_EQ(decoded(1200, std::string("a\0\x00\xDC"
                                      "b\0c\0",
                                      8)),
            "a?bc");
  CodePageConverter converter(437, Direction::from_utf8);
  EXPECT_EQ(converter.convert("日\xFFü"), "??\x81");
}

TEST(CodePage, CharactersMayBeCutByPieces) {
  CodePageConverter converter(932, Direction::to_utf8);
  EXPECT_EQ(converter.convert("a\x93"), "a");
  EXPECT_EQ(converter.convert("\xFA"), "日");
  EXPECT_EQ(converter.convert("\x93"), "");
  EXPECT_EQ(converter.finish(), "?");
}

TEST(CodePage, InputGoesTheOtherWay) {
  CodePageConverter converter(437, Direction::from_utf8);
  EXPECT_EQ(converter.convert("ü\xC3"), "\x81");
  EXPECT_EQ(converter.convert("\x9F 日!"), "\xE1 ?!");
}

TEST(CodePage, UnknownOnesAreRefused) {
  EXPECT_THROW(CodePageConverter(4711, Direction::to_utf8), UsageError);
}

}  // namespace
}  // namespace winrm::tools::winrs_tool
