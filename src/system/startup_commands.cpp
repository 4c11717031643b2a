#include "system/startup_commands.hpp"

#include <linux/limits.h>

#include <algorithm>

#include "system/account_database.hpp"
#include "system/text.hpp"

namespace winrm::system {

namespace {

std::vector<std::string> sorted_names(Host const& host, std::string const& folder) {
  auto names = host.list(folder).value_or(std::vector<std::string>());
  std::ranges::sort(names);
  return names;
}

/// The lines of one group of a desktop entry: "[Desktop Entry]" up to the next group.
std::string_view desktop_entry(std::string_view content) {
  constexpr std::string_view heading = "[Desktop Entry]";
  auto const begin = content.find(heading);
  if (begin == std::string_view::npos) return {};
  content.remove_prefix(begin + heading.size());
  return content.substr(0, content.find("\n["));
}

void add_autostart(Host const& host, std::string const& folder, std::string const& user,
                   std::vector<StartupCommand>& found) {
  for (auto const& file : sorted_names(host, folder)) {
    auto const path = folder + "/" + file;
    std::string content;
    if (!file.ends_with(".desktop") || !host.read(path, content)) continue;
    auto const entry = desktop_entry(content);
    auto const command = text::value_of(entry, "Exec", '=');
    if (!command || command->empty() || text::value_of(entry, "Hidden", '=') == "true") continue;
    auto name = text::value_of(entry, "Name", '=').value_or(file);
    if (name.size() > NAME_MAX) name = file;  // a user's text without end
    found.push_back({std::string(name), std::string(*command), path, user});
  }
}

/// "/usr/bin/backup --all" is called "backup".
std::string program_name(std::string_view command) {
  auto const program = text::next_word(command);
  return std::string(program.substr(program.rfind('/') + 1));
}

/// A crontab of the system names the account in front of each command.
void add_crontab(Host const& host, std::string const& path, std::optional<std::string> const& owner,
                 std::vector<StartupCommand>& found) {
  std::string content;
  if (!host.read(path, content)) return;
  std::string_view rest = content;
  while (auto line = text::next_line(rest)) {
    if (text::next_word(*line) != "@reboot") continue;
    auto const user = owner ? *owner : std::string(text::next_word(*line));
    auto const command = text::trim(*line);
    if (user.empty() || command.empty()) continue;
    found.push_back({program_name(command), std::string(command), path, user});
  }
}

}  // namespace

std::vector<StartupCommand> startup_commands(Host const& host) {
  std::vector<StartupCommand> found;
  add_autostart(host, "/etc/xdg/autostart", "", found);
  for (auto const& user : host.accounts().users()) {
    if (!user.home.empty() && user.home != "/")
      add_autostart(host, user.home + "/.config/autostart", user.name, found);
  }
  add_crontab(host, "/etc/crontab", std::nullopt, found);
  for (auto const& file : sorted_names(host, "/etc/cron.d")) {
    add_crontab(host, "/etc/cron.d/" + file, std::nullopt, found);
  }
  for (std::string const folder : {"/var/spool/cron/crontabs", "/var/spool/cron/tabs", "/var/spool/cron"}) {
    for (auto const& user : sorted_names(host, folder)) add_crontab(host, folder + "/" + user, user, found);
  }
  return found;
}

}  // namespace winrm::system
