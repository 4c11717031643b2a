#include "base/time.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/limits.hpp"

namespace winrm {
namespace {

using namespace std::chrono_literals;

TEST(Duration, FormsThatClientsSend) {
  struct {
    char const* text;
    Milliseconds value;
  } const rows[] = {
      {"PT20S", 20s},        {"PT60.000S", 60s},    {"PT0.500S", 500ms},    {"PT1M", 1min},
      {"P1WT1S", 168h + 1s}, {"P0DT0H1M40S", 100s}, {"P1Y2M3D", 24h * 428}, {"PT0S", 0s},
      {"PT0.0019999S", 1ms}, {"P1D", 24h},
  };
  for (auto const& row : rows) {
    auto const read = parse_duration(row.text);
    if (24h * 24 < row.value) {
      EXPECT_EQ(read.value(), limits::longest_duration) << row.text;
    } else {
      EXPECT_EQ(read.value(), row.value) << row.text;
    }
  }
}

TEST(Duration, TooLongIsCut) {
  for (char const* text :
       {"P9999999999999999999999Y", "PT99999999999999S", "P25D", "P20DT999999H", "P24DT23H59M"}) {
    EXPECT_EQ(parse_duration(text).value(), limits::longest_duration) << text;
  }
}

TEST(Duration, MalformedIsRefused) {
  for (char const* text : {"",      "P",      "PT",     "T1S",   "60",   "PT-1S",    "-PT1S", "PT1",
                           "PTS",   "PT1S1M", "PT1S1S", "P1S",   "P1H",  "PT1D",     "P1DT",  "PT1.5M",
                           "PT1.S", "PT.5S",  " PT1S",  "PT1S ", "pt1s", "PT1STT1S", "+PT1S"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, Formats) {
  EXPECT_EQ(format_seconds_duration(7200s), "PT7200.000S");
  EXPECT_EQ(format_seconds_duration(1ms), "PT0.001S");
  EXPECT_EQ(format_seconds_duration(-1500ms), "-PT1.500S");
  EXPECT_EQ(format_day_time_duration(100s), "P0DT0H1M40S");
  EXPECT_EQ(format_day_time_duration(49h + 500ms), "P2DT1H0M0.5S");
  EXPECT_EQ(format_day_time_duration(-1s), "-P0DT0H0M1S");
}

TEST(DateTime, Formats) {
  DateTime value{std::chrono::sys_days(std::chrono::year(2014) / 4 / 3) + 6h + 45min + 50s + 468750us, 480};
  EXPECT_EQ(format_xs_date_time(value), "2014-04-03T14:45:50.46875+08:00");
  value.offset_minutes = 0;
  EXPECT_EQ(format_xs_date_time(value), "2014-04-03T06:45:50.46875Z");
  value.offset_minutes = -450;
  EXPECT_EQ(format_xs_date_time(value), "2014-04-02T23:15:50.46875-07:30");
}

TEST(DateTime, ReadsWhatItWrites) {
  for (char const* text : {"2014-04-03T14:45:50.46875+08:00", "1970-01-01T00:00:00Z", "1601-01-01T00:00:00Z",
                           "9999-12-31T23:59:59.999999Z", "2024-02-29T12:00:00-07:30"}) {
    auto const value = parse_xs_date_time(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(format_xs_date_time(*value), text);
  }
}

TEST(DateTime, EndOfDayAndMissingOffset) {
  EXPECT_EQ(format_xs_date_time(parse_xs_date_time("2023-12-31T24:00:00").value()), "2024-01-01T00:00:00Z");
}

TEST(DateTime, MalformedIsRefused) {
  for (char const* text :
       {"", "2014", "2014-04-03", "2014-13-03T00:00:00Z", "2014-02-29T00:00:00Z", "2014-04-03T24:00:01Z",
        "2014-04-03T12:60:00Z", "2014-04-03T12:00:60Z", "2014-04-03T12:00:00.Z", "2014-04-03T12:00:00+15:00",
        "2014-04-03T12:00:00+1:00", "2014-04-03 12:00:00Z", "2014-04-03T12:00:00Zx", "0000-04-03T12:00:00Z",
        "-2014-04-03T12:00:00Z"}) {
    EXPECT_FALSE(parse_xs_date_time(text)) << text;
  }
}

TEST(DateTime, LocalUsesTheMachinesZone) {
  char const* const before = std::getenv("TZ");
  std::string const saved = before ? before : "";
  setenv("TZ", "XXX-05:30", 1);
  tzset();
  auto const value = local_date_time(std::chrono::sys_days(std::chrono::year(2020) / 1 / 1));
  if (before) {
    setenv("TZ", saved.c_str(), 1);
  } else {
    unsetenv("TZ");
  }
  tzset();
  EXPECT_EQ(format_xs_date_time(value), "2020-01-01T05:30:00+05:30");
}

}  // namespace
}  // namespace winrm
