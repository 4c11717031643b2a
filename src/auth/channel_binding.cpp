#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

#include "auth/exchange.hpp"

namespace winrm::auth {

namespace {

/// RFC 5929 4.1: SHA-256 in place of MD5 and SHA-1, else the hash of the certificate's signature. A signature
/// without a hash of its own (Ed25519) leaves it undefined; SHA-256 is what peers use.
EVP_MD const* binding_hash(X509 const& certificate) {
  int hash = NID_undef;
  if (X509_get_signature_info(const_cast<X509*>(&certificate), &hash, nullptr, nullptr, nullptr) != 1) {
    return EVP_sha256();
  }
  bool const weak_or_none = hash == NID_undef || hash == NID_md5 || hash == NID_sha1;
  EVP_MD const* const chosen = weak_or_none ? nullptr : EVP_get_digestbynid(hash);
  return chosen != nullptr ? chosen : EVP_sha256();
}

}  // namespace

Result<std::string> server_end_point_binding(std::string_view certificate_der) {
  auto const* bytes = reinterpret_cast<unsigned char const*>(certificate_der.data());
  std::unique_ptr<X509, void (*)(X509*)> const certificate(
      d2i_X509(nullptr, &bytes, static_cast<long>(certificate_der.size())), X509_free);
  if (!certificate)
    return fail("the TLS certificate cannot be read, so the logon cannot be bound to the connection");
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(certificate_der.data(), certificate_der.size(), digest.data(), &length,
                 binding_hash(*certificate), nullptr) != 1) {
    return fail("OpenSSL could not hash the TLS certificate");
  }
  std::string binding = "tls-server-end-point:";
  binding.append(reinterpret_cast<char const*>(digest.data()), length);
  return binding;
}

}  // namespace winrm::auth
