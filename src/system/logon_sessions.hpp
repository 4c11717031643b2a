#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "system/host.hpp"

namespace winrm::system {

/// A logon that lasts: systemd-logind's, or one of utmp where no logind runs.
struct LogonSession {
  std::string id;  ///< logind's ("3", "c1"), or the terminal where there is none
  std::string user;
  std::string type;     ///< of logind: tty, x11, wayland, mir, web, unspecified
  std::string kind;     ///< of logind (its class): user, greeter, lock-screen, background, manager …
  std::string service;  ///< the PAM service that opened it: sshd, login, cron
  bool is_remote = false;
  bool is_of_logind = false;
  std::uint32_t leader = 0;  ///< the process that opened it; 0 when unknown
  std::optional<SystemTime> began;
};

[[nodiscard]] std::vector<LogonSession> logon_sessions(Host const& host);

/// The logind session that a process belongs to, by its control group; nothing for a process of none.
[[nodiscard]] std::optional<std::string> logind_session_of(Host const& host, std::uint32_t pid);

}  // namespace winrm::system
