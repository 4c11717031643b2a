#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/common/switches.hpp"
#include "tools/winrcp/location.hpp"

namespace winrm::tools::winrcp_tool {

/// A command line, read.
struct Invocation {
  bool help = false;
  SwitchValues switches;  ///< with "remote" set to the host, wherever it was named
  bool upload = false;
  std::vector<std::string> sources;
  std::string target;
  unsigned parallel = 4;
};

/// `arguments` without the program's name. "--" ends the switches. Throws UsageError.
[[nodiscard]] Invocation parse_command_line(std::vector<std::string> const& arguments);

/// The switches that winrcp has beside those of the connection.
[[nodiscard]] std::span<SwitchRow const> copy_switches();
[[nodiscard]] std::string help_text();

}  // namespace winrm::tools::winrcp_tool
