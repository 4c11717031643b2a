#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace winrm::auth {

/// What is kept of a verified Basic credential: nothing but a keyed hash of the header value.
using CredentialHash = std::array<std::uint8_t, 32>;

/// Hashes header values with a random key that lives in locked memory and dies with the process, so that a
/// remembered credential is worth nothing elsewhere. Not thread-safe.
class CredentialHasher {
 public:
  CredentialHasher();
  ~CredentialHasher();
  CredentialHasher(CredentialHasher const&) = delete;
  CredentialHasher& operator=(CredentialHasher const&) = delete;

  [[nodiscard]] CredentialHash hash(std::string_view header_value);
  [[nodiscard]] static bool equal(CredentialHash const& a, CredentialHash const& b) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace winrm::auth
