#include "http/certificate.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>

#include "http/tls.hpp"

namespace winrm::http {
namespace {

using BioHandle = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

constexpr unsigned rsa_bits = 2048;
constexpr int serial_bits = 127;  // positive, within the 20 bytes of RFC 5280 4.1.2.2
constexpr std::chrono::seconds clock_difference = std::chrono::hours(24);
constexpr std::chrono::seconds validity = std::chrono::hours(24 * 3652);

BioHandle read_from(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all};
}

std::string taken_from(BIO* bio) {
  char* data = nullptr;
  auto const size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

int refuse_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

/// A host name or an address. What else stands in a name could become another entry of the list below.
bool is_host(std::string const& name) {
  constexpr auto letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";
  return !name.empty() && name.find_first_not_of(letters) == std::string::npos;
}

/// RFC 5280 4.2.1.6, in the notation of OpenSSL's x509v3_config.
std::string subject_alternative_names(std::span<std::string const> names) {
  std::string text;
  for (auto const& name : names) {
    std::array<unsigned char, sizeof(in6_addr)> address;
    bool const is_address = inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
                            inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
    if (!text.empty()) text += ',';
    text += (is_address ? "IP:" : "DNS:") + name;
  }
  return text;
}

bool add_extension(X509* certificate, int nid, std::string const& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> const extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), X509_EXTENSION_free);
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_random_serial(X509* certificate) {
  std::unique_ptr<BIGNUM, decltype(&BN_free)> const number(BN_new(), BN_free);
  return BN_rand(number.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

/// X.520 allows 64 characters in a common name; longer host names stand in the alternative names alone.
bool set_names(X509* certificate, std::string const& common_name) {
  constexpr std::size_t longest_common_name = 64;
  auto* subject = X509_get_subject_name(certificate);
  auto const text = common_name.substr(0, longest_common_name);
  return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<unsigned char const*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1;
}

}  // namespace

void X509Deleter::operator()(X509* certificate) const noexcept { X509_free(certificate); }
void KeyDeleter::operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }

Result<std::vector<X509Handle>> read_certificates(std::string_view pem) {
  ERR_clear_error();
  auto const bio = read_from(pem);
  std::vector<X509Handle> certificates;
  while (auto* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    certificates.emplace_back(certificate);
  ERR_clear_error();
  if (certificates.empty())
    return fail(
        "the text has no certificate in PEM (\"-----BEGIN CERTIFICATE-----\"); convert it with openssl x509");
  return certificates;
}

Result<KeyHandle> read_private_key(std::string_view pem) {
  ERR_clear_error();
  auto const bio = read_from(pem);
  bool passphrase_asked = false;
  KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_passphrase, &passphrase_asked));
  if (key) return key;
  if (passphrase_asked)
    return fail(
        "the private key is behind a passphrase; write it without one (openssl pkey) and keep the file "
        "private");
  return fail("the text has no private key in PEM: " + tls_error_text());
}

std::string to_der(X509* certificate) {
  unsigned char* data = nullptr;
  auto const size = i2d_X509(certificate, &data);
  if (size <= 0) return {};
  std::string const der(reinterpret_cast<char*>(data), static_cast<std::size_t>(size));
  OPENSSL_free(data);
  return der;
}

Result<std::string> certificate_der(std::string_view pem) {
  return read_certificates(pem).map(
      [](auto const& certificates) { return to_der(certificates.front().get()); });
}

Result<CertificateAndKey> make_self_signed_certificate(std::span<std::string const> names) {
  if (names.empty()) return fail("a certificate needs a host name");
  for (auto const& name : names)
    if (!is_host(name)) return fail("\"" + name + "\" is neither a host name nor an address");
  ERR_clear_error();
  KeyHandle const key(EVP_RSA_gen(rsa_bits));
  if (!key) return fail("cannot make a key: " + tls_error_text());
  X509Handle const certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -clock_difference.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), validity.count());
  bool const made =
      set_random_serial(certificate.get()) && set_names(certificate.get(), names.front()) &&
      X509_set_pubkey(certificate.get(), key.get()) == 1 &&
      add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature,keyEncipherment") &&
      add_extension(certificate.get(), NID_ext_key_usage, "serverAuth") &&
      add_extension(certificate.get(), NID_subject_key_identifier, "hash") &&
      add_extension(certificate.get(), NID_subject_alt_name, subject_alternative_names(names)) &&
      X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0;
  if (!made) return fail("cannot make a certificate for " + names.front() + ": " + tls_error_text());

  BioHandle const certificate_text(BIO_new(BIO_s_mem()), BIO_free_all);
  BioHandle const key_text(BIO_new(BIO_s_secmem()), BIO_free_all);
  PEM_write_bio_X509(certificate_text.get(), certificate.get());
  PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  CertificateAndKey result;
  result.certificate_pem = taken_from(certificate_text.get());
  result.key_pem = Secret(taken_from(key_text.get()));
  return result;
}

}  // namespace winrm::http
