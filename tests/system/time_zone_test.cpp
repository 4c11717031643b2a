#include "system/time_zone.hpp"

#include <gtest/gtest.h>

namespace winrm::system {
namespace {

TEST(TimeZoneRule, WithSummerTime) {
  auto const zone = parse_time_zone_rule("CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->standard_name, "CET");
  EXPECT_EQ(zone->standard_offset, 60);
  EXPECT_EQ(zone->daylight_name, "CEST");
  EXPECT_EQ(zone->daylight_offset, 120);
  ASSERT_TRUE(zone->to_daylight && zone->to_standard);
  EXPECT_EQ(zone->to_daylight->month, 3U);
  EXPECT_EQ(zone->to_daylight->week, 5U);
  EXPECT_EQ(zone->to_daylight->day_of_week, 0U);
  EXPECT_EQ(zone->to_daylight->seconds, 2 * 3600);
  EXPECT_EQ(zone->to_standard->month, 10U);
  EXPECT_EQ(zone->to_standard->seconds, 3 * 3600);
}

TEST(TimeZoneRule, WithoutSummerTime) {
  auto const zone = parse_time_zone_rule("<+0545>-5:45");
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->standard_name, "+0545");
  EXPECT_EQ(zone->standard_offset, 345);
  EXPECT_FALSE(zone->daylight_name);
  EXPECT_FALSE(zone->to_daylight);
}

TEST(TimeZoneRule, WestOfGreenwichWithItsOwnSummerOffset) {
  auto const zone = parse_time_zone_rule("<-03>3<-02>2,M3.5.0/-2,M10.5.0/-1");
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->standard_offset, -180);
  EXPECT_EQ(zone->daylight_offset, -120);
  ASSERT_TRUE(zone->to_daylight);
  EXPECT_EQ(zone->to_daylight->seconds, -2 * 3600);
}

TEST(TimeZoneRule, HalfAnHourOfSummerTime) {
  auto const zone = parse_time_zone_rule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->daylight_offset - zone->standard_offset, 30);
}

TEST(TimeZoneRule, ByDayOfTheYearHasNoChanges) {
  auto const zone = parse_time_zone_rule("AAA1BBB,J60,J300");
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->daylight_name, "BBB");
  EXPECT_FALSE(zone->to_daylight);
}

TEST(TimeZoneRule, WhatIsNoRuleIsRefused) {
  for (auto const* text : {"", "CET", "C-1", "<CET-1", "CET-999", "CET-1:99", "-1", "CET-"}) {
    EXPECT_FALSE(parse_time_zone_rule(text)) << text;
  }
}

TEST(TimeZoneRule, AChangeThatIsNoneIsLeftOut) {
  for (auto const* text : {"CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
                           "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5.0"}) {
    auto const zone = parse_time_zone_rule(text);
    ASSERT_TRUE(zone) << text;
    EXPECT_FALSE(zone->to_daylight) << text;
  }
}

}  // namespace
}  // namespace winrm::system
