#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "config/settings.hpp"

namespace winrm::auth {

/// One account of the service's own users file.
struct UserEntry {
  std::string name;      ///< compared without case
  std::string account;   ///< the Unix account its operations run as
  std::string yescrypt;  ///< crypt(5) hash, for Basic
  Secret nt_hash;        ///< 32 hexadecimal digits, for NTLM
};

/// The name without the parts that only say "this machine": "alice" for `alice`, `.\alice`, `HOST\alice`,
/// `WORKGROUP\alice`, `alice@host` and `alice@host.any.domain`, where HOST is this machine's name. Nothing
/// for a name of another domain.
[[nodiscard]] std::optional<std::string> local_user_name(std::string_view name);

/// Where the users file of these settings is.
[[nodiscard]] std::filesystem::path users_file(config::Settings const& settings);

/// The service's users file: mode 0600, owned by the account the service runs as, one line an account,
/// rewritten atomically under a lock (`FILE.lock`). Re-read when it changed, so that `winrmd user add` counts
/// at once. A file that cannot be trusted (a symbolic link, another's, readable by others) or read lets
/// nobody in, and is reported in the log each time it changes. A missing file has no accounts. Thread-safe.
class UsersFile {
 public:
  explicit UsersFile(std::filesystem::path file);
  ~UsersFile();
  UsersFile(UsersFile const&) = delete;
  UsersFile& operator=(UsersFile const&) = delete;

  /// The entry of that very name (without case), else of its local_user_name().
  [[nodiscard]] std::optional<UserEntry> find(std::string_view name) const;
  /// The entry of that very name (without case) only: for names another realm vouches for.
  [[nodiscard]] std::optional<UserEntry> find_exact(std::string_view name) const;
  [[nodiscard]] Result<std::vector<UserEntry>> list() const;
  /// Adds or replaces. Refuses empty names and passwords, ':', '\' and control characters.
  [[nodiscard]] Result<void> add(std::string_view name, Secret const& password, std::string_view account);
  [[nodiscard]] Result<void> remove(std::string_view name);
  /// yescrypt check; takes the same time for an unknown name.
  [[nodiscard]] bool verify(std::string_view name, Secret const& password) const;
  [[nodiscard]] std::filesystem::path const& path() const noexcept { return file_; }

 private:
  struct State;
  std::filesystem::path file_;
  std::unique_ptr<State> state_;
};

}  // namespace winrm::auth
