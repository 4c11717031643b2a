#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/unique_fd.hpp"

namespace winrm::auth {

/// The one account an NTLM exchange is about, in the form the mechanism reads accounts (an smbpasswd file),
/// kept in a memory file of this process. Empty until the client has said its name.
class NtlmUserMemory {
 public:
  NtlmUserMemory();
  /// What to name as the mechanism's key file; empty when the kernel refused the memory.
  [[nodiscard]] std::string path() const;
  /// Writes the account under the name the client used. False for names the form cannot carry.
  [[nodiscard]] bool set(std::string_view name_as_sent, Secret const& nt_hash);
  [[nodiscard]] bool is_set() const noexcept { return set_; }

 private:
  UniqueFd file_;
  bool set_ = false;
};

}  // namespace winrm::auth
