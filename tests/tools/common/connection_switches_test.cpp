#include "tools/common/connection_switches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "client/failure.hpp"
#include "tools/common/password.hpp"
#include "tools/common/printable.hpp"
#include "tools/common/proxy_switches.hpp"

namespace winrm::tools {
namespace {

using client::Authentication;
using client::Failure;
using ::testing::HasSubstr;

SwitchValues parse_connection(std::vector<std::string> const& arguments) {
  SwitchParser const parser(connection_switches());
  SwitchValues values;
  for (auto const& argument : arguments) parser.take(argument, values);
  return values;
}

client::SessionOptions options_for(std::vector<std::string> const& arguments) {
  return session_options(parse_connection(arguments), client::ClientSettings{});
}

std::uint32_t code_of(std::vector<std::string> const& arguments) {
  try {
    static_cast<void>(options_for(arguments));
  } catch (Failure const& failure) {
    return failure.code();
  }
  return 0;
}

std::string usage_error_of(std::vector<std::string> const& arguments) {
  try {
    static_cast<void>(options_for(arguments));
  } catch (UsageError const& error) {
    return error.what();
  }
  return "accepted";
}

std::filesystem::path write_file(std::string const& name, std::string const& content) {
  auto file = std::filesystem::path(::testing::TempDir()) / name;
  std::ofstream(file) << content;
  return file;
}

TEST(ConnectionSwitches, W6_WithoutRemoteTheLocalService) {
  EXPECT_FALSE(options_for({}).endpoint.unix_socket.empty());
}

TEST(ConnectionSwitches, A22_CredentialsNeedARemoteHost) {
  EXPECT_EQ(code_of({"-u:alice", "-p:x"}), client::code::local_invalid_credentials);
  EXPECT_EQ(code_of({"-usessl"}), client::code::local_invalid_connection_options);
  EXPECT_EQ(code_of({"-a:Basic"}), client::code::local_invalid_connection_options);
}

TEST(ConnectionSwitches, SchemesInAnyCase) {
  EXPECT_EQ(options_for({"-r:web1", "-a:KERBEROS"}).authentication, Authentication::kerberos);
  EXPECT_EQ(options_for({"-r:web1", "-auth:none"}).authentication, Authentication::none);
  EXPECT_THAT(usage_error_of({"-r:web1", "-a:Digestive"}), HasSubstr("Negotiate"));
}

TEST(ConnectionSwitches, A15_CertificateSwitchesAreForHttps) {
  for (auto const* name : {"-skipCAcheck", "-skipCNcheck", "-skipRevocationcheck", "-cafile:x"}) {
    EXPECT_THAT(usage_error_of({"-r:web1", name}), HasSubstr("is for HTTPS")) << name;
    EXPECT_EQ(usage_error_of({"-r:web1", "-usessl", name}), "accepted") << name;
  }
  auto const options = options_for({"-r:https://web1", "-SKIPCACHECK"});
  EXPECT_TRUE(options.tls.skip_ca_check);
  EXPECT_FALSE(options.tls.skip_cn_check);
}

TEST(ConnectionSwitches, A21_PasswordFromFileOrEnvironment) {
  auto const file = write_file("password", "from file\r\nsecond line\n");
  EXPECT_EQ(
      options_for({"-r:web1", "-u:alice", "-passwordfile:" + file.string()}).credentials->password.reveal(),
      "from file");
  setenv("WINRM_TEST_PASSWORD", "from environment", 1);
  EXPECT_EQ(
      options_for({"-r:web1", "-u:alice", "-passwordenv:WINRM_TEST_PASSWORD"}).credentials->password.reveal(),
      "from environment");
  EXPECT_EQ(std::getenv("WINRM_TEST_PASSWORD"), nullptr) << "children must not inherit it";
}

TEST(ConnectionSwitches, A21_PasswordMistakesAreNamed) {
  EXPECT_THAT(usage_error_of({"-r:web1", "-p:x"}), HasSubstr("needs a user"));
  EXPECT_THAT(usage_error_of({"-r:web1", "-u:alice", "-passwordfile:/nowhere"}), HasSubstr("/nowhere"));
  EXPECT_THAT(usage_error_of({"-r:web1", "-u:alice", "-passwordenv:NOT_SET_HERE"}),
              HasSubstr("NOT_SET_HERE"));
  EXPECT_THAT(usage_error_of({"-r:web1", "-u:alice", "-p:a", "-passwordenv:B"}), HasSubstr("in one way"));
  auto const empty = write_file("empty", "");
  EXPECT_THAT(usage_error_of({"-r:web1", "-u:alice", "-passwordfile:" + empty.string()}), HasSubstr("empty"));
}

TEST(ConnectionSwitches, NamedConnectionsGiveWhatTheCommandLineLeavesOut) {
  client::ClientSettings settings;
  settings.file = "client.toml";
  settings.settings.connections["web1"] = {{"remote", "web1.example"},
                                           {"usessl", "true"},
                                           {"skipCAcheck", "false"},
                                           {"Authentication", "Kerberos"}};
  auto options = session_options(parse_connection({"-r:web1"}), settings);
  EXPECT_EQ(options.endpoint.host, "web1.example");
  EXPECT_TRUE(options.endpoint.tls);
  EXPECT_FALSE(options.tls.skip_ca_check);
  EXPECT_EQ(options.authentication, Authentication::kerberos);
  EXPECT_EQ(session_options(parse_connection({"-r:web1", "-a:None"}), settings).authentication,
            Authentication::none);
  EXPECT_FALSE(session_options(parse_connection({"-r:web2"}), settings).endpoint.tls);
  settings.settings.connections["web1"] = {{"colour", "red"}};
  try {
    static_cast<void>(session_options(parse_connection({"-r:web1"}), settings));
    FAIL() << "an unknown switch was accepted";
  } catch (UsageError const& error) {
    EXPECT_THAT(error.what(), HasSubstr("[host.web1] of client.toml: Unknown switch: -colour"));
  }
}

TEST(ConnectionSwitches, SeveralHostsShareAPasswordThatCanBeReadOnce) {
  setenv("FLEET_SECRET", "hunter2", 1);
  Passwords passwords;
  for (auto const* host : {"-r:web1", "-r:web2"}) {
    auto const options = session_options(parse_connection({host, "-u:alice", "-passwordenv:FLEET_SECRET"}),
                                         client::ClientSettings{}, passwords);
    EXPECT_EQ(options.credentials->password.reveal(), "hunter2") << host;
  }
  EXPECT_EQ(std::getenv("FLEET_SECRET"), nullptr);
}

TEST(ConnectionSwitches, TheWayToThePasswordIsOneChoice) {
  auto const over = connection_over(parse_connection({"-r:web1", "-passwordenv:A"}),
                                    parse_connection({"-u:alice", "-passwordfile:/b", "-usessl"}));
  EXPECT_EQ(over.value("username"), "alice");
  EXPECT_TRUE(over.has("usessl"));
  EXPECT_TRUE(over.has("passwordenv"));
  EXPECT_FALSE(over.has("passwordfile"));
}

TEST(ConnectionSwitches, T10_ProxyComesFromTheEnvironment) {
  setenv("https_proxy", "http://bob:pw@proxy.example:3128/", 1);
  setenv("no_proxy", "localhost,.intern.example", 1);
  EXPECT_EQ(options_for({"-r:https://web1"}).endpoint.proxy, nullptr);
  auto const proxy = options_for({"-r:https://web1", "-proxyaccess:winhttp_settings"}).endpoint.proxy;
  ASSERT_NE(proxy, nullptr);
  EXPECT_EQ(proxy->host, "proxy.example");
  EXPECT_EQ(proxy->port, 3128);
  EXPECT_EQ(proxy->user, "bob");
  EXPECT_EQ(proxy->password.reveal(), "pw");
  EXPECT_EQ(options_for({"-r:https://a.intern.example", "-pac:auto_detect"}).endpoint.proxy, nullptr);
  EXPECT_EQ(options_for({"-r:https://web1", "-pac:no_proxy"}).endpoint.proxy, nullptr);
  auto const named = options_for({"-r:https://web1", "-pac:ie_settings", "-pa:Basic", "-pu:eve", "-pp:x"});
  EXPECT_EQ(named.endpoint.proxy->user, "eve");
  unsetenv("https_proxy");
  unsetenv("no_proxy");
}

TEST(ConnectionSwitches, T10_X3_X4_ProxySwitchesThatCannotGoTogether) {
  EXPECT_EQ(code_of({"-r:http://web1", "-pac:ie_settings"}), client::code::proxy_over_http);
  EXPECT_EQ(code_of({"-r:https://web1", "-a:Kerberos", "-pac:ie_settings"}),
            client::code::proxy_with_kerberos);
  EXPECT_EQ(code_of({"-r:https://web1", "-pac:sometimes"}), client::code::proxy_access_type);
  EXPECT_EQ(code_of({"-r:https://web1", "-pu:eve"}), client::code::proxy_credentials);
  EXPECT_EQ(code_of({"-r:https://web1", "-pac:no_proxy", "-pa:Basic", "-pu:eve"}),
            client::code::no_proxy_with_credentials);
  EXPECT_THAT(usage_error_of({"-r:https://web1", "-pac:ie_settings", "-pa:Digest", "-pu:eve"}),
              HasSubstr("with Basic, not with Digest"));
}

TEST(ConnectionSwitches, A10_DefaultCredsAreForHttps) {
  EXPECT_EQ(code_of({"-r:web1", "-defaultCreds"}), client::code::default_credentials_over_http);
  EXPECT_EQ(code_of({"-r:web1", "-usessl", "-defaultCreds"}), 0U);
}

TEST(ConnectionSwitches, A17_SpnPortIsForKerberos) {
  EXPECT_TRUE(options_for({"-r:web1", "-SPNPort"}).spn_port);
  EXPECT_EQ(code_of({"-r:web1", "-usessl", "-a:Basic", "-u:a", "-p:b", "-SPNPort"}),
            client::code::spn_wrong_authentication);
}

TEST(ConnectionSwitches, A12_CertificateNeedsHttpsAndAFile) {
  auto const file = write_file("client.pem", "pem");
  EXPECT_EQ(options_for({"-r:https://web1", "-a:Certificate", "-c:" + file.string()}).tls.client_certificate,
            file.string());
  EXPECT_EQ(code_of({"-r:https://web1", "-a:Certificate"}), client::code::certificate_needed);
  EXPECT_EQ(code_of({"-r:https://web1", "-c:" + file.string()}), client::code::certificate_without_scheme);
  EXPECT_EQ(code_of({"-r:web1", "-a:Certificate", "-c:x"}), client::code::certificate_over_http);
  EXPECT_EQ(code_of({"-r:https://web1", "-a:Certificate", "-c:x", "-u:a"}),
            client::code::certificate_unneeded_credentials);
  EXPECT_EQ(code_of({"-r:https://web1", "-a:Certificate", "-c:00 11"}), client::code::certificate_not_found);
}

TEST(ConnectionSwitches, PasswordIsHiddenFromTheProcessList) {
  char program[] = "winrm";
  char secret[] = "-Password:s3cret";
  char other[] = "-r:web1";
  char short_form[] = "/p:x:y";
  char* arguments[] = {program, secret, other, short_form};
  hide_password_arguments(4, arguments);
  EXPECT_STREQ(secret, "-Password:******");
  EXPECT_STREQ(other, "-r:web1");
  EXPECT_STREQ(short_form, "/p:***");
}

TEST(Printable, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_EQ(printable("a\tb\nc"), "a\tb\nc");
  EXPECT_EQ(printable("\x1b[31mred\r\x7f"), "\\x1b[31mred\\x0d\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m")
      << "CSI in UTF-8";
  EXPECT_EQ(printable("Größe \xc2\xa0 日本"), "Größe \xc2\xa0 日本");
}

}  // namespace
}  // namespace winrm::tools
