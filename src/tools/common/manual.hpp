#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tools/common/switches.hpp"

/// Parts of manual pages, made from the tables that the parsers read.
namespace winrm::tools {

/// Text as roff takes it: backslashes, hyphens and leading dots are not its commands.
[[nodiscard]] std::string roff(std::string_view text);

/// One .TP entry each: the switch with its short forms, and its help.
[[nodiscard]] std::string roff_switches(std::span<SwitchRow const> rows);

}  // namespace winrm::tools
