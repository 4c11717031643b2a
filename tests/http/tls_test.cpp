#include "http/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>

#include "http/client.hpp"
#include "http/command.hpp"
#include "http/test_server.hpp"

// TLS of the service against OpenSSL's own client and ours, and of our client against services that are
// wrong.
namespace winrm::http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TestServerOptions with_tls() {
  TestServerOptions options;
  options.tls = true;
  return options;
}

/// A file of the certificate of test_certificate(), gone with the object.
class AnchorFile {
 public:
  AnchorFile()
      : path_(std::filesystem::temp_directory_path() /
              ("winrm-anchor-" + std::to_string(::getpid()) + ".pem")) {
    std::ofstream(path_) << test_certificate().certificate_pem;
  }
  ~AnchorFile() { std::filesystem::remove(path_); }
  AnchorFile(AnchorFile const&) = delete;
  AnchorFile& operator=(AnchorFile const&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

Endpoint https_to(std::uint16_t port, std::string host = "localhost") {
  Endpoint endpoint;
  endpoint.tls = true;
  endpoint.host = std::move(host);
  endpoint.port = port;
  return endpoint;
}

Result<ClientResponse, TransportError> post_to(Endpoint const& endpoint, TlsChecks const& checks,
                                               std::string body) {
  auto connection = ClientConnection::connect(endpoint, checks, soon());
  if (!connection) return tl::unexpected(connection.error());
  ClientRequest request;
  request.body = std::move(body);
  return (*connection)->post(request, soon());
}

CommandResult s_client(std::uint16_t port, std::string const& options) {
  return run_command("printf Q | timeout 10 openssl s_client -connect 127.0.0.1:" + std::to_string(port) +
                     " " + options);
}

TEST(Tls, P2_PostOverHttpsWithTheCertificateTrusted) {
  Script script;
  TestServer server(script, with_tls());
  AnchorFile const anchor;
  TlsChecks checks;
  checks.ca_file = anchor.path();
  for (auto const host : {"localhost", "127.0.0.1"}) {
    auto const response = post_to(https_to(server.port(), host), checks, "over TLS");
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "over TLS");
  }
  EXPECT_TRUE(server.facts().tls);
  EXPECT_EQ(server.facts().certificate_der, certificate_der(test_certificate().certificate_pem).value());
}

TEST(Tls, P2_OpensslSeesTheListenersCertificate) {
  Script script;
  TestServer server(script, with_tls());
  auto const seen = s_client(server.port(), "-showcerts");
  EXPECT_THAT(seen.output, HasSubstr("subject=CN = localhost"));
  EXPECT_THAT(seen.output, HasSubstr(test_certificate().certificate_pem.substr(0, 200)));
}

TEST(Tls, P2_OnlyVersions12And13AreSpoken) {
  Script script;
  TestServer server(script, with_tls());
  EXPECT_THAT(s_client(server.port(), "-tls1_3").output, HasSubstr("New, TLSv1.3, Cipher is TLS_"));
  EXPECT_THAT(s_client(server.port(), "-tls1_2").output, HasSubstr("New, TLSv1.2, Cipher is ECDHE-"));
  for (auto const old : {"-tls1_1", "-tls1"}) {
    auto const refused = s_client(server.port(), std::string(old) + " -cipher ALL:@SECLEVEL=0");
    EXPECT_THAT(refused.output, HasSubstr("Cipher is (NONE)")) << old;
  }
}

TEST(Tls, SuitesOfOldWindowsWorkAndWeakOnesDoNot) {
  Script script;
  TestServer server(script, with_tls());
  for (auto const suite :
       {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-SHA384"})
    EXPECT_THAT(s_client(server.port(), std::string("-tls1_2 -cipher ") + suite).output, HasSubstr(suite));
  for (auto const suite : {"AES128-SHA", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA", "NULL", "aNULL"})
    EXPECT_THAT(s_client(server.port(), std::string("-tls1_2 -cipher ") + suite + ":@SECLEVEL=0").output,
                HasSubstr("Cipher is (NONE)"))
        << suite;
}

TEST(Tls, NeitherRenegotiationNorCompression) {
  Script script;
  TestServer server(script, with_tls());
  auto const tried =
      run_command("(sleep 0.3; echo R; sleep 0.3) | timeout 10 openssl s_client -tls1_2 -connect 127.0.0.1:" +
                  std::to_string(server.port()));
  EXPECT_THAT(tried.output, HasSubstr("Compression: NONE"));
  EXPECT_THAT(tried.output, HasSubstr("no renegotiation"));
}

TEST(Tls, SessionsAreResumed) {
  Script script;
  TestServer server(script, with_tls());
  EXPECT_THAT(s_client(server.port(), "-tls1_2 -reconnect").output, HasSubstr("Reused, TLSv1.2"));
}

TEST(Tls, PlainHttpToAnHttpsPortIsToldSo) {
  Script script;
  TestServer server(script, with_tls());
  RawClient client(server.port());
  client.send(post("x"));
  auto const answer = client.rest();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(answer, HasSubstr("HTTPS"));
  EXPECT_EQ(script.handlers, 0);
}

TEST(Tls, UnfinishedHandshakesEndAtTheirDeadline) {
  Script script;
  auto options = with_tls();
  options.limits.tls_handshake = Milliseconds(300);
  TestServer server(script, options);
  RawClient silent(server.port());
  RawClient half(server.port());
  half.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  EXPECT_EQ(silent.rest(), "");
  half.rest();
  EXPECT_TRUE(eventually([&] { return server.server().connections() == 0; }));
}

TEST(Tls, GarbageInsteadOfAHandshakeIsDropped) {
  Script script;
  TestServer server(script, with_tls());
  for (auto const& bytes : {std::string("\x16\x03\x01\xff\xff") + std::string(70000, 'x'),
                            std::string("\x16\x03\x00\x00\x04\x01\x00\x00\x00", 9)}) {
    RawClient client(server.port());
    client.send(bytes);
    client.rest();
  }
  EXPECT_TRUE(eventually([&] { return server.server().connections() == 0; }));
  EXPECT_EQ(script.handlers, 0);
}

TEST(Tls, LargeBodiesGoBothWays) {
  Script script;
  auto const large = std::string(5'000'000, 'L');
  script.admit = [](RequestHead const&) {
    Handler::Admission admission;
    admission.body_limit = 10'000'000;
    return admission;
  };
  TestServer server(script, with_tls());
  TlsChecks checks;
  checks.skip_ca_check = checks.skip_cn_check = true;
  auto const response = post_to(https_to(server.port()), checks, large);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, large);
}

TEST(Tls, ManyRequestsOnOneConnection) {
  Script script;
  TestServer server(script, with_tls());
  TlsChecks checks;
  checks.skip_ca_check = checks.skip_cn_check = true;
  auto connection = ClientConnection::connect(https_to(server.port()), checks, soon());
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ((*connection)->server_certificate(), certificate_der(test_certificate().certificate_pem).value());
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE((*connection)->is_open());
    ClientRequest request;
    request.body = std::string(static_cast<std::size_t>(i * 501), 'r');
    auto const response = (*connection)->post(request, soon());
    ASSERT_TRUE(response) << response.error().message;
    ASSERT_EQ(response->body, request.body);
  }
  EXPECT_EQ(script.handlers, 1);
}

// ---- what our client refuses ------------------------------------------------------------------------------

TEST(TlsClient, UntrustedCertificateIsRefused) {
  Script script;
  TestServer server(script, with_tls());
  auto const response = post_to(https_to(server.port()), {}, "x");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, TransportError::Kind::tls);
  EXPECT_THAT(response.error().message, HasSubstr("localhost:" + std::to_string(server.port())));
  EXPECT_THAT(response.error().message, HasSubstr("not trusted"));
  EXPECT_THAT(response.error().message, HasSubstr("-skipCAcheck"));
  EXPECT_EQ(script.handlers, 0);
}

TEST(TlsClient, CertificateForAnotherNameIsRefusedEvenWithoutTheChainsCheck) {
  Script script;
  auto options = with_tls();
  options.address = "127.0.0.2";  // not among the certificate's names
  TestServer server(script, options);
  AnchorFile const anchor;
  for (bool const skip_ca : {false, true}) {
    TlsChecks checks;
    checks.skip_ca_check = skip_ca;
    checks.ca_file = anchor.path();
    auto const response = post_to(https_to(server.port(), "127.0.0.2"), checks, "x");
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, TransportError::Kind::tls);
    EXPECT_THAT(response.error().message, HasSubstr("another name"));
    EXPECT_THAT(response.error().message, HasSubstr("-skipCNcheck"));
    checks.skip_cn_check = true;
    EXPECT_TRUE(post_to(https_to(server.port(), "127.0.0.2"), checks, "x"));
  }
}

TEST(TlsClient, ExpiredCertificateIsRefused) {
  auto const pem = test_certificate().certificate_pem;
  auto certificates = read_certificates(pem).value();
  auto const key = read_private_key(test_certificate().key_pem.reveal()).value();
  X509_gmtime_adj(X509_getm_notAfter(certificates.front().get()), -60);
  ASSERT_GT(X509_sign(certificates.front().get(), key.get(), EVP_sha256()), 0);
  std::unique_ptr<BIO, decltype(&BIO_free_all)> const text(BIO_new(BIO_s_mem()), BIO_free_all);
  PEM_write_bio_X509(text.get(), certificates.front().get());
  char* data = nullptr;
  auto const size = BIO_get_mem_data(text.get(), &data);

  Script script;
  ListenerSocket listener;
  listener.socket = listen_on_loopback();
  listener.tls = true;
  listener.certificate_pem.assign(data, static_cast<std::size_t>(size));
  listener.key_pem = test_certificate().key_pem.reveal();
  auto const port = port_of(listener.socket.get());
  auto const file =
      std::filesystem::temp_directory_path() / ("winrm-expired-" + std::to_string(::getpid()) + ".pem");
  std::ofstream(file) << listener.certificate_pem;
  std::vector<ListenerSocket> listeners;
  listeners.push_back(std::move(listener));
  Server server(std::move(listeners), {}, 1, [&](ConnectionFacts const&, net::any_io_executor) {
    return std::make_unique<ScriptedHandler>(script);
  });
  ASSERT_TRUE(server.start());
  TlsChecks checks;
  checks.ca_file = file.string();
  auto const response = post_to(https_to(port), checks, "x");
  std::filesystem::remove(file);
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("expired"));
}

