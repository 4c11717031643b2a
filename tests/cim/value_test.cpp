#include "cim/value.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "cim/dmtf_datetime.hpp"

namespace winrm::cim {
namespace {

template <class T>
T parsed(Type type, std::string_view text) {
  auto const value = parse_value(type, text);
  EXPECT_TRUE(value) << text;
  return value ? std::get<T>(*value) : T{};
}

TEST(ParseValue, IntegersFillTheirWholeRange) {
  EXPECT_EQ(parsed<std::uint64_t>(Type::uint8, "255"), 255U);
  EXPECT_EQ(parsed<std::int64_t>(Type::sint8, "-128"), -128);
  EXPECT_EQ(parsed<std::uint64_t>(Type::uint64, "18446744073709551615"),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parsed<std::int64_t>(Type::sint64, "-9223372036854775808"),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parsed<std::int64_t>(Type::sint64, "9223372036854775807"),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parsed<std::uint64_t>(Type::uint32, "0x1F"), 31U);
}

TEST(ParseValue, IntegersOutsideTheirTypeAreRefused) {
  for (auto const& [type, text] :
       std::initializer_list<std::pair<Type, std::string_view>>{{Type::uint8, "256"},
                                                                {Type::uint8, "-1"},
                                                                {Type::sint8, "128"},
                                                                {Type::sint8, "-129"},
                                                                {Type::uint16, "65536"},
                                                                {Type::uint32, "4294967296"},
                                                                {Type::sint64, "9223372036854775808"},
                                                                {Type::sint64, "-9223372036854775809"},
                                                                {Type::uint64, "18446744073709551616"},
                                                                {Type::uint32, ""},
                                                                {Type::uint32, "1x"},
                                                                {Type::uint32, " 1"},
                                                                {Type::uint32, "0x"},
                                                                {Type::uint32, "--1"}}) {
    EXPECT_FALSE(parse_value(type, text)) << name_of(type) << " " << text;
  }
}

TEST(ParseValue, BooleansInAnyCase) {
  EXPECT_TRUE(parsed<bool>(Type::boolean, "TRUE"));
  EXPECT_FALSE(parsed<bool>(Type::boolean, "False"));
  EXPECT_TRUE(parsed<bool>(Type::boolean, "1"));
  EXPECT_FALSE(parse_value(Type::boolean, "yes"));
}

TEST(ParseValue, DateTimesInBothForms) {
  auto const dmtf = parsed<DateTime>(Type::datetime, "20260102030405.000000+060");
  auto const xs = parsed<DateTime>(Type::datetime, "2026-01-02T02:04:05Z");
  EXPECT_EQ(dmtf.utc, xs.utc);
  EXPECT_EQ(dmtf.offset_minutes, 60);
  EXPECT_EQ(parsed<Interval>(Type::datetime, "00000001020304.500000:000"), Interval(93'784'500'000));
  EXPECT_FALSE(parse_value(Type::datetime, "20261302030405.000000+060"));
  EXPECT_FALSE(parse_value(Type::datetime, "2026****030405.000000+060"));
  EXPECT_FALSE(parse_value(Type::datetime, "yesterday"));
}

TEST(DmtfDateTime, IsWrittenAsItIsRead) {
  for (std::string const text : {"20260102030405.000006+060", "19991231235959.999999-330"}) {
    auto const value = parse_dmtf_datetime(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(format_dmtf_datetime(*value), text);
  }
}

TEST(CompareValues, StringsIgnoreCaseUnlessTheyMustNot) {
  EXPECT_TRUE(compare(ValueView(std::string_view("SSHd")), Value(std::string("sshD")), CaseRule::ignore) ==
              0);
  EXPECT_TRUE(compare(ValueView(std::string_view("/A")), Value(std::string("/a")), CaseRule::exact) != 0);
  EXPECT_TRUE(compare(ValueView(std::string_view("a")), Value(std::string("B")), CaseRule::ignore) < 0);
}

TEST(CompareValues, NullAndOtherTypesHaveNoOrder) {
  EXPECT_EQ(compare(ValueView(), Value(std::uint64_t{1}), CaseRule::ignore),
            std::partial_ordering::unordered);
  EXPECT_TRUE(compare(ValueView(true), Value(std::string("true")), CaseRule::ignore) ==
              std::partial_ordering::unordered);
}

TEST(ToText, WritesNumbersShortestAndExact) {
  EXPECT_EQ(to_text(ValueView(0.1F)), "0.1");
  EXPECT_EQ(to_text(ValueView(0.1)), "0.1");
  EXPECT_EQ(to_text(ValueView(std::numeric_limits<double>::infinity())), "INF");
  EXPECT_EQ(to_text(ValueView(-std::numeric_limits<double>::infinity())), "-INF");
  EXPECT_EQ(to_text(ValueView(std::numeric_limits<double>::quiet_NaN())), "NaN");
  EXPECT_EQ(to_text(ValueView(std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
}

TEST(CimValue, IntervalsAreDurations) {
  using namespace std::chrono;
  EXPECT_EQ(std::get<Interval>(*parse_value(Type::datetime, "P1DT2H3M4.5S")),
            days(1) + hours(2) + minutes(3) + milliseconds(4500));
  EXPECT_EQ(std::get<Interval>(*parse_value(Type::datetime, "PT1M")), minutes(1));
  for (std::string_view const bad : {"P", "PT", "P1Y", "P1M", "PT1S2M", "P1", "PT1.2.3S", "P999999999D"}) {
    EXPECT_FALSE(parse_value(Type::datetime, bad)) << bad;
  }
}

}  // namespace
}  // namespace winrm::cim
