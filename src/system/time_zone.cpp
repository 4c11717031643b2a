#include "system/time_zone.hpp"

#include "system/text.hpp"

namespace winrm::system {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the parts of a TZ rule off its front.
class RuleReader {
 public:
  explicit RuleReader(std::string_view rule) : rest_(rule) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// "CET" or "<+0330>".
  [[nodiscard]] std::optional<std::string> name() {
    if (take('<')) {
      auto const end = rest_.find('>');
      if (end == std::string_view::npos) return std::nullopt;
      auto const name = std::string(rest_.substr(0, end));
      rest_.remove_prefix(end + 1);
      return name;
    }
    std::size_t length = 0;
    while (length < rest_.size() && is_letter(rest_[length])) ++length;
    if (length < 3) return std::nullopt;
    auto const name = std::string(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return name;
  }
  [[nodiscard]] std::optional<std::int32_t> number() {
    std::size_t length = 0;
    while (length < rest_.size() && is_digit(rest_[length])) ++length;
    auto const value = text::number<std::int32_t>(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return value;
  }
  /// "[+-]hh[:mm[:ss]]" in seconds.
  [[nodiscard]] std::optional<std::int32_t> time() {
    constexpr std::int32_t most_hours = 167;  // RFC 8536 3.3.1
    bool const is_negative = take('-');
    if (!is_negative) take('+');
    auto const hours = number();
    if (!hours || *hours > most_hours) return std::nullopt;
    std::int32_t seconds = *hours * 3600;
    for (std::int32_t const unit : {60, 1}) {
      if (!take(':')) break;
      auto const value = number();
      if (!value || *value > 59) return std::nullopt;
      seconds += *value * unit;
    }
    return is_negative ? -seconds : seconds;
  }
  /// "M10.5.0[/3]".
  [[nodiscard]] std::optional<ClockChange> change() {
    if (!take('M')) return std::nullopt;
    auto const month = number();
    if (!month || !take('.')) return std::nullopt;
    auto const week = number();
    if (!week || !take('.')) return std::nullopt;
    auto const day = number();
    if (!day || *month < 1 || *month > 12 || *week < 1 || *week > 5 || *day > 6) return std::nullopt;
    ClockChange change;
    change.month = static_cast<std::uint32_t>(*month);
    change.week = static_cast<std::uint32_t>(*week);
    change.day_of_week = static_cast<std::uint8_t>(*day);
    if (take('/')) {
      auto const at = time();
      if (!at) return std::nullopt;
      change.seconds = *at;
    }
    return change;
  }

 private:
  std::string_view rest_;
};

std::optional<std::string> zone_name(Host const& host) {
  constexpr std::string_view folder = "/zoneinfo/";
  if (auto const target = host.link_target("/etc/localtime")) {
    auto const at = target->find(folder);
    if (at != std::string::npos) return target->substr(at + folder.size());
  }
  std::string content;
  if (!host.read("/etc/timezone", content) || text::trim(content).empty()) return std::nullopt;
  return std::string(text::trim(content));
}

/// The last line of a file of version 2 or later (RFC 8536 3.3).
std::string_view footer(std::string_view file) {
  if (!file.starts_with("TZif") || !file.ends_with('\n')) return {};
  file.remove_suffix(1);
  auto const begin = file.rfind('\n');
  return begin == std::string_view::npos ? std::string_view() : file.substr(begin + 1);
}

}  // namespace

std::optional<TimeZone> parse_time_zone_rule(std::string_view rule) {
  RuleReader reader(rule);
  TimeZone zone;
  auto standard_name = reader.name();
  auto const west = reader.time();  // POSIX counts to the west
  if (!standard_name || !west) return std::nullopt;
  zone.standard_name = *std::move(standard_name);
  zone.standard_offset = -*west / 60;
  zone.daylight_offset = zone.standard_offset;
  if (reader.at_end()) return zone;
  zone.daylight_name = reader.name();
  if (!zone.daylight_name) return std::nullopt;
  zone.daylight_offset = zone.standard_offset + 60;
  if (reader.at_end()) return zone;
  if (!reader.take(',')) {
    auto const daylight_west = reader.time();
    if (!daylight_west) return std::nullopt;
    zone.daylight_offset = -*daylight_west / 60;
    if (!reader.take(',')) return zone;
  }
  zone.to_daylight = reader.change();
  if (zone.to_daylight && reader.take(',')) zone.to_standard = reader.change();
  if (!zone.to_standard) zone.to_daylight.reset();
  return zone;
}

TimeZone time_zone(Host const& host) {
  std::string content;
  std::optional<TimeZone> zone;
  if (host.read("/etc/localtime", content)) zone = parse_time_zone_rule(footer(content));
  if (!zone) {
    zone.emplace();
    zone->standard_name = "UTC";  // what the C library takes then
  }
  zone->name = zone_name(host);
  return *std::move(zone);
}

}  // namespace winrm::system
