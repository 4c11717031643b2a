#pragma once

#include <string>

#include "tools/common/manual.hpp"

namespace winrm::tools::winrs_tool {

/// winrs(1) in roff, from the switch tables.
[[nodiscard]] std::string manual_page();

/// What shells complete.
[[nodiscard]] CompletedSwitches completed_switches();

}  // namespace winrm::tools::winrs_tool
