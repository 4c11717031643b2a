#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace winrm {

using SteadyClock = std::chrono::steady_clock;
using Deadline = SteadyClock::time_point;
using Milliseconds = std::chrono::milliseconds;

/// xs:duration. Years count 365 days and months 30 (WS-Management uses neither in practice). Negative and
/// malformed text fails; values are clamped to about 24 days, so that adding one to a clock cannot overflow.
[[nodiscard]] Result<Milliseconds> parse_duration(std::string_view text);

/// "PT7200.000S", as Windows writes idle timeouts.
[[nodiscard]] std::string format_seconds_duration(Milliseconds value);

/// "P0DT0H1M40S", as Windows writes run times and CIM intervals; a fraction appears when there is one.
[[nodiscard]] std::string format_day_time_duration(std::chrono::microseconds value);

/// A point in time with the offset from UTC it is to be shown with.
struct DateTime {
  std::chrono::sys_time<std::chrono::microseconds> utc;
  std::int16_t offset_minutes = 0;
  friend bool operator==(DateTime const&, DateTime const&) = default;
};

/// `utc` shown in the machine's time zone.
[[nodiscard]] DateTime local_date_time(std::chrono::sys_time<std::chrono::microseconds> utc);

/// "2014-04-03T14:45:50.46875+08:00": xs:dateTime, fraction without trailing zeros, "Z" for offset 0.
[[nodiscard]] std::string format_xs_date_time(DateTime const& value);
[[nodiscard]] Result<DateTime> parse_xs_date_time(std::string_view text);

}  // namespace winrm
