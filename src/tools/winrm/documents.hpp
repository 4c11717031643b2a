#pragma once

#include <string>

#include "tools/common/completion.hpp"

namespace winrm::tools::winrm_tool {

/// winrm(1), in roff.
[[nodiscard]] std::string manual_page();

/// winrm-client.toml(5), in roff: the configuration of one user's tools.
[[nodiscard]] std::string client_file_page();

/// What a shell completes for winrm.
[[nodiscard]] CompletedProgram completed_program();

}  // namespace winrm::tools::winrm_tool
