#include "http/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

#include "http/certificate.hpp"

namespace winrm::http {
namespace {

// Forward secrecy only. The two CBC suites are what Windows 8.1 and Server 2012 R2 can do with an RSA
// certificate.
constexpr auto tls12_ciphers =
    "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:"
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256";

SslContext make_context(SSL_METHOD const* method) {
  SslContext context(SSL_CTX_new(method), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context.get(), tls12_ciphers);
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  return context;
}

bool is_address(std::string const& host) {
  std::array<unsigned char, sizeof(in6_addr)> address;
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

}  // namespace

Result<SslContext> make_server_context(std::string_view certificate_pem, std::string_view key_pem) {
  ERR_clear_error();
  auto context = make_context(TLS_server_method());
  auto chain = read_certificates(certificate_pem);
  if (!chain) return tl::unexpected(chain.error());
  if (SSL_CTX_use_certificate(context.get(), chain->front().get()) != 1)
    return fail("the certificate cannot be used: " + tls_error_text());
  for (auto certificate = chain->begin() + 1; certificate != chain->end(); ++certificate)
    SSL_CTX_add1_chain_cert(context.get(), certificate->get());
  auto const key = read_private_key(key_pem);
  if (!key) return tl::unexpected(key.error());
  if (SSL_CTX_use_PrivateKey(context.get(), key->get()) != 1)
    return fail("the private key does not belong to the certificate: " + tls_error_text() +
                "; give the key the certificate was made with (KeyFile)");
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Tickets resume sessions; a cache would only cost memory for each peer.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 1);
  static constexpr std::string_view session_context = "winrm";
  SSL_CTX_set_session_id_context(
      context.get(), reinterpret_cast<unsigned char const*>(session_context.data()), session_context.size());
  return context;
}

SslHandle make_server_ssl(SSL_CTX* context) {
  SslHandle ssl(SSL_new(context));
  if (ssl) SSL_set_accept_state(ssl.get());
  return ssl;
}

Result<SslContext> make_client_context(TlsChecks const& checks) {
  ERR_clear_error();
  auto context = make_context(TLS_client_method());
  SSL_CTX_set_default_verify_paths(context.get());
  if (!checks.ca_file.empty() && SSL_CTX_load_verify_file(context.get(), checks.ca_file.c_str()) != 1)
    return fail("cannot read trusted certificates from " + checks.ca_file + ": " + tls_error_text() +
                "; give a file of certificates in PEM");
  auto const& own = checks.client_certificate;
  if (!own.empty() && (SSL_CTX_use_certificate_chain_file(context.get(), own.c_str()) != 1 ||
                       SSL_CTX_use_PrivateKey_file(context.get(), own.c_str(), SSL_FILETYPE_PEM) != 1))
    return fail("cannot use the client certificate " + own + ": " + tls_error_text() +
                "; give a PEM file with the certificate and its unencrypted key");
  SSL_CTX_set_verify(context.get(), checks.skip_ca_check ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  return context;
}

SslHandle make_client_ssl(SSL_CTX* context, TlsChecks const& checks, std::string const& host) {
  SslHandle ssl(SSL_new(context));
  if (!ssl) return ssl;
  auto const address = is_address(host);
  if (!address) SSL_set_tlsext_host_name(ssl.get(), host.c_str());
  if (!checks.skip_cn_check) {
    auto* parameters = SSL_get0_param(ssl.get());
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (address)
      X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str());
    else
      X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
  }
  SSL_set_connect_state(ssl.get());
  return ssl;
}

std::string tls_error_text() {
  auto const code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  auto const* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
}

std::string verification_problem(SSL* ssl) {
  auto const result = SSL_get_verify_result(ssl);
  if (result == X509_V_OK) return {};
  return X509_verify_cert_error_string(result);
}

bool certificate_is_for(SSL* ssl, std::string const& host) {
  X509Handle const certificate(SSL_get1_peer_certificate(ssl));
  if (!certificate) return false;
  if (is_address(host)) return X509_check_ip_asc(certificate.get(), host.c_str(), 0) == 1;
  return X509_check_host(certificate.get(), host.data(), host.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                         nullptr) == 1;
}

std::string peer_certificate_der(SSL* ssl) {
  X509Handle const certificate(SSL_get1_peer_certificate(ssl));
  return certificate ? to_der(certificate.get()) : std::string();
}

}  // namespace winrm::http
