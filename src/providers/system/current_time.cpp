#include <chrono>

#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "system/host.hpp"

namespace winrm::providers {

namespace {

struct ClockFields {
  std::uint32_t year = 0;
  std::uint32_t quarter = 0;
  std::uint32_t month = 0;
  std::uint32_t week_in_month = 0;
  std::uint32_t day = 0;
  std::uint32_t day_of_week = 0;
  std::uint32_t hour = 0;
  std::uint32_t minute = 0;
  std::uint32_t second = 0;
  std::uint32_t milliseconds = 0;
};
struct LocalTime : ClockFields {};
struct UtcTime : ClockFields {};

using cim::unknown;
using std::uint32_t;

constexpr auto current_time = cim::describe(
    cim::ClassName("root/cimv2", "Win32_CurrentTime", "").abstract().singleton(), unknown<uint32_t>("Day"),
    unknown<uint32_t>("DayOfWeek"), unknown<uint32_t>("Hour"), unknown<uint32_t>("Milliseconds"),
    unknown<uint32_t>("Minute"), unknown<uint32_t>("Month"), unknown<uint32_t>("Quarter"),
    unknown<uint32_t>("Second"), unknown<uint32_t>("WeekInMonth"), unknown<uint32_t>("Year"));

constexpr cim::ValueName days_of_week[] = {{0, "Sunday"},   {1, "Monday"}, {2, "Tuesday"}, {3, "Wednesday"},
                                           {4, "Thursday"}, {5, "Friday"}, {6, "Saturday"}};

/// Both clocks have the same properties.
consteval auto clock_schema(std::string_view class_name) {
  using C = ClockFields;
  return cim::describe(
      cim::ClassName("root/cimv2", class_name, "Win32_CurrentTime").singleton(), cim::prop<&C::day>("Day"),
      cim::prop<&C::day_of_week>("DayOfWeek").values(days_of_week), cim::prop<&C::hour>("Hour"),
      cim::prop<&C::milliseconds>("Milliseconds"), cim::prop<&C::minute>("Minute"),
      cim::prop<&C::month>("Month"), cim::prop<&C::quarter>("Quarter"), cim::prop<&C::second>("Second"),
      cim::prop<&C::week_in_month>("WeekInMonth").described("Weeks begin on Sunday."),
      cim::prop<&C::year>("Year"));
}

}  // namespace

}  // namespace winrm::providers

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::LocalTime> =
    winrm::providers::clock_schema("Win32_LocalTime");
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::UtcTime> =
    winrm::providers::clock_schema("Win32_UTCTime");

namespace winrm::providers {

namespace {

using system::Host;

void fill(ClockFields& row, system::SystemTime shown) {
  using namespace std::chrono;
  auto const today = floor<days>(shown);
  year_month_day const date(today);
  hh_mm_ss const time(floor<milliseconds>(shown - today));
  auto const first_weekday = weekday(sys_days(date.year() / date.month() / 1)).c_encoding();
  row.year = static_cast<std::uint32_t>(static_cast<int>(date.year()));
  row.month = static_cast<unsigned>(date.month());
  row.day = static_cast<unsigned>(date.day());
  row.quarter = (row.month - 1) / 3 + 1;
  row.day_of_week = weekday(today).c_encoding();
  row.week_in_month = (row.day - 1 + first_weekday) / 7 + 1;
  row.hour = static_cast<std::uint32_t>(time.hours().count());
  row.minute = static_cast<std::uint32_t>(time.minutes().count());
  row.second = static_cast<std::uint32_t>(time.seconds().count());
  row.milliseconds = static_cast<std::uint32_t>(time.subseconds().count());
}

cim::Generator<LocalTime> enumerate_local(Host const& host, cim::Query const&) {
  LocalTime row;
  auto const now = host.local(host.now());
  fill(row, now.utc + std::chrono::minutes(now.offset_minutes));
  co_yield row;
}

cim::Generator<UtcTime> enumerate_utc(Host const& host, cim::Query const&) {
  UtcTime row;
  fill(row, host.now());
  co_yield row;
}

}  // namespace

void add_current_time(cim::Registry& registry) {
  registry.add_abstract(current_time);
  registry.add<LocalTime>({.enumerate = enumerate_local});
  registry.add<UtcTime>({.enumerate = enumerate_utc});
}

}  // namespace winrm::providers
