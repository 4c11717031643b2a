#include "system/text.hpp"

#include <gtest/gtest.h>

namespace winrm::system::text {
namespace {

TEST(SystemText, LinesEndWithTheText) {
  std::string_view rest = "a\n\nb";
  EXPECT_EQ(next_line(rest), "a");
  EXPECT_EQ(next_line(rest), "");
  EXPECT_EQ(next_line(rest), "b");
  EXPECT_EQ(next_line(rest), std::nullopt);
}

TEST(SystemText, WordsAreSeparatedByAnyBlanks) {
  std::string_view rest = "  one\ttwo  ";
  EXPECT_EQ(next_word(rest), "one");
  EXPECT_EQ(next_word(rest), "two");
  EXPECT_EQ(next_word(rest), "");
}

TEST(SystemText, NumbersFillTheirText) {
  EXPECT_EQ(number("42"), 42U);
  EXPECT_EQ(number("42kB"), std::nullopt);
  EXPECT_EQ(number(""), std::nullopt);
  EXPECT_EQ(number<std::uint8_t>("256"), std::nullopt);
}

TEST(SystemText, ValuesAreFoundByTheirWholeName) {
  std::string_view const text = "VmSwapX: 1\nVmSwap:\t 2 kB\n";
  EXPECT_EQ(value_of(text, "VmSwap", ':'), "2 kB");
  EXPECT_EQ(value_of(text, "Vm", ':'), std::nullopt);
}

}  // namespace
}  // namespace winrm::system::text
