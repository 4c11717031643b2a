#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace winrm::auth {

/// The SHA-256 of bytes that come piece by piece. Movable; not thread-safe.
class Sha256 {
 public:
  /// Throws std::runtime_error when the system's cryptography cannot be used.
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  /// 64 small hexadecimal digits; nothing may be added after it.
  [[nodiscard]] std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace winrm::auth
