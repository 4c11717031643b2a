#include "auth/password_hash.hpp"

#include <crypt.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace winrm::auth {

namespace {

std::string new_setting() {
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  // Cost 0 is libcrypt's default; no random bytes given means it asks the kernel.
  char const* const made = crypt_gensalt_rn("$y$", 0, nullptr, 0, setting.data(), setting.size());
  return made != nullptr ? std::string(made) : std::string();
}

/// Empty on failure. crypt(3) fails with a string that starts with '*'.
std::string crypt_with(Secret const& password, std::string const& setting) {
  auto scratch = std::make_unique<crypt_data>();
  char const* const hash =
      crypt_rn(password.reveal().c_str(), setting.c_str(), scratch.get(), sizeof(crypt_data));
  std::string result = hash != nullptr && hash[0] != '*' ? std::string(hash) : std::string();
  wipe(scratch.get(), sizeof(crypt_data));
  return result;
}

bool fits_c_string(Secret const& password) {
  return password.reveal().size() < CRYPT_MAX_PASSPHRASE_SIZE &&
         password.reveal().find('\0') == std::string::npos;
}

}  // namespace

Result<std::string> yescrypt_hash(Secret const& password) {
  if (password.empty()) return fail("the password is empty");
  if (!fits_c_string(password)) {
    return fail("the password is longer than 511 bytes or holds a NUL character");
  }
  std::string const setting = new_setting();
  if (setting.empty()) return fail("libcrypt does not know yescrypt ($y$): libxcrypt 4.3 or newer is needed");
  std::string hash = crypt_with(password, setting);
  if (hash.empty()) return fail("libcrypt could not hash the password: " + std::string(std::strerror(errno)));
  return hash;
}

bool matches_yescrypt(Secret const& password, std::string const& hash) {
  if (!fits_c_string(password) || hash.rfind("$y$", 0) != 0) {
    spend_yescrypt_time(password);
    return false;
  }
  std::string const computed = crypt_with(password, hash);
  return !computed.empty() && equal_in_constant_time(computed, hash);
}

void spend_yescrypt_time(Secret const& password) {
  static std::string const setting = new_setting();
  if (fits_c_string(password)) {
    (void)crypt_with(password, setting);
  } else {
    (void)crypt_with(Secret(std::string("x")), setting);
  }
}

}  // namespace winrm::auth
