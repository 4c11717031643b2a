#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "system/host.hpp"

/// What cron(8) and systemd's timers run by the clock.
namespace winrm::system {

/// One entry of a crontab(5), or a timer unit with a calendar.
struct ScheduledCommand {
  std::string source;  ///< the file it stands in
  std::string line;    ///< as it stands there; empty for a timer
  std::string command;
  std::string owner;
  std::optional<std::uint32_t> minute;  ///< only where it is one number
  std::optional<std::uint32_t> hour;
  std::uint32_t days_of_month = 0;  ///< bit 0 is the first; 0 for every day, or days that bits cannot tell
  std::uint32_t days_of_week = 0;   ///< bit 0 is Monday, bit 6 Sunday; the same
};

/// In /etc/crontab, /etc/cron.d, the crontabs of users and the timer units, as far as the account may read
/// them.
[[nodiscard]] std::vector<ScheduledCommand> scheduled_commands(Host const& host);

}  // namespace winrm::system
