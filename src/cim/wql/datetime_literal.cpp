#include "cim/wql/datetime_literal.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>
#include <optional>

#include "base/unicode.hpp"
#include "cim/dmtf_datetime.hpp"

namespace winrm::cim::wql {

namespace {

using std::chrono::microseconds;

constexpr std::size_t sign_at = 21;

/// The first point in time after the range whose fields before `wild` are given.
winrm::DateTime end_of_range(winrm::DateTime const& first, std::size_t wild) {
  using namespace std::chrono;
  auto const local = first.utc + minutes(first.offset_minutes);
  auto const midnight = floor<days>(local);
  year_month_day const date(midnight);
  auto const moved = [&](auto end) {
    return winrm::DateTime{end - minutes(first.offset_minutes), first.offset_minutes};
  };
  switch (wild) {
    case 4:
      return moved(local + (sys_days(date + years(1)) - midnight));
    case 6:
      return moved(local + (sys_days(date + months(1)) - midnight));
    case 8:
      return moved(local + days(1));
    case 10:
      return moved(local + hours(1));
    case 12:
      return moved(local + minutes(1));
    default:
      break;
  }
  microseconds step(1);
  for (auto digit = wild; digit < sign_at; ++digit) step *= 10;
  return moved(local + step);
}

/// "202601**********.******+***": asterisks from one field on (DSP0004 5.2.4).
std::optional<DatetimeLiteral> parse_range(std::string_view text) {
  auto const wild = text.find('*');
  if (text.size() != 25 || wild == std::string_view::npos || wild < 4) return std::nullopt;
  if (wild < sign_at && wild < 15 && wild % 2 != 0) return std::nullopt;
  for (auto at = wild; at < sign_at; ++at) {
    if (text[at] != '*' && at != 14) return std::nullopt;
  }
  constexpr std::string_view lowest = "00000101000000.000000+000";
  std::string first(text);
  for (std::size_t at = 0; at < first.size(); ++at) {
    if (first[at] == '*') first[at] = lowest[at];
  }
  auto const point = parse_dmtf_datetime(first);
  if (!point) return std::nullopt;
  if (wild > sign_at) return DatetimeLiteral{Value(*point), Value()};
  auto last = end_of_range(*point, wild);
  last.utc -= microseconds(1);
  return DatetimeLiteral{Value(*point), Value(last)};
}

/// Reads decimal numbers with single characters between them.
class Numbers {
 public:
  explicit Numbers(std::string_view text) : rest_(text) {}
  std::optional<int> take() {
    int number = 0;
    auto const [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc() || number < 0) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return number;
  }
  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip_word(std::string_view word) {
    if (!unicode::equals_ignoring_case(rest_, word)) return false;
    rest_ = {};
    return true;
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// "mm/dd/yyyy[ hh:mm[:ss][ AM|PM]]".
std::optional<winrm::DateTime> parse_common_date(std::string_view text) {
  Numbers numbers(text);
  std::array<int, 3> date{};
  for (std::size_t i = 0; i < date.size(); ++i) {
    if (i > 0 && !numbers.skip('/')) return std::nullopt;
    auto const part = numbers.take();
    if (!part) return std::nullopt;
    date[i] = *part;
  }
  std::array<int, 3> time{};
  if (numbers.skip(' ')) {
    for (std::size_t i = 0; i < time.size(); ++i) {
      if (i > 0 && !numbers.skip(':')) break;
      auto const part = numbers.take();
      if (!part) return std::nullopt;
      time[i] = *part;
    }
    if (numbers.skip(' ')) {
      if (time[0] < 1 || time[0] > 12) return std::nullopt;
      if (numbers.skip_word("PM")) {
        time[0] = time[0] % 12 + 12;
      } else if (numbers.skip_word("AM")) {
        time[0] %= 12;
      }
    }
  }
  auto const [month, day, year] = date;
  // The calendar keeps years in 16 bits, months and days in 8: 257 would be the first of January.
  bool const is_date =
      year >= 1 && year <= 9999 && month <= 12 && day <= 31 &&
      std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                  std::chrono::day(static_cast<unsigned>(day)))
          .ok();
  if (!numbers.done() || !is_date || time[0] > 23 || time[1] > 59 || time[2] > 59) return std::nullopt;
  std::tm local{};
  local.tm_year = year - 1900;
  local.tm_mon = month - 1;
  local.tm_mday = day;
  local.tm_hour = time[0];
  local.tm_min = time[1];
  local.tm_sec = time[2];
  local.tm_isdst = -1;
  std::time_t const seconds = std::mktime(&local);
  return winrm::DateTime{std::chrono::sys_seconds(std::chrono::seconds(seconds)),
                         static_cast<std::int16_t>(local.tm_gmtoff / 60)};
}

}  // namespace

Result<DatetimeLiteral> parse_datetime_literal(std::string_view text) {
  if (auto range = parse_range(text)) return *std::move(range);
  if (auto const point = parse_common_date(text)) return DatetimeLiteral{Value(*point), Value()};
  auto value = parse_value(Type::datetime, text);
  if (!value) return tl::unexpected(value.error());
  return DatetimeLiteral{*std::move(value), Value()};
}

}  // namespace winrm::cim::wql
