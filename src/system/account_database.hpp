#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "system/host.hpp"

namespace winrm::system {

/// passwd(5).
struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string comment;  ///< the GECOS field: full name, then office and telephones after commas
  std::string home;
  std::string shell;
};

/// group(5).
struct Group {
  std::string name;
  gid_t gid = 0;
  std::vector<std::string> members;  ///< those that have it as an additional group
};

/// shadow(5). Ages are in days; absent where none is set.
struct PasswordRules {
  bool locked = false;                      ///< no password opens it
  bool empty = false;                       ///< opens without a password
  std::optional<std::int64_t> last_change;  ///< days since 1970-01-01; 0: must be changed at the next logon
  std::optional<std::int64_t> minimum_age;
  std::optional<std::int64_t> maximum_age;
  std::optional<std::int64_t> account_expires;  ///< days since 1970-01-01
};

/// Which accounts are the machine's own and which belong to the system, from /etc/passwd and login.defs(5).
struct AccountPolicy {
  uid_t first_user = 1000;  ///< UID_MIN
  uid_t last_user = 60000;  ///< UID_MAX
  gid_t first_group = 1000;
  gid_t last_group = 60000;
};

/// Every account that NSS knows: those of /etc/passwd and of directory services. Blocking; thread-safe.
class AccountDatabase {
 public:
  virtual ~AccountDatabase() = default;
  [[nodiscard]] virtual std::vector<User> users() const = 0;
  [[nodiscard]] virtual std::vector<Group> groups() const = 0;
  [[nodiscard]] virtual std::optional<User> find_user(std::string const& name) const = 0;
  [[nodiscard]] virtual std::optional<Group> find_group(std::string const& name) const = 0;
  /// Nothing when the calling account may not read it (only root may) or there is none.
  [[nodiscard]] virtual std::optional<PasswordRules> password_rules(std::string const& user) const = 0;
  /// Whether the calling account may change the accounts of /etc/passwd.
  [[nodiscard]] virtual bool may_be_changed() const = 0;
};

[[nodiscard]] AccountPolicy account_policy(Host const& host);

/// The names in a file such as /etc/passwd: which accounts are the machine's own, not a directory's.
[[nodiscard]] std::set<std::string, std::less<>> names_in_file(Host const& host, std::string const& path);

/// The accounts of the machine this process runs on.
[[nodiscard]] std::unique_ptr<AccountDatabase> make_account_database();

}  // namespace winrm::system
