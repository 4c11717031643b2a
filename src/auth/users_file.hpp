#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace winrm::auth {

/// One account of the service's own users file.
struct UserEntry {
  std::string name;      ///< compared without case
  std::string account;   ///< the Unix account its operations run as
  std::string yescrypt;  ///< crypt(5) hash, for Basic
  Secret nt_hash;        ///< hexadecimal, for NTLM
};

/// The service's users file: mode 0600, one line an account, rewritten atomically under a lock. Re-read when it
/// changed, so that `winrmd user add` counts at once. Thread-safe.
class UsersFile {
 public:
  explicit UsersFile(std::filesystem::path file);
  ~UsersFile();

  [[nodiscard]] std::optional<UserEntry> find(std::string_view name) const;
  [[nodiscard]] Result<std::vector<UserEntry>> list() const;
  /// Adds or replaces. Refuses empty names and passwords, ':' and control characters.
  [[nodiscard]] Result<void> add(std::string_view name, Secret const& password, std::string_view account);
  [[nodiscard]] Result<void> remove(std::string_view name);
  /// yescrypt check; takes the same time for an unknown name.
  [[nodiscard]] bool verify(std::string_view name, Secret const& password) const;
  [[nodiscard]] std::filesystem::path const& path() const noexcept { return file_; }

 private:
  std::filesystem::path file_;
};

}  // namespace winrm::auth
