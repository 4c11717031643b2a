// Durations and times: results stay within their range, and what is written is read back.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/limits.hpp"
#include "base/time.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  if (auto const duration = winrm::parse_duration(text)) {
    if (*duration < winrm::Milliseconds::zero() || *duration > winrm::limits::longest_duration) std::abort();
    if (winrm::parse_duration(winrm::format_seconds_duration(*duration)).value() != *duration) std::abort();
    if (winrm::parse_duration(winrm::format_day_time_duration(*duration)).value() != *duration) std::abort();
  }
  if (auto const time = winrm::parse_xs_date_time(text)) {
    if (winrm::parse_xs_date_time(winrm::format_xs_date_time(*time)).value() != *time) std::abort();
  }
  return 0;
}
