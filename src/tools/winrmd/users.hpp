#pragma once

#include <iosfwd>
#include <string>

#include "auth/users_file.hpp"
#include "base/result.hpp"

namespace winrm::tools::winrmd {

/// Adds `name` with the first line of `input` as its password. Without `account` a name that is there keeps
/// its account, and another gets that of this process.
[[nodiscard]] Result<void> add_user(auth::UsersFile& users, std::string const& name,
                                    std::string const& account, std::istream& input);

/// One line a user: name, TAB, account.
[[nodiscard]] Result<void> list_users(auth::UsersFile const& users, std::ostream& out);

}  // namespace winrm::tools::winrmd
