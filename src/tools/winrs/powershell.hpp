#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/winrs/command_line.hpp"

namespace winrm::tools::winrs_tool {

/// A PowerShell script of any length, run through a short command line: the script itself goes through the
/// standard input, where nothing limits it.
struct PowerShellScript {
  std::string text;                    ///< UTF-8
  std::vector<std::string> arguments;  ///< "-Name" is a parameter's name, all else a value
};

/// The command line that reads and runs the script: powershell.exe on Windows, pwsh elsewhere.
[[nodiscard]] std::string powershell_command(ShellFamily family);
/// What that reads before the input of the script itself.
[[nodiscard]] std::string powershell_input(PowerShellScript const& script);

}  // namespace winrm::tools::winrs_tool
