#include "base/xpress.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace winrm::xpress {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// The example of MS-XCA 3: "abc" a hundred times.
std::string specified_block() {
  std::string table(256, '\0');
  table[0x30] = 0x30;
  table[0x31] = 0x23;
  table[0x80] = 0x02;
  table[0x8F] = 0x20;
  return table + std::string("\xa8\xdc\x00\x00\xff\x26\x01", 7);
}

std::string framed(std::size_t size, std::string const& packed) {
  std::string out;
  for (std::size_t const number : {size - 1, packed.size() - 1}) {
    out += static_cast<char>(number & 0xFF);
    out += static_cast<char>(number >> 8);
  }
  return out + packed;
}

std::string random_bytes(std::size_t size, unsigned seed, unsigned values) {
  std::mt19937 engine(seed);
  std::uniform_int_distribution<unsigned> byte(0, values - 1);
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(byte(engine));
  return out;
}

TEST(Xpress, P20_ReadsTheSpecifiedExample) {
  EXPECT_EQ(decompress(framed(300, specified_block())).value(), repeated("abc", 100));
}

TEST(Xpress, P20_BlocksOfEqualSizesAreRaw) {
  EXPECT_EQ(decompress(framed(5, "hello")).value(), "hello");
  EXPECT_EQ(decompress(framed(5, "hello") + framed(300, specified_block())).value(),
            "hello" + repeated("abc", 100));
}

TEST(Xpress, P20_WhatIsCompressedComesBack) {
  for (std::size_t const size : {1U, 2U, 3U, 255U, 256U, 257U, 300U, 65535U, 65536U, 65537U, 300000U}) {
    for (unsigned const values : {1U, 2U, 17U, 256U}) {
      auto const bytes = random_bytes(size, static_cast<unsigned>(size) + values, values);
      auto const packed = compress(bytes);
      EXPECT_EQ(decompress(packed).value(), bytes) << size << " bytes of " << values << " values";
      EXPECT_LE(packed.size(), bytes.size() + 4 * (bytes.size() / 65536 + 1));
    }
  }
  EXPECT_EQ(compress(""), "");
  EXPECT_EQ(decompress("").value(), "");
}

TEST(Xpress, P20_MatchesOfEveryLength) {
  for (std::size_t length = 3; length < 600; ++length) {
    auto const bytes = random_bytes(400, 7, 256) + repeated("x", length) + random_bytes(400, 7, 256);
    ASSERT_EQ(decompress(compress(bytes)).value(), bytes) << length;
  }
  EXPECT_EQ(decompress(compress(std::string(65536, 'z'))).value(), std::string(65536, 'z'));
}

TEST(Xpress, P20_SkewedSymbolsStayWithinFifteenBits) {
  // Fibonacci counts make the deepest tree there is.
  std::string bytes;
  std::size_t a = 1;
  std::size_t b = 1;
  std::mt19937 engine(3);
  for (unsigned char symbol = 0; bytes.size() + a < 65536; ++symbol) {
    bytes += std::string(a, static_cast<char>(symbol));
    a = std::exchange(b, a + b);
  }
  std::shuffle(bytes.begin(), bytes.end(), engine);
  EXPECT_EQ(decompress(compress(bytes)).value(), bytes);
}

TEST(Xpress, P20_TextBecomesSmaller) {
  std::string log;
  for (int i = 0; i < 5000; ++i)
    log += "Nov 22 22:10:" + std::to_string(i) + " host service[12]: request served\n";
  EXPECT_LT(compress(log).size(), log.size() / 4);
}

TEST(Xpress, P20_DamagedBlocksAreRefused) {
  auto const whole = framed(300, specified_block());
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_FALSE(decompress(std::string_view(whole).substr(0, size))) << size;
  EXPECT_FALSE(decompress(framed(300, std::string(256 + 8, '\0')))) << "no codes at all";
  EXPECT_FALSE(decompress(framed(300, std::string(256 + 8, '\x11')))) << "too many short codes";
  EXPECT_FALSE(decompress(framed(299, specified_block()))) << "a copy beyond the end";
  std::string before_beginning = specified_block();
  before_beginning.replace(256, 2, "\xff\xff");
  EXPECT_FALSE(decompress(framed(300, before_beginning)));
}

TEST(Xpress, P20_WhatGrowsTooLargeIsRefused) {
  auto const packed = compress(std::string(65536, 'z'));
  EXPECT_TRUE(decompress(packed, 65536));
  EXPECT_FALSE(decompress(packed, 65535));
  EXPECT_FALSE(decompress(repeated(packed, 3), 2 * 65536));
}

}  // namespace
}  // namespace winrm::xpress
