#pragma once

#include <openssl/types.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

/// Certificates and keys as text and objects.
namespace winrm::http {

struct X509Deleter {
  void operator()(X509* certificate) const noexcept;
};
using X509Handle = std::unique_ptr<X509, X509Deleter>;

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const noexcept;
};
using KeyHandle = std::unique_ptr<EVP_PKEY, KeyDeleter>;

/// All certificates of a PEM text; at least one, or an error.
[[nodiscard]] Result<std::vector<X509Handle>> read_certificates(std::string_view pem);
/// An unencrypted key; a key behind a passphrase is refused with words for it.
[[nodiscard]] Result<KeyHandle> read_private_key(std::string_view pem);
[[nodiscard]] std::string to_der(X509* certificate);
/// The first certificate of a PEM text in DER.
[[nodiscard]] Result<std::string> certificate_der(std::string_view pem);

struct CertificateAndKey {
  std::string certificate_pem;
  Secret key_pem;
};

/// A certificate for a service that was given none: RSA 2048 with SHA-256, which every client from Windows 7
/// and Java 7 on accepts, valid for ten years. `names` (host names and addresses) become its subject
/// alternative names, the first its common name; at least one is needed.
[[nodiscard]] Result<CertificateAndKey> make_self_signed_certificate(std::span<std::string const> names);

}  // namespace winrm::http
