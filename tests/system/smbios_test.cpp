#include "system/smbios.hpp"

#include <gtest/gtest.h>

#include <random>

namespace winrm::system::smbios {
namespace {

using namespace std::string_literals;

/// A structure as firmware writes it: `fields` behind the header, then strings that each end with a zero.
std::string table(std::uint8_t type, std::string const& fields, std::string const& strings) {
  std::string bytes;
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(4 + fields.size());
  bytes += "\x34\x12"s;
  return bytes + fields + strings;
}

TEST(Smbios, D9_FieldsAndStringsOfAStructure) {
  auto const found = parse_structures(table(17, "\x01\x02\x03\x04\x05\x06\x07\x08"s, "first\0second \0\0"s));
  ASSERT_EQ(found.size(), 1U);
  auto const& structure = found.front();
  EXPECT_EQ(structure.type(), Type::memory_device);
  EXPECT_EQ(structure.handle(), 0x1234);
  EXPECT_EQ(structure.byte(4), 0x01);
  EXPECT_EQ(structure.word(4), 0x0201);
  EXPECT_EQ(structure.dword(4), 0x04030201U);
  EXPECT_EQ(structure.qword(4), 0x0807060504030201U);
  EXPECT_EQ(structure.text(4), "first");
  EXPECT_EQ(structure.text(5), "second");
  EXPECT_EQ(structure.text(6), std::nullopt) << "there is no third string";
}

TEST(Smbios, AFieldThatReachesBeyondTheStructureIsAbsent) {
  auto const found = parse_structures(table(0, "\x01\x02"s, "\0\0"s));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().word(4), 0x0201);
  EXPECT_EQ(found.front().word(5), std::nullopt);
  EXPECT_EQ(found.front().byte(6), std::nullopt);
  EXPECT_EQ(found.front().qword(0), std::nullopt);
  EXPECT_EQ(found.front().byte(static_cast<std::size_t>(-1)), std::nullopt);
}

TEST(Smbios, WhatManufacturersWriteForNothingIsNothing) {
  auto const found =
      parse_structures(table(1, "\x01\x02\x03\x00"s, "To Be Filled By O.E.M.\0Not Specified\0  \0\0"s));
  ASSERT_EQ(found.size(), 1U);
  for (std::size_t offset = 4; offset < 8; ++offset)
    EXPECT_EQ(found.front().text(offset), std::nullopt) << offset;
}

TEST(Smbios, UnprintableBytesOfAStringAreReplaced) {
  auto const found = parse_structures(table(1, "\x01"s, "a\x01\xFFz\0\0"s));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().text(4), "a??z");
}

TEST(Smbios, TheTableEndsAtItsEndOrWhereItBreaksOff) {
  auto const good = table(2, "\x00"s, "\0\0"s);
  EXPECT_EQ(parse_structures(good + table(127, "", "\0\0"s) + good).size(), 1U) << "behind the end structure";
  EXPECT_EQ(parse_structures(good + "\x02\x03\x00\x00\0\0"s).size(), 1U)
      << "a length shorter than the header";
  EXPECT_EQ(parse_structures(good + "\x02\xFF\x00\x00\0\0"s).size(), 1U) << "a length beyond the table";
  EXPECT_EQ(parse_structures(good + table(2, "\x01"s, "no end"s)).size(), 1U) << "strings without an end";
  EXPECT_EQ(parse_structures(good + "\x02\x04"s).size(), 1U) << "half a header";
  EXPECT_TRUE(parse_structures("").empty());
}

TEST(Smbios, EveryPrefixAndEveryDamagedByteIsSurvived) {
  std::string bytes;
  for (std::uint8_t type : {0, 1, 4, 16, 17}) bytes += table(type, std::string(40, '\x01'), "text\0\0"s);
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    EXPECT_LE(parse_structures(std::string_view(bytes).substr(0, length)).size(), 5U);
  }
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    auto damaged = bytes;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    for (auto const& structure : parse_structures(damaged)) {
      (void)structure.text(random() % 300);
      (void)structure.qword(random() % 300);
    }
  }
}

TEST(Smbios, TheVersionStandsInEitherEntryPoint) {
  auto const new_version = parse_entry_point("_SM3_\x10\x18\x03\x05\x00"s);
  ASSERT_TRUE(new_version);
  EXPECT_EQ(new_version->major, 3);
  EXPECT_EQ(new_version->minor, 5);
  auto const old_version = parse_entry_point("_SM_\x10\x1F\x02\x08"s);
  ASSERT_TRUE(old_version);
  EXPECT_EQ(old_version->major, 2);
  EXPECT_EQ(old_version->minor, 8);
  EXPECT_FALSE(parse_entry_point("_SM3_\x10"s));
  EXPECT_FALSE(parse_entry_point("_SM_"s));
  EXPECT_FALSE(parse_entry_point(""s));
}

}  // namespace
}  // namespace winrm::system::smbios
