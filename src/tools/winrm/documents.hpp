#pragma once

#include <string>

#include "tools/common/manual.hpp"

namespace winrm::tools::winrm_tool {

/// winrm(1), in roff.
[[nodiscard]] std::string manual_page();

/// What a shell completes for winrm.
[[nodiscard]] CompletedProgram completed_program();

}  // namespace winrm::tools::winrm_tool
