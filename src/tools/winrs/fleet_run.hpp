#pragma once

#include "client/settings.hpp"
#include "tools/winrs/command_line.hpp"

namespace winrm::tools::winrs_tool {

/// Runs the command on every host that the command line names, and reports on the standard streams. The exit
/// status: one of fleet_exit, or of the signal that ended us. Throws UsageError and client::Failure (usage)
/// before anything is sent.
[[nodiscard]] int run_fleet(Invocation const& invocation, client::ClientSettings const& settings);

}  // namespace winrm::tools::winrs_tool
