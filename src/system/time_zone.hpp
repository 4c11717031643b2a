#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "system/host.hpp"

namespace winrm::system {

/// When a zone's clocks change: "M10.5.0/3", the last Sunday of October at 3 o'clock.
struct ClockChange {
  std::uint32_t month = 0;       ///< 1 to 12
  std::uint32_t week = 0;        ///< 1 to 5; 5 is the last
  std::uint8_t day_of_week = 0;  ///< 0 is Sunday
  std::int32_t seconds = 7200;   ///< after midnight; may be negative or beyond a day
};

/// The rule that a time zone follows now (POSIX 8.3, TZ).
struct TimeZone {
  std::optional<std::string> name;   ///< "Europe/Berlin"
  std::string standard_name;         ///< "CET"
  std::int32_t standard_offset = 0;  ///< minutes east of UTC
  std::optional<std::string> daylight_name;
  std::int32_t daylight_offset = 0;  ///< minutes east of UTC; that of standard time where there is no other
  std::optional<ClockChange> to_daylight;
  std::optional<ClockChange> to_standard;
};

/// "CET-1CEST,M3.5.0,M10.5.0/3". Rules by day of the year, which no zone follows today, leave the changes
/// empty.
[[nodiscard]] std::optional<TimeZone> parse_time_zone_rule(std::string_view rule);

/// The machine's zone, from /etc/localtime (tzfile(5)); UTC where there is none.
[[nodiscard]] TimeZone time_zone(Host const& host);

}  // namespace winrm::system
