#pragma once

#include <string>
#include <vector>

#include "system/host.hpp"

namespace winrm::system {

/// A program that starts by itself with the machine or with a user's session.
struct StartupCommand {
  std::string name;
  std::string command;
  std::string location;  ///< the file that says so
  std::string user;      ///< whom it runs as; empty: everyone who opens a session
};

/// Autostart entries (XDG autostart specification) of the machine and of every account whose home the caller
/// may read, and @reboot lines of crontab(5), where the caller may read them.
[[nodiscard]] std::vector<StartupCommand> startup_commands(Host const& host);

}  // namespace winrm::system
