#include "auth/nt_hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <array>
#include <memory>
#include <string>

#include "base/unicode.hpp"

namespace winrm::auth {

namespace {

/// OpenSSL 3 keeps MD4 in the legacy provider. Loaded once; never unloaded, as fetched digests point into it.
class LegacyProvider {
 public:
  LegacyProvider() : context_(OSSL_LIB_CTX_new()) {
    if (context_ != nullptr && OSSL_PROVIDER_load(context_, "legacy") != nullptr) {
      md4_ = EVP_MD_fetch(context_, "MD4", nullptr);
    }
  }
  [[nodiscard]] EVP_MD const* md4() const { return md4_; }

  static LegacyProvider const& instance() {
    static LegacyProvider const provider;
    return provider;
  }

 private:
  OSSL_LIB_CTX* context_;
  EVP_MD* md4_ = nullptr;
};

}  // namespace

Result<Secret> nt_hash(Secret const& password) {
  EVP_MD const* md4 = LegacyProvider::instance().md4();
  if (md4 == nullptr) {
    return fail(
        "OpenSSL's legacy provider, which holds MD4 for NTLM, could not be loaded: install the libssl3 "
        "package's ossl-modules/legacy.so");
  }
  Secret const utf16(unicode::utf8_to_utf16(password.reveal(), false));
  std::array<unsigned char, 16> digest{};
  unsigned length = 0;
  if (EVP_Digest(utf16.reveal().data(), utf16.reveal().size(), digest.data(), &length, md4, nullptr) != 1 ||
      length != digest.size()) {
    return fail("OpenSSL could not compute the password's NT hash");
  }
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (unsigned char byte : digest) {
    hex.push_back(digits[byte >> 4]);
    hex.push_back(digits[byte & 15]);
  }
  wipe(digest.data(), digest.size());
  return Secret(std::move(hex));
}

}  // namespace winrm::auth
