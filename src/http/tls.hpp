#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/client.hpp"
#include "http/stream.hpp"

/// TLS 1.2 and 1.3 over OpenSSL, for both sides.
namespace winrm::http {

using SslContext = std::shared_ptr<SSL_CTX>;

/// The service's side, from a chain and its key in PEM.
[[nodiscard]] Result<SslContext> make_server_context(std::string_view certificate_pem,
                                                     std::string_view key_pem);
[[nodiscard]] SslHandle make_server_ssl(SSL_CTX* context);

/// The client's side: trusts the system's anchors and those of `checks.ca_file`.
[[nodiscard]] Result<SslContext> make_client_context(TlsChecks const& checks);
/// `host` is sent as SNI (names only) and checked against the certificate unless `checks` skips that.
[[nodiscard]] SslHandle make_client_ssl(SSL_CTX* context, TlsChecks const& checks, std::string const& host);

/// Takes and words the calling thread's oldest OpenSSL error.
[[nodiscard]] std::string tls_error_text();
/// What to tell a person whose handshake failed with `ssl` (verification result first); "" when `ssl` knows
/// nothing better than tls_error_text().
[[nodiscard]] std::string verification_problem(SSL* ssl);
/// True when the peer's certificate names `host` (RFC 9525).
[[nodiscard]] bool certificate_is_for(SSL* ssl, std::string const& host);
/// The peer's certificate in DER; "" when it showed none.
[[nodiscard]] std::string peer_certificate_der(SSL* ssl);

}  // namespace winrm::http
