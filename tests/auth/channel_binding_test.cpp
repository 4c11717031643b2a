#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

#include "auth/exchange.hpp"

namespace winrm::auth {
namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

std::string certificate(EVP_PKEY* key, EVP_MD const* signature_hash) {
  std::unique_ptr<X509, void (*)(X509*)> const made(X509_new(), X509_free);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 60);
  X509_set_pubkey(made.get(), key);
  EXPECT_GT(X509_sign(made.get(), key, signature_hash), 0);
  unsigned char* bytes = nullptr;
  int const size = i2d_X509(made.get(), &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

std::string expected(std::string const& der, EVP_MD const* hash) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(der.data(), der.size(), digest.data(), &length, hash, nullptr);
  return "tls-server-end-point:" + std::string(reinterpret_cast<char*>(digest.data()), length);
}

TEST(ChannelBinding, HashFollowsTheCertificatesSignature) {
  Key const rsa(EVP_RSA_gen(2048), EVP_PKEY_free);
  struct Row {
    EVP_MD const* signature;
    EVP_MD const* binding;
  };
  for (auto const& row :
       {Row{EVP_md5(), EVP_sha256()}, Row{EVP_sha1(), EVP_sha256()}, Row{EVP_sha256(), EVP_sha256()},
        Row{EVP_sha384(), EVP_sha384()}, Row{EVP_sha512(), EVP_sha512()}}) {
    auto const der = certificate(rsa.get(), row.signature);
    EXPECT_EQ(*server_end_point_binding(der), expected(der, row.binding)) << EVP_MD_get0_name(row.signature);
  }
}

TEST(ChannelBinding, SignatureWithoutAHashMeansSha256) {
  Key const ed25519(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  auto const der = certificate(ed25519.get(), nullptr);
  EXPECT_EQ(*server_end_point_binding(der), expected(der, EVP_sha256()));
}

TEST(ChannelBinding, NonsenseIsAnError) {
  EXPECT_FALSE(server_end_point_binding(""));
  EXPECT_FALSE(server_end_point_binding("not a certificate"));
}

}  // namespace
}  // namespace winrm::auth
