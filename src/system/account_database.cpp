#include "system/account_database.hpp"

#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

#include "system/text.hpp"

namespace winrm::system {

namespace {

constexpr std::size_t first_record_bytes = 1024;
/// A group of a large directory names tens of thousands of members.
constexpr std::size_t last_record_bytes = 16 * 1024 * 1024;

std::string text_or_empty(char const* text) { return text != nullptr ? text : ""; }

User user_of(passwd const& entry) {
  return {text_or_empty(entry.pw_name),
          entry.pw_uid,
          entry.pw_gid,
          text_or_empty(entry.pw_gecos),
          text_or_empty(entry.pw_dir),
          text_or_empty(entry.pw_shell)};
}

Group group_of(group const& entry) {
  Group found;
  found.name = text_or_empty(entry.gr_name);
  found.gid = entry.gr_gid;
  for (auto* const* member = entry.gr_mem; member != nullptr && *member != nullptr; ++member) {
    found.members.emplace_back(*member);
  }
  return found;
}

std::optional<std::int64_t> days(long value) {
  // shadow(5): -1 stands for an empty field.
  if (value < 0) return std::nullopt;
  return value;
}

PasswordRules rules_of(spwd const& entry) {
  PasswordRules rules;
  std::string const password = text_or_empty(entry.sp_pwdp);
  rules.empty = password.empty();
  rules.locked = !password.empty() && (password.front() == '!' || password.front() == '*');
  rules.last_change = days(entry.sp_lstchg);
  rules.minimum_age = days(entry.sp_min);
  rules.maximum_age = days(entry.sp_max);
  rules.account_expires = days(entry.sp_expire);
  return rules;
}

/// Calls one of the functions that want a larger buffer with ERANGE; nothing when it finds none.
template <class Entry, class Ask>
bool with_growing_buffer(Entry& entry, std::vector<char>& buffer, Ask const& ask) {
  if (buffer.empty()) buffer.resize(first_record_bytes);
  while (true) {
    Entry* found = nullptr;
    int const error = ask(&entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE && buffer.size() < last_record_bytes) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    return error == 0 && found != nullptr;
  }
}

class RealAccountDatabase final : public AccountDatabase {
 public:
  std::vector<User> users() const override {
    std::vector<User> found;
    std::lock_guard const lock(one_reader_);  // getpwent has one position in the whole process
    std::vector<char> buffer;
    passwd entry{};
    ::setpwent();
    while (with_growing_buffer(entry, buffer, ::getpwent_r)) found.push_back(user_of(entry));
    ::endpwent();
    return found;
  }
  std::vector<Group> groups() const override {
    std::vector<Group> found;
    std::lock_guard const lock(one_reader_);
    std::vector<char> buffer;
    group entry{};
    ::setgrent();
    while (with_growing_buffer(entry, buffer, ::getgrent_r)) found.push_back(group_of(entry));
    ::endgrent();
    return found;
  }
  std::optional<User> find_user(std::string const& name) const override {
    std::vector<char> buffer;
    passwd entry{};
    if (!with_growing_buffer(entry, buffer, [&](passwd* into, char* space, std::size_t size, passwd** found) {
          return ::getpwnam_r(name.c_str(), into, space, size, found);
        })) {
      return std::nullopt;
    }
    return user_of(entry);
  }
  std::optional<Group> find_group(std::string const& name) const override {
    std::vector<char> buffer;
    group entry{};
    if (!with_growing_buffer(entry, buffer, [&](group* into, char* space, std::size_t size, group** found) {
          return ::getgrnam_r(name.c_str(), into, space, size, found);
        })) {
      return std::nullopt;
    }
    return group_of(entry);
  }
  std::optional<PasswordRules> password_rules(std::string const& user) const override {
    std::vector<char> buffer;
    spwd entry{};
    if (!with_growing_buffer(entry, buffer, [&](spwd* into, char* space, std::size_t size, spwd** found) {
          return ::getspnam_r(user.c_str(), into, space, size, found);
        })) {
      return std::nullopt;
    }
    return rules_of(entry);
  }
  bool may_be_changed() const override { return ::euidaccess("/etc/passwd", W_OK) == 0; }

 private:
  mutable std::mutex one_reader_;
};

}  // namespace

AccountPolicy account_policy(Host const& host) {
  AccountPolicy policy;
  std::string content;
  if (!host.read("/etc/login.defs", content)) return policy;
  std::string_view rest = content;
  while (auto line = text::next_line(rest)) {
    auto const name = text::next_word(*line);
    auto const value = text::number<uid_t>(text::next_word(*line));
    if (!value) continue;
    if (name == "UID_MIN") policy.first_user = *value;
    if (name == "UID_MAX") policy.last_user = *value;
    if (name == "GID_MIN") policy.first_group = *value;
    if (name == "GID_MAX") policy.last_group = *value;
  }
  return policy;
}

std::set<std::string, std::less<>> names_in_file(Host const& host, std::string const& path) {
  std::set<std::string, std::less<>> names;
  std::string content;
  if (!host.read(path, content)) return names;
  std::string_view rest = content;
  while (auto const line = text::next_line(rest)) names.emplace(line->substr(0, line->find(':')));
  return names;
}

std::unique_ptr<AccountDatabase> make_account_database() { return std::make_unique<RealAccountDatabase>(); }

}  // namespace winrm::system
