#pragma once

#include <string>
#include <utility>
#include <vector>

#include "system/accounts.hpp"

namespace winrm::system {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// What an account's programs start with: HOME, USER, LOGNAME, SHELL, PATH, the language, time zone and
/// session of this process, and then `variables`, which win.
[[nodiscard]] Environment make_environment(Account const& account, Environment const& variables);

}  // namespace winrm::system
