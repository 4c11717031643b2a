#pragma once

#include <span>

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

/// The session they ask for; without -remote the service on this machine. A connection of the client's
/// configuration ([host.NAME]) that -remote names gives what the command line leaves out. Asks for a password
/// when a user is given without one. Throws UsageError and client::Failure (usage) for what cannot go
/// together.
[[nodiscard]] client::SessionOptions session_options(SwitchValues const& switches,
                                                     client::ClientSettings const& settings);

}  // namespace winrm::tools
