#pragma once

#include <string>

#include "tools/common/completion.hpp"

namespace winrm::tools::winrcp_tool {

/// winrcp(1), made from the switch tables.
[[nodiscard]] std::string manual_page();
[[nodiscard]] CompletedSwitches completed_switches();

}  // namespace winrm::tools::winrcp_tool
