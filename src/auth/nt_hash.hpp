#pragma once

#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace winrm::auth {

/// MD4 of the password in UTF-16LE (MS-NLMP 3.3.1 NTOWFv1) as 32 upper-case hexadecimal digits. MD4 comes
/// from OpenSSL's legacy provider in a library context of our own: the process's default context stays
/// without it. Fails when the provider is not installed. Thread-safe.
[[nodiscard]] Result<Secret> nt_hash(Secret const& password);

}  // namespace winrm::auth
