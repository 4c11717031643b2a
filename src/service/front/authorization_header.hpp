#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace winrm::service::front {

/// An Authorization header's value, taken apart but not decoded. Views into the header.
struct AuthorizationHeader {
  std::string_view scheme;  ///< as written, for the echo
  std::string_view rest;
};

/// Fails for an empty value and for a scheme without anything behind it.
[[nodiscard]] Result<AuthorizationHeader> split_authorization(std::string_view value);

struct BasicCredential {
  std::string user;  ///< UTF-8
  Secret password;   ///< UTF-8
};

/// RFC 7617. Clients encode in UTF-8 or Latin-1 (wire reference 3.2). Fails for what is not base64, has no
/// colon or holds a NUL.
[[nodiscard]] Result<BasicCredential> decode_basic(std::string_view base64_text);

}  // namespace winrm::service::front
