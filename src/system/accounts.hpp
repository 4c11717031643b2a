#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace winrm::system {

/// One Unix account.
struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::filesystem::path home;
  std::filesystem::path shell;
};

/// Through NSS, so directory services count. Blocking; thread-safe.
[[nodiscard]] std::optional<Account> find_account(std::string_view name);
[[nodiscard]] std::optional<Account> find_account(uid_t uid);
/// Primary group first.
[[nodiscard]] std::vector<gid_t> groups_of(Account const& account);
/// The group of that name; none when there is no such.
[[nodiscard]] std::optional<gid_t> find_group(std::string_view name);
/// The account this process runs as (effective).
[[nodiscard]] Account current_account();

}  // namespace winrm::system
