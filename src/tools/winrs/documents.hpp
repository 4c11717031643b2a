#pragma once

#include <string>

#include "tools/common/completion.hpp"

namespace winrm::tools::winrs_tool {

/// winrs(1) in roff, from the switch tables.
[[nodiscard]] std::string manual_page();

/// winrs-inventory(5) in roff: the hosts of a fleet and their switches.
[[nodiscard]] std::string inventory_page();

/// What shells complete.
[[nodiscard]] CompletedSwitches completed_switches();

}  // namespace winrm::tools::winrs_tool
