#pragma once

#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

/// yescrypt through libcrypt (crypt(5), prefix $y$). Thread-safe; one call takes tens of milliseconds on
/// purpose.
namespace winrm::auth {

[[nodiscard]] Result<std::string> yescrypt_hash(Secret const& password);

/// False for a malformed hash and for passwords a C string cannot carry.
[[nodiscard]] bool matches_yescrypt(Secret const& password, std::string const& hash);

/// Takes the time of matches_yescrypt() and throws its result away: for names that have no hash, so that an
/// answer's time does not tell which names exist.
void spend_yescrypt_time(Secret const& password);

}  // namespace winrm::auth
