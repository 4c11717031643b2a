#pragma once

#include <string>
#include <string_view>

#include "auth/sealer.hpp"
#include "base/result.hpp"

/// Encrypted HTTP bodies (MS-WSMV 2.2.9.1; wire reference 3.8). No sockets here.
namespace winrm::http {

/// How a peer writes its multipart bodies; an answer mirrors its request.
struct SealedStyle {
  std::string protocol = "application/HTTP-SPNEGO-session-encrypted";
  bool tab_before_headers = true;
  bool space_in_boundary = false;
  bool multi = false;  ///< multipart/x-multi-encrypted
};

/// True for multipart/encrypted and multipart/x-multi-encrypted, in any case.
[[nodiscard]] bool is_sealed_content_type(std::string_view content_type);

struct UnsealedBody {
  std::string plain;
  std::string content_type;  ///< OriginalContent's type: "application/soap+xml;charset=UTF-8"
  SealedStyle style;
};

/// Reads and decrypts one body. Every length is checked against the bytes that are there.
[[nodiscard]] Result<UnsealedBody> unseal_body(std::string_view http_content_type, std::string_view body,
                                               auth::Sealer& sealer);

struct SealedBody {
  std::string content_type;
  std::string body;
};

[[nodiscard]] Result<SealedBody> seal_body(std::string_view plain, std::string_view content_type,
                                           SealedStyle const& style, auth::Sealer& sealer);

}  // namespace winrm::http
