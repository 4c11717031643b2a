#include "system/accounts.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace winrm::system {

namespace {

constexpr std::size_t first_buffer_bytes = 1024;
constexpr std::size_t last_buffer_bytes = 1024 * 1024;

/// getpwnam_r and getpwuid_r ask for a larger buffer with ERANGE; directory services need it.
template <class Lookup>
std::optional<Account> look_up(Lookup const& lookup) {
  for (std::size_t size = first_buffer_bytes; size <= last_buffer_bytes; size *= 2) {
    std::vector<char> buffer(size);
    passwd entry{};
    passwd* found = nullptr;
    int const error = lookup(&entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE) continue;
    if (error != 0 || found == nullptr) return std::nullopt;
    Account account;
    account.name = entry.pw_name;
    account.uid = entry.pw_uid;
    account.gid = entry.pw_gid;
    account.home = entry.pw_dir != nullptr ? entry.pw_dir : "";
    // passwd(5): an empty shell field means /bin/sh.
    bool const names_shell = entry.pw_shell != nullptr && *entry.pw_shell != '\0';
    account.shell = names_shell ? entry.pw_shell : "/bin/sh";
    return account;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Account> find_account(std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos) return std::nullopt;
  std::string const terminated(name);
  return look_up([&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
    return ::getpwnam_r(terminated.c_str(), entry, buffer, size, found);
  });
}

std::optional<Account> find_account(uid_t uid) {
  return look_up([&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
    return ::getpwuid_r(uid, entry, buffer, size, found);
  });
}

std::optional<gid_t> find_group(std::string_view name) {
  std::string const terminated(name);
  for (std::size_t size = first_buffer_bytes; size <= last_buffer_bytes; size *= 2) {
    std::vector<char> buffer(size);
    group entry{};
    group* found = nullptr;
    int const error = ::getgrnam_r(terminated.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE) continue;
    if (error != 0 || found == nullptr) return std::nullopt;
    return entry.gr_gid;
  }
  return std::nullopt;
}

std::vector<gid_t> groups_of(Account const& account) {
  int count = 32;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  while (::getgrouplist(account.name.c_str(), account.gid, groups.data(), &count) < 0) {
    // glibc says how many there are; a library that does not would loop, so at least double.
    auto const wanted = std::max(static_cast<std::size_t>(count), groups.size() * 2);
    groups.resize(wanted);
    count = static_cast<int>(wanted);
  }
  groups.resize(static_cast<std::size_t>(count));
  auto const primary = std::find(groups.begin(), groups.end(), account.gid);
  if (primary != groups.end()) std::rotate(groups.begin(), primary, primary + 1);
  return groups;
}

Account current_account() {
  uid_t const uid = ::geteuid();
  if (auto found = find_account(uid)) return *found;
  // A container may run as a number without a name; its operations still run as that number.
  Account account;
  account.name = std::to_string(uid);
  account.uid = uid;
  account.gid = ::getegid();
  account.home = "/";
  account.shell = "/bin/sh";
  return account;
}

}  // namespace winrm::system
