#pragma once

#include <string_view>

namespace winrm::providers {

/// An absolute path, written in the one way that names are compared in: no empty part, no "." or "..", no
/// slash at the end save the root's, and not longer than the kernel takes.
[[nodiscard]] bool is_clean_path(std::string_view path);

}  // namespace winrm::providers
