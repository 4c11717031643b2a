#include "system/time_zone.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "system/host.hpp"

namespace winrm::providers {

namespace {

struct TimeZone {
  std::string standard_name;
  std::optional<std::string> setting_id;
  std::string caption;
  std::int32_t bias = 0;
  std::optional<std::string> daylight_name;
  std::optional<std::int32_t> daylight_bias;
  std::uint32_t standard_bias = 0;
  std::optional<std::uint32_t> daylight_month, daylight_day, daylight_hour, daylight_minute, daylight_second;
  std::optional<std::uint8_t> daylight_day_of_week;
  std::optional<std::uint32_t> standard_month, standard_day, standard_hour, standard_minute, standard_second;
  std::optional<std::uint8_t> standard_day_of_week;
};

constexpr cim::ValueName weekdays[] = {{0, "Sunday"},   {1, "Monday"}, {2, "Tuesday"}, {3, "Wednesday"},
                                       {4, "Thursday"}, {5, "Friday"}, {6, "Saturday"}};
constexpr cim::ValueName months[] = {{1, "January"},   {2, "February"}, {3, "March"},     {4, "April"},
                                     {5, "May"},       {6, "June"},     {7, "July"},      {8, "August"},
                                     {9, "September"}, {10, "October"}, {11, "November"}, {12, "December"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::TimeZone> = [] {
  using Z = winrm::providers::TimeZone;
  namespace map = winrm::providers;
  using std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_TimeZone", "CIM_Setting")
          .described("The machine's time zone and the rule that it follows now (tzfile(5)). A day is the week of the "
                     "month, 5 the last."),
      key<&Z::standard_name>("StandardName"),
      prop<&Z::bias>("Bias").units("minutes").described("East of UTC."),
      prop<&Z::caption>("Caption"),
      prop<&Z::daylight_bias>("DaylightBias").units("minutes"),
      prop<&Z::daylight_day>("DaylightDay"),
      prop<&Z::daylight_day_of_week>("DaylightDayOfWeek").values(map::weekdays),
      prop<&Z::daylight_hour>("DaylightHour"),
      prop<&Z::daylight_minute>("DaylightMinute"),
      prop<&Z::daylight_month>("DaylightMonth").values(map::months),
      prop<&Z::daylight_name>("DaylightName"),
      prop<&Z::daylight_second>("DaylightSecond"),
      prop<&Z::caption>("Description"),
      prop<&Z::setting_id>("SettingID").described("The zone's name in the time zone database."),
      prop<&Z::standard_bias>("StandardBias").units("minutes"),
      prop<&Z::standard_day>("StandardDay"),
      prop<&Z::standard_day_of_week>("StandardDayOfWeek").values(map::weekdays),
      prop<&Z::standard_hour>("StandardHour"),
      prop<&Z::standard_minute>("StandardMinute"),
      prop<&Z::standard_month>("StandardMonth").values(map::months),
      prop<&Z::standard_second>("StandardSecond"),
      unknown<uint32_t>("DaylightMillisecond"), unknown<uint32_t>("DaylightYear"),
      unknown<uint32_t>("StandardMillisecond"), unknown<uint32_t>("StandardYear"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

std::string caption(system::TimeZone const& zone) {
  auto const minutes = std::abs(zone.standard_offset);
  return fmt::format("(UTC{}{:02}:{:02}) {}", zone.standard_offset < 0 ? '-' : '+', minutes / 60,
                     minutes % 60, zone.name.value_or(zone.standard_name));
}

/// Hours before midnight or after the next one belong to another day than the rule names: not to be had in
/// these properties.
bool is_within_its_day(system::ClockChange const& change) {
  constexpr std::int32_t day = 24 * 3600;
  return change.seconds >= 0 && change.seconds < day;
}

void fill_changes(TimeZone& row, system::TimeZone const& zone) {
  if (!zone.to_daylight || !zone.to_standard || !is_within_its_day(*zone.to_daylight) ||
      !is_within_its_day(*zone.to_standard)) {
    return;
  }
  auto const daylight = static_cast<std::uint32_t>(zone.to_daylight->seconds);
  row.daylight_month = zone.to_daylight->month;
  row.daylight_day = zone.to_daylight->week;
  row.daylight_day_of_week = zone.to_daylight->day_of_week;
  row.daylight_hour = daylight / 3600;
  row.daylight_minute = daylight / 60 % 60;
  row.daylight_second = daylight % 60;
  auto const standard = static_cast<std::uint32_t>(zone.to_standard->seconds);
  row.standard_month = zone.to_standard->month;
  row.standard_day = zone.to_standard->week;
  row.standard_day_of_week = zone.to_standard->day_of_week;
  row.standard_hour = standard / 3600;
  row.standard_minute = standard / 60 % 60;
  row.standard_second = standard % 60;
}

cim::Generator<TimeZone> enumerate(Host const& host, cim::Query const&) {
  auto const zone = system::time_zone(host);
  TimeZone row;
  row.standard_name = zone.standard_name;
  row.setting_id = zone.name;
  row.caption = caption(zone);
  row.bias = zone.standard_offset;
  if (zone.daylight_name) {
    row.daylight_name = zone.daylight_name;
    row.daylight_bias = zone.standard_offset - zone.daylight_offset;
  }
  fill_changes(row, zone);
  co_yield row;
}

}  // namespace

void add_time_zone(cim::Registry& registry) { registry.add<TimeZone>({.enumerate = enumerate}); }

}  // namespace winrm::providers
