#include "providers/common/long_text.hpp"

#include <gtest/gtest.h>

namespace winrm::providers {
namespace {

std::string repeated(std::string const& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(LongText, WhatWindowsTakesIsWhole) {
  for (auto const& text :
       {std::string(), std::string("sleep 1"), std::string(32'767, 'a'), repeated("ä", 16'383)})
    EXPECT_EQ(within_bounds(text), text);
}

TEST(LongText, WhatIsLongerEndsBehindACharacter) {
  EXPECT_EQ(within_bounds(std::string(2'000'000, 'a')), std::string(32'767, 'a'));
  EXPECT_EQ(within_bounds(repeated("ä", 100'000)), repeated("ä", 16'383));
  EXPECT_EQ(within_bounds(repeated("\xf0\x9f\x98\x80", 10'000)), repeated("\xf0\x9f\x98\x80", 8191));
}

TEST(LongText, WhatGrowsInAnAnswerIsCutSooner) {
  EXPECT_EQ(within_bounds(std::string(30'000, '&')), std::string(19'660, '&'));
  EXPECT_EQ(within_bounds(std::string(40'000, '\x01')), std::string(32'767, '\x01'));
  EXPECT_EQ(within_bounds(std::string(40'000, '\xff')), std::string(32'767, '\xff'));
}

}  // namespace
}  // namespace winrm::providers
