#include "auth/tls_identity.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>

#include "base/unicode.hpp"
#include "base/unique_fd.hpp"

namespace winrm::auth {

namespace {

namespace fs = std::filesystem;

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using Bio = std::unique_ptr<BIO, Release<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;

constexpr long valid_seconds = 10L * 365 * 24 * 3600;

std::string openssl_reason() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return text.data();
}

Result<std::string> read_file(fs::path const& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  if (in) content << in.rdbuf();  // which fails for an empty file, too
  if (!in || content.bad()) return fail("cannot read " + file.string() + ": " + std::strerror(errno));
  return std::move(content).str();
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    ssize_t const written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

/// Fails when the file exists: what is there is never replaced. A full disk leaves no part of it behind,
/// which would be taken for the identity from then on.
Result<void> write_new_file(fs::path const& file, std::string_view content, mode_t mode) {
  UniqueFd const out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (out && write_all(out.get(), content)) return {};
  auto const reason = std::string(std::strerror(errno));
  if (out) ::unlink(file.c_str());
  return fail("cannot write " + file.string() + ": " + reason);
}

Result<Certificate> leaf_of(std::string const& pem, fs::path const& file) {
  Bio const bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Certificate leaf(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!leaf) return fail(file.string() + " holds no PEM certificate: " + openssl_reason());
  return leaf;
}

Result<std::string> der_of(X509* leaf, fs::path const& file) {
  unsigned char* bytes = nullptr;
  int const size = i2d_X509(leaf, &bytes);
  std::unique_ptr<unsigned char, decltype([](unsigned char* p) { OPENSSL_free(p); })> const owner(bytes);
  if (size <= 0) return fail(file.string() + " holds a certificate that cannot be encoded");
  return std::string(reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(size));
}

Result<std::string> leaf_der(fs::path const& file) {
  auto const pem = read_file(file);
  if (!pem) return tl::unexpected(pem.error());
  auto const leaf = leaf_of(*pem, file);
  if (!leaf) return tl::unexpected(leaf.error());
  return der_of(leaf->get(), file);
}

/// Otherwise OpenSSL asks the terminal.
int no_password(char*, int, int, void*) { return -1; }

Result<void> check_key(X509* leaf, Secret const& pem, fs::path const& key_file, fs::path const& certificate) {
  Bio const bio(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())));
  Key const key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return fail(key_file.string() + " holds no PEM key without a password: " + openssl_reason());
  if (X509_check_private_key(leaf, key.get()) != 1)
    return fail("the key in " + key_file.string() + " does not belong to the certificate in " +
                certificate.string());
  return {};
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

bool add_extension(X509* certificate, int nid, std::string const& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  Extension const extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Certificate self_signed(EVP_PKEY* key, std::string const& host) {
  Certificate certificate(X509_new());
  X509* const x = certificate.get();
  std::array<unsigned char, 16> serial{};
  if (RAND_bytes(serial.data(), serial.size()) != 1) return nullptr;
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7F) | 0x40);
  std::unique_ptr<BIGNUM, Release<BN_free>> const number(BN_bin2bn(serial.data(), serial.size(), nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x));
  X509_set_version(x, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);  // clients' clocks may be a little behind
  X509_gmtime_adj(X509_getm_notAfter(x), valid_seconds);
  X509_set_pubkey(x, key);
  X509_NAME* const name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<unsigned char const*>(host.c_str()),
                             -1, -1, 0);
  X509_set_issuer_name(x, name);
  bool const complete =
      add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(x, NID_key_usage, "critical,digitalSignature") &&
      add_extension(x, NID_ext_key_usage, "serverAuth") &&
      add_extension(x, NID_subject_alt_name, "DNS:" + host + ",DNS:localhost,IP:127.0.0.1,IP:::1");
  if (!complete || X509_sign(x, key, EVP_sha256()) == 0) return nullptr;
  return certificate;
}

