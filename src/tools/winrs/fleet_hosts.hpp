#pragma once

#include <string>
#include <vector>

#include "tools/common/switches.hpp"

namespace winrm::tools::winrs_tool {

/// One host of a fleet, with the switches that count for it.
struct FleetHost {
  std::string name;  ///< as the user knows it
  SwitchValues switches;
};

/// True when the command line is for several hosts, or asks for a fleet's form of output.
[[nodiscard]] bool is_fleet(SwitchValues const& switches);

/// The hosts of -remote:A,B,@FILE and -inventory:FILE, each once, in their order. The command line goes
/// before the inventory's host, that before the groups which list the host, those before groups of groups,
/// and all before the defaults. Throws UsageError.
[[nodiscard]] std::vector<FleetHost> choose_hosts(SwitchValues const& switches);

}  // namespace winrm::tools::winrs_tool
