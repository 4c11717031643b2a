#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace winrm {

void wipe(void* memory, std::size_t bytes) noexcept {
  if (bytes != 0) OPENSSL_cleanse(memory, bytes);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    clear();
    value_ = std::move(other.value_);
    other.clear();
  }
  return *this;
}

void Secret::clear() noexcept {
  // Bytes of an earlier, longer value may lie behind the current size. Growing to the capacity never
  // allocates.
  value_.resize(value_.capacity());
  wipe(value_.data(), value_.size());
  value_.clear();
}

}  // namespace winrm
