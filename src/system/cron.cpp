#include "system/cron.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "system/text.hpp"

namespace winrm::system {

namespace {

using Names = std::vector<std::string>;

constexpr std::array timer_folders{"/etc/systemd/system", "/run/systemd/system",
                                   "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
                                   "/lib/systemd/system"};
/// Of Debian, of SUSE, of Red Hat.
constexpr std::array user_folders{"/var/spool/cron/crontabs", "/var/spool/cron/tabs", "/var/spool/cron"};
constexpr std::array week_days{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/// "MON", "mon", "1" to "7", and 0 for Sunday: the bit of a day, Monday first.
std::optional<unsigned> week_day(std::string_view text) {
  if (auto const number = text::number<unsigned>(text)) {
    if (*number > 7) return std::nullopt;
    return (*number + 6) % 7;
  }
  for (unsigned day = 0; day < week_days.size(); ++day) {
    auto const matches = std::ranges::equal(text, std::string_view(week_days[day]), {}, [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    if (matches) return day;
  }
  return std::nullopt;
}
std::optional<unsigned> month_day(std::string_view text) {
  auto const number = text::number<unsigned>(text);
  if (!number || *number < 1 || *number > 31) return std::nullopt;
  return *number - 1;
}

/// "1,15", "1-5" as bits; 0 for "*" and for steps.
template <class Day>
std::uint32_t days(std::string_view field, Day const& day) {
  std::uint32_t bits = 0;
  while (!field.empty()) {
    auto const part = field.substr(0, field.find(','));
    field.remove_prefix(std::min(field.size(), part.size() + 1));
    auto const dash = part.find('-');
    auto const first = day(part.substr(0, dash));
    auto const last = dash == std::string_view::npos ? first : day(part.substr(dash + 1));
    if (!first || !last || *last < *first) return 0;
    for (auto bit = *first; bit <= *last; ++bit) bits |= 1U << bit;
  }
  return bits;
}

/// The command without its standard input, which follows a percent sign that is not escaped (crontab(5)).
std::string command_of(std::string_view text) {
  std::string command;
  for (std::size_t i = 0; i < text.size() && text[i] != '%'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '%') ++i;
    command += text[i];
  }
  return command;
}

bool is_setting(std::string_view line) {
  auto const equals = line.find('=');
  return equals != std::string_view::npos &&
         line.substr(0, equals).find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_ ") ==
             std::string_view::npos;
}

/// A line of a crontab(5); those of the system name the account as well.
std::optional<ScheduledCommand> parse_line(std::string_view line, std::string const& source,
                                           std::string_view owner) {
  auto rest = text::trim(line);
  if (rest.empty() || rest.starts_with('#') || is_setting(rest)) return std::nullopt;
  ScheduledCommand found;
  found.source = source;
  found.line = line;
  if (rest.starts_with('@')) {  // @daily, @reboot
    text::next_word(rest);
  } else {
    auto const minute = text::next_word(rest);
    auto const hour = text::next_word(rest);
    auto const day_of_month = text::next_word(rest);
    text::next_word(rest);  // months
    auto const day_of_week = text::next_word(rest);
    found.minute = text::number<std::uint32_t>(minute);
    found.hour = text::number<std::uint32_t>(hour);
    found.days_of_month = days(day_of_month, month_day);
    found.days_of_week = days(day_of_week, week_day);
  }
  found.owner = owner.empty() ? text::next_word(rest) : owner;
  found.command = command_of(text::trim(rest));
  if (found.command.empty()) return std::nullopt;
  return found;
}

void read_crontab(Host const& host, std::string const& path, std::string_view owner,
                  std::vector<ScheduledCommand>& found) {
  std::string content;
  if (!host.read(path, content)) return;
  std::string_view rest = content;
  while (auto const line = text::next_line(rest)) {
    if (auto command = parse_line(*line, path, owner)) found.push_back(*std::move(command));
  }
}

/// A timer that follows the calendar and not something that happened.
void read_timer(Host const& host, std::string const& path, std::vector<ScheduledCommand>& found) {
  std::string content;
  if (!host.read(path, content) || !text::value_of(content, "OnCalendar", '=')) return;
  ScheduledCommand timer;
  timer.source = path;
  timer.owner = "root";
  auto const unit = text::value_of(content, "Unit", '=');
  auto const name = path.substr(path.rfind('/') + 1);
  timer.command = unit ? std::string(*unit) : name.substr(0, name.rfind('.')) + ".service";
  found.push_back(std::move(timer));
}

}  // namespace

std::vector<ScheduledCommand> scheduled_commands(Host const& host) {
  std::vector<ScheduledCommand> found;
  read_crontab(host, "/etc/crontab", "", found);
  for (auto const& name : host.list("/etc/cron.d").value_or(Names())) {
    // cron(8): names with other characters are not read.
    if (name.find('.') == std::string::npos) read_crontab(host, "/etc/cron.d/" + name, "", found);
  }
  for (std::string const folder : user_folders) {
    for (auto const& user : host.list(folder).value_or(Names()))
      read_crontab(host, folder + "/" + user, user, found);
  }
  std::set<std::string> seen;
  for (std::string const folder : timer_folders) {
    for (auto const& name : host.list(folder).value_or(Names())) {
      if (name.ends_with(".timer") && seen.insert(name).second) read_timer(host, folder + "/" + name, found);
    }
  }
  std::ranges::stable_sort(found, {}, &ScheduledCommand::source);
  return found;
}

}  // namespace winrm::system
