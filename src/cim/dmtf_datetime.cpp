#include "cim/dmtf_datetime.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

namespace winrm::cim {

namespace {

constexpr std::size_t text_size = 25;

Result<int> digits(std::string_view text, std::size_t from, std::size_t count) {
  int value = 0;
  auto const* begin = text.data() + from;
  auto const [end, error] = std::from_chars(begin, begin + count, value);
  if (error != std::errc() || end != begin + count || *begin == '-') {
    return fail(fmt::format("\"{}\" is not a CIM datetime: digits expected at character {}", text, from + 1));
  }
  return value;
}

struct Fields {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, microseconds = 0, offset = 0;
};

/// `days` is where an interval has eight digits of days and a point in time has year, month and day.
Result<Fields> read_fields(std::string_view text, std::string_view signs) {
  if (text.size() != text_size || text[14] != '.' || signs.find(text[21]) == std::string_view::npos) {
    return fail(fmt::format("\"{}\" is not a CIM datetime: write yyyymmddHHMMSS.mmmmmm+UUU", text));
  }
  Fields fields;
  struct Part {
    std::size_t from, count;
    int Fields::*into;
  };
  static constexpr Part parts[] = {{0, 4, &Fields::year},          {4, 2, &Fields::month},
                                   {6, 2, &Fields::day},           {8, 2, &Fields::hour},
                                   {10, 2, &Fields::minute},       {12, 2, &Fields::second},
                                   {15, 6, &Fields::microseconds}, {22, 3, &Fields::offset}};
  for (auto const& part : parts) {
    auto const value = digits(text, part.from, part.count);
    if (!value) return tl::unexpected(value.error());
    fields.*part.into = *value;
  }
  return fields;
}

}  // namespace

Result<winrm::DateTime> parse_dmtf_datetime(std::string_view text) {
  auto const fields = read_fields(text, "+-");
  if (!fields) return tl::unexpected(fields.error());
  using namespace std::chrono;
  auto const date = year(fields->year) / month(static_cast<unsigned>(fields->month)) /
                    day(static_cast<unsigned>(fields->day));
  // An xs:dateTime, as which it is written again, is at most 14 hours away from UTC.
  constexpr int largest_offset = 14 * 60;
  if (!date.ok() || fields->hour > 23 || fields->minute > 59 || fields->second > 60 ||
      fields->offset > largest_offset) {
    return fail(fmt::format("\"{}\" is not a date and time", text));
  }
  auto const offset = text[21] == '-' ? -fields->offset : fields->offset;
  auto const local = sys_days(date) + hours(fields->hour) + minutes(fields->minute) +
                     seconds(fields->second) + microseconds(fields->microseconds);
  return winrm::DateTime{local - minutes(offset), static_cast<std::int16_t>(offset)};
}

Result<Interval> parse_dmtf_interval(std::string_view text) {
  auto const fields = read_fields(text, ":");
  if (!fields) return tl::unexpected(fields.error());
  using namespace std::chrono;
  auto const whole_days = fields->year * 10000 + fields->month * 100 + fields->day;
  return Interval(days(whole_days) + hours(fields->hour) + minutes(fields->minute) + seconds(fields->second) +
                  microseconds(fields->microseconds));
}

Result<Interval> parse_xs_interval(std::string_view text) {
  using namespace std::chrono;
  struct Unit {
    char letter;
    bool in_time;
    microseconds length;
  };
  static constexpr Unit units[] = {
      {'D', false, days(1)}, {'H', true, hours(1)}, {'M', true, minutes(1)}, {'S', true, seconds(1)}};
  auto const bad = [&] { return fail(fmt::format("\"{}\" is not an interval: write P1DT2H3M4S", text)); };
  auto rest = text;
  if (!rest.starts_with('P') || rest.size() < 3 || rest.ends_with('T')) return bad();
  rest.remove_prefix(1);
  bool in_time = false;
  Interval total{0};
  for (auto const& unit : units) {
    if (!in_time && rest.starts_with('T')) {
      in_time = true;
      rest.remove_prefix(1);
    }
    auto const letter = rest.find_first_not_of("0123456789.");
    if (letter == std::string_view::npos || rest[letter] != unit.letter || unit.in_time != in_time) continue;
    double count = 0;
    auto const [end, error] = std::from_chars(rest.data(), rest.data() + letter, count);
    // An interval of CIM has eight digits of days.
    if (error != std::errc() || end != rest.data() + letter || count >= 1e8) return bad();
    total +=
        round<microseconds>(duration<double, std::micro>(count * static_cast<double>(unit.length.count())));
    rest.remove_prefix(letter + 1);
  }
  if (!rest.empty()) return bad();
  return total;
}

std::string format_dmtf_datetime(winrm::DateTime const& value) {
  using namespace std::chrono;
  auto const local = value.utc + minutes(value.offset_minutes);
  auto const date = floor<days>(local);
  auto const ymd = year_month_day(date);
  auto const time = hh_mm_ss(local - date);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}.{:06}{}{:03}", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count(), value.offset_minutes < 0 ? '-' : '+',
                     std::abs(value.offset_minutes));
}

}  // namespace winrm::cim
