#pragma once

#include "client/session_options.hpp"

namespace winrm::tools::winrm_tool {

/// Session options with their secret, for asking the same host in more than one way.
[[nodiscard]] client::SessionOptions copy_of(client::SessionOptions const& options);

}  // namespace winrm::tools::winrm_tool
