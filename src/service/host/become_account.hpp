#pragma once

#include <sys/types.h>

#include <vector>

#include "base/result.hpp"
#include "system/accounts.hpp"

namespace winrm::service::host {

/// Makes this process one of `account` in `groups`: groups, ids, limits, a clean environment, its home
/// folder. Irrevocable; every step is checked. Call before any thread is started.
[[nodiscard]] Result<void> become_account(system::Account const& account, std::vector<gid_t> const& groups);

/// The environment a login would give: HOME, USER, LOGNAME, SHELL, PATH, LANG and nothing inherited.
void clean_environment(system::Account const& account);

}  // namespace winrm::service::host
