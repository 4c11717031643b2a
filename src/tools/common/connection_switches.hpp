#pragma once

#include <span>

#include <map>
#include <string>

#include "base/secret.hpp"
#include "client/session_options.hpp"
#include "client/settings.hpp"
#include "tools/common/switches.hpp"

namespace winrm::tools {

/// The switches that say how to reach a service and as whom: -remote, -username, … The same in every tool.
[[nodiscard]] std::span<SwitchRow const> connection_switches();

/// One value of -authentication.
struct SchemeRow {
  std::string_view name;
  client::Authentication scheme;
  std::string_view meaning;
};
[[nodiscard]] std::span<SchemeRow const> authentication_schemes();

/// Passwords that were asked for or read, so that sessions to several hosts ask once.
class Passwords {
 public:
  /// The password for the user that the switches name. Throws UsageError.
  [[nodiscard]] Secret of(SwitchValues const& switches);

 private:
  std::map<std::string, Secret> known_;  ///< by where it comes from
};

/// `defaults` beneath `given`. Where a password comes from is one choice: of several ways to say it, those
/// of `given` count.
[[nodiscard]] SwitchValues connection_over(SwitchValues given, SwitchValues const& defaults);

/// The session they ask for; without -remote the service on this machine. A connection of the client's
/// configuration ([host.NAME]) that -remote names gives what the command line leaves out. Asks for a password
/// when a user is given without one. Throws UsageError and client::Failure (usage) for what cannot go
/// together.
[[nodiscard]] client::SessionOptions session_options(SwitchValues const& switches,
                                                     client::ClientSettings const& settings);
/// The same for one of several hosts.
[[nodiscard]] client::SessionOptions session_options(SwitchValues const& switches,
                                                     client::ClientSettings const& settings,
                                                     Passwords& passwords);

}  // namespace winrm::tools