std::string content_of(BIO* bio) {
  char* data = nullptr;
  long const size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

Result<void> make_tls_identity(fs::path const& certificate_file, fs::path const& key_file) {
  Key const key(EVP_EC_gen("P-256"));
  if (!key) return fail("cannot make a TLS key: " + openssl_reason());
  Certificate const certificate = self_signed(key.get(), host_name());
  if (!certificate) return fail("cannot make a TLS certificate: " + openssl_reason());
  Bio const key_out(BIO_new(BIO_s_secmem()));
  Bio const certificate_out(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(certificate_out.get(), certificate.get()) != 1)
    return fail("cannot write the TLS identity: " + openssl_reason());
  Secret const key_pem(content_of(key_out.get()));
  if (auto written = write_new_file(key_file, key_pem.reveal(), 0600); !written) return written;
  auto written = write_new_file(certificate_file, content_of(certificate_out.get()), 0644);
  if (!written) ::unlink(key_file.c_str());
  return written;
}

std::string common_name(X509* certificate) {
  auto const* name = X509_get_subject_name(certificate);
  int const at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  auto const* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  return {reinterpret_cast<char const*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

std::string address_text(ASN1_OCTET_STRING const* address) {
  bool const v6 = ASN1_STRING_length(address) == sizeof(in6_addr);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (!v6 && ASN1_STRING_length(address) != sizeof(in_addr)) return {};
  ::inet_ntop(v6 ? AF_INET6 : AF_INET, ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

/// RFC 9525: the alternative names; the common name only where there are none.
std::vector<std::string> names_in(X509* certificate) {
  std::vector<std::string> names;
  std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>> const alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    auto const* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS)
      names.emplace_back(reinterpret_cast<char const*>(ASN1_STRING_get0_data(name->d.dNSName)),
                         static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    else if (name->type == GEN_IPADD)
      names.push_back(address_text(name->d.iPAddress));
  }
  if (names.empty()) names.push_back(common_name(certificate));
  return names;
}

}  // namespace

Result<TlsIdentity> load_tls_identity(fs::path const& certificate, fs::path const& key) {
  TlsIdentity identity;
  auto chain = read_file(certificate);
  if (!chain) return tl::unexpected(chain.error());
  auto const& key_file = key.empty() ? certificate : key;
  auto key_pem = read_file(key_file);
  if (!key_pem) return tl::unexpected(key_pem.error());
  identity.key_pem = Secret(std::move(*key_pem));
  auto const leaf = leaf_of(*chain, certificate);
  if (!leaf) return tl::unexpected(leaf.error());
  auto der = der_of(leaf->get(), certificate);
  if (!der) return tl::unexpected(der.error());
  auto const fits = check_key(leaf->get(), identity.key_pem, key_file, certificate);
  if (!fits) return tl::unexpected(fits.error());
  identity.certificate_pem = std::move(*chain);
  identity.certificate_der = std::move(*der);
  return identity;
}

Result<TlsIdentity> load_or_make_tls_identity(fs::path const& folder) {
  fs::path const certificate = folder / "server.crt";
  fs::path const key = folder / "server.key";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail("cannot make " + folder.string() + ": " + error.message());
  if (!fs::exists(certificate, error) && !fs::exists(key, error)) {
    if (auto made = make_tls_identity(certificate, key); !made) return tl::unexpected(made.error());
  }
  return load_tls_identity(certificate, key);
}

std::string thumbprint_of(std::string_view certificate_der) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(certificate_der.data(), certificate_der.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02X}", digest[i]);
  return text;
}

std::optional<fs::path> find_certificate(fs::path const& folder, std::string_view thumbprint) {
  std::string wanted;
  for (char const c : thumbprint)
    if (c != ' ' && c != ':') wanted += c;
  std::error_code error;
  for (auto const& entry : fs::directory_iterator(folder, error)) {
    auto const extension = entry.path().extension();
    if (extension != ".pem" && extension != ".crt") continue;
    auto const der = leaf_der(entry.path());
    if (der && unicode::equals_ignoring_case(thumbprint_of(*der), wanted)) return entry.path();
  }
  return std::nullopt;
}

Result<CertificateFacts> certificate_facts(fs::path const& certificate) {
  auto const der = leaf_der(certificate);
  if (!der) return tl::unexpected(der.error());
  auto const* bytes = reinterpret_cast<unsigned char const*>(der->data());
  Certificate const leaf(d2i_X509(nullptr, &bytes, static_cast<long>(der->size())));
  if (!leaf) return fail(certificate.string() + " holds a certificate that cannot be read");
  CertificateFacts facts;
  facts.thumbprint = thumbprint_of(*der);
  facts.names = names_in(leaf.get());
  facts.server_authentication = X509_check_purpose(leaf.get(), X509_PURPOSE_SSL_SERVER, 0) == 1;
  facts.self_signed = X509_check_issued(leaf.get(), leaf.get()) == X509_V_OK;
  return facts;
}

bool is_certificate_for(CertificateFacts const& facts, std::string_view host) {
  return std::ranges::any_of(facts.names, [&](std::string const& name) {
    if (unicode::equals_ignoring_case(name, host)) return true;
    auto const dot = host.find('.');
    return name.starts_with("*.") && dot != std::string_view::npos &&
           unicode::equals_ignoring_case(std::string_view(name).substr(1), host.substr(dot));
  });
}

}  // namespace winrm::auth