TEST(TlsClient, PlainServiceIsNotHttps) {
  Script script;
  TestServer server(script);
  auto const response = post_to(https_to(server.port()), {}, "x");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, TransportError::Kind::tls);
  EXPECT_THAT(response.error().message, HasSubstr("HTTPS port"));
}

TEST(TlsClient, MissingAnchorFileIsNamed) {
  Script script;
  TestServer server(script, with_tls());
  TlsChecks checks;
  checks.ca_file = "/nonexistent/anchors.pem";
  auto const response = post_to(https_to(server.port()), checks, "x");
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("/nonexistent/anchors.pem"));
}

// ---- certificates -----------------------------------------------------------------------------------------

TEST(Certificate, SelfSignedHasWhatClientsCheck) {
  std::vector<std::string> const names = {"host.example.test", "host", "192.0.2.7", "2001:db8::7"};
  auto const made = make_self_signed_certificate(names);
  ASSERT_TRUE(made) << made.error().message;
  auto const file =
      std::filesystem::temp_directory_path() / ("winrm-made-" + std::to_string(::getpid()) + ".pem");
  std::ofstream(file) << made->certificate_pem;
  auto const text = run_command("openssl x509 -noout -text -in " + file.string()).output;
  auto const lasts = run_command("openssl x509 -noout -checkend $((9 * 365 * 86400)) -in " + file.string());
  auto const ends = run_command("openssl x509 -noout -checkend $((11 * 365 * 86400)) -in " + file.string());
  std::filesystem::remove(file);
  EXPECT_THAT(text, HasSubstr("Subject: CN = host.example.test"));
  EXPECT_THAT(text, HasSubstr("sha256WithRSAEncryption"));
  EXPECT_THAT(text, HasSubstr("Public-Key: (2048 bit)"));
  EXPECT_THAT(
      text,
      HasSubstr("DNS:host.example.test, DNS:host, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7"));
  EXPECT_THAT(text, HasSubstr("TLS Web Server Authentication"));
  EXPECT_EQ(lasts.status, 0) << "valid for more than nine years";
  EXPECT_EQ(ends.status, 1) << "and for less than eleven";
  EXPECT_TRUE(make_server_context(made->certificate_pem, made->key_pem.reveal()));
}

TEST(Certificate, NamesThatAreNoHostNamesAreRefused) {
  for (std::string const name : {"", "a,email:x@example.test", "a\nb", "*", "host name"}) {
    std::vector<std::string> const names = {name};
    EXPECT_FALSE(make_self_signed_certificate(names)) << name;
  }
  EXPECT_FALSE(make_self_signed_certificate({}));
}

TEST(Certificate, AKeyOfAnotherCertificateIsRefused) {
  std::vector<std::string> const names = {"other"};
  auto const other = make_self_signed_certificate(names).value();
  auto const context = make_server_context(test_certificate().certificate_pem, other.key_pem.reveal());
  ASSERT_FALSE(context);
  EXPECT_THAT(context.error().message, HasSubstr("does not belong"));
}

TEST(Certificate, AKeyBehindAPassphraseIsRefusedWithoutAskingForIt) {
  auto const key = run_command("openssl genrsa -aes128 -passout pass:secret 2048 2>/dev/null");
  auto const read = read_private_key(key.output);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("passphrase"));
  auto const none = read_private_key("nothing");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, Not(HasSubstr("passphrase")));
}

}  // namespace
}  // namespace winrm::http
