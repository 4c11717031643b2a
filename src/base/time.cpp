#include "base/time.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>
#include <optional>

#include "base/limits.hpp"

namespace winrm {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using MicrosecondTime = std::chrono::sys_time<microseconds>;

/// Reads decimal fields off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c) {
    if (peek() != c || done()) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Any number of digits; numbers too large to matter stop growing.
  std::optional<std::int64_t> number() {
    constexpr std::int64_t enough = 1'000'000'000'000;
    if (!is_digit(peek())) return std::nullopt;
    std::int64_t value = 0;
    while (is_digit(peek())) {
      if (value < enough) value = value * 10 + (peek() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  /// Exactly `count` digits.
  std::optional<int> digits(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      if (!is_digit(peek())) return std::nullopt;
      value = value * 10 + (peek() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  /// The digits behind a decimal point, in microseconds; finer ones are dropped.
  std::optional<microseconds> fraction() {
    if (!is_digit(peek())) return std::nullopt;
    std::int64_t value = 0;
    std::int64_t unit = 100'000;
    while (is_digit(peek())) {
      value += unit * (peek() - '0');
      unit /= 10;
      rest_.remove_prefix(1);
    }
    return microseconds(value);
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  std::string_view rest_;
};

struct DurationUnit {
  char letter;
  bool time_part;
  std::int64_t seconds;
};

constexpr std::int64_t day_seconds = 86400;

// In the order they must come in. Weeks are ISO 8601's, not XML Schema's: the Ruby client writes them.
constexpr DurationUnit duration_units[] = {
    {'Y', false, 365 * day_seconds},
    {'M', false, 30 * day_seconds},
    {'W', false, 7 * day_seconds},
    {'D', false, day_seconds},
    {'H', true, 3600},
    {'M', true, 60},
    {'S', true, 1},
};

tl::unexpected<Error> bad_duration(std::string_view text) {
  return fail(fmt::format("'{}' is not a duration such as PT60S or P1DT2H", text.substr(0, 64)));
}

tl::unexpected<Error> bad_date_time(std::string_view text) {
  return fail(fmt::format("'{}' is not a date and time such as 2014-04-03T14:45:50Z", text.substr(0, 64)));
}

Milliseconds clamp(std::int64_t count, std::int64_t unit_seconds) {
  std::int64_t const most = limits::longest_duration / Milliseconds(1);
  if (count > most / (unit_seconds * 1000)) return limits::longest_duration;
  return Milliseconds(count * unit_seconds * 1000);
}

/// "Z", "+08:00" or nothing, in minutes.
std::optional<std::int16_t> scan_offset(Scanner& scanner) {
  if (scanner.done() || scanner.take('Z')) return std::int16_t{0};
  bool const west = scanner.peek() == '-';
  if (!scanner.take('-') && !scanner.take('+')) return std::nullopt;
  auto const hour = scanner.digits(2);
  if (!hour || !scanner.take(':')) return std::nullopt;
  auto const minute = scanner.digits(2);
  if (!minute || *minute > 59 || *hour * 60 + *minute > 14 * 60) return std::nullopt;
  int const offset = *hour * 60 + *minute;
  return static_cast<std::int16_t>(west ? -offset : offset);
}

std::optional<std::chrono::sys_days> scan_date(Scanner& scanner) {
  auto const year = scanner.digits(4);
  if (!year || *year == 0 || !scanner.take('-')) return std::nullopt;
  auto const month = scanner.digits(2);
  if (!month || !scanner.take('-')) return std::nullopt;
  auto const day = scanner.digits(2);
  if (!day) return std::nullopt;
  std::chrono::year_month_day const date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<microseconds> scan_time_of_day(Scanner& scanner) {
  auto const hour = scanner.digits(2);
  if (!hour || !scanner.take(':')) return std::nullopt;
  auto const minute = scanner.digits(2);
  if (!minute || !scanner.take(':')) return std::nullopt;
  auto const second = scanner.digits(2);
  if (!second || *minute > 59 || *second > 59) return std::nullopt;
  microseconds fraction{0};
  if (scanner.take('.')) {
    auto const read = scanner.fraction();
    if (!read) return std::nullopt;
    fraction = *read;
  }
  microseconds const value = hours(*hour) + minutes(*minute) + seconds(*second) + fraction;
  if (value > days(1)) return std::nullopt;  // 24:00:00 is the end of the day
  return value;
}

/// Decimal, with zeros in front up to `width`. Answers hold many times: fmt's formats cost several times as
/// much.
void append_number(std::string& out, std::int64_t value, std::size_t width) {
  std::array<char, 24> digits;
  auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  auto const size = static_cast<std::size_t>(end - digits.data());
  if (size < width) out.append(width - size, '0');
  out.append(digits.data(), size);
}

/// ".5" for half a second; nothing for a whole one.
std::string fraction_text(microseconds fraction) {
  if (fraction.count() == 0) return {};
  std::string text = fmt::format(".{:06}", fraction.count());
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace

Result<Milliseconds> parse_duration(std::string_view text) {
  Scanner scanner(text);
  if (!scanner.take('P') || scanner.done()) return bad_duration(text);
  Milliseconds total{0};
  bool in_time = false;
  std::size_t next_unit = 0;
  while (!scanner.done()) {
    if (!in_time && scanner.take('T')) {
      in_time = true;
      if (scanner.done()) return bad_duration(text);
    }
    auto const count = scanner.number();
    if (!count) return bad_duration(text);
    std::optional<microseconds> fraction;
    if (scanner.take('.')) {
      fraction = scanner.fraction();
      if (!fraction || scanner.peek() != 'S') return bad_duration(text);
    }
    std::size_t unit = next_unit;
    while (unit < std::size(duration_units) &&
           !(duration_units[unit].letter == scanner.peek() && duration_units[unit].time_part == in_time)) {
      ++unit;
    }
    if (unit == std::size(duration_units)) return bad_duration(text);
    scanner.take(duration_units[unit].letter);
    next_unit = unit + 1;
    total += clamp(*count, duration_units[unit].seconds);
    if (fraction) total += std::chrono::duration_cast<Milliseconds>(*fraction);
    total = std::min(total, Milliseconds(limits::longest_duration));
  }
  return total;
}

std::string format_seconds_duration(Milliseconds value) {
  std::int64_t const count = value.count();
  std::uint64_t const size =
      count < 0 ? -static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  return fmt::format("{}PT{}.{:03}S", count < 0 ? "-" : "", size / 1000, size % 1000);
}

std::string format_day_time_duration(microseconds value) {
  std::string const sign = value.count() < 0 ? "-" : "";
  if (value.count() < 0) value = microseconds(-value.count());
  auto const whole_days = std::chrono::duration_cast<days>(value);
  std::chrono::hh_mm_ss const time(value - whole_days);
  return fmt::format("{}P{}DT{}H{}M{}{}S", sign, whole_days.count(), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), fraction_text(time.subseconds()));
}

DateTime local_date_time(MicrosecondTime utc) {
  std::time_t const second = std::chrono::floor<seconds>(utc).time_since_epoch().count();
  std::tm local{};
  localtime_r(&second, &local);
  return {utc, static_cast<std::int16_t>(local.tm_gmtoff / 60)};
}

std::string format_xs_date_time(DateTime const& value) {
  auto const shown = value.utc + minutes(value.offset_minutes);
  auto const day = std::chrono::floor<days>(shown);
  std::chrono::year_month_day const date(day);
  std::chrono::hh_mm_ss const time(shown - day);
  std::string out;
  out.reserve(sizeof "2000-01-01T00:00:00.000000+00:00");
  append_number(out, int(date.year()), 4);
  append_number(out += '-', unsigned(date.month()), 2);
  append_number(out += '-', unsigned(date.day()), 2);
  append_number(out += 'T', time.hours().count(), 2);
  append_number(out += ':', time.minutes().count(), 2);
  append_number(out += ':', time.seconds().count(), 2);
  out += fraction_text(time.subseconds());
  int const offset = value.offset_minutes;
  if (offset == 0) return out += 'Z';
  int const size = offset < 0 ? -offset : offset;
  append_number(out += offset < 0 ? '-' : '+', size / 60, 2);
  append_number(out += ':', size % 60, 2);
  return out;
}

Result<DateTime> parse_xs_date_time(std::string_view text) {
  Scanner scanner(text);
  auto const date = scan_date(scanner);
  if (!date || !scanner.take('T')) return bad_date_time(text);
  auto const time = scan_time_of_day(scanner);
  if (!time) return bad_date_time(text);
  auto const offset = scan_offset(scanner);
  if (!offset || !scanner.done()) return bad_date_time(text);
  return DateTime{*date + *time - minutes(*offset), *offset};
}

}  // namespace winrm
