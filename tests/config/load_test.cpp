#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace winrm::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Settings accepted(std::string_view toml) {
  auto settings = parse(toml, "winrm.toml");
  if (!settings) throw std::runtime_error(settings.error().message);
  return std::move(*settings);
}

std::string refused(std::string_view toml) {
  auto const settings = parse(toml, "winrm.toml");
  return settings ? "accepted" : settings.error().message;
}

TEST(Load, WithoutAListenerNothingListens) {
  EXPECT_TRUE(accepted("").listeners.empty());
  EXPECT_TRUE(accepted("[Service]\nAllowUnencrypted = false\n").listeners.empty());
}

TEST(Load, EmptyFileGivesTheDefaultsOfTheReference) {
  auto const settings = accepted("");
  EXPECT_EQ(settings.max_envelope_size_kb, 500u);
  EXPECT_EQ(settings.max_timeout_ms, 60000u);
  EXPECT_EQ(settings.max_batch_items, 32000u);
  EXPECT_EQ(settings.service.max_concurrent_operations_per_user, 1500u);
  EXPECT_FALSE(settings.service.allow_unencrypted);
  EXPECT_FALSE(settings.service.auth.basic);
  EXPECT_TRUE(settings.service.auth.negotiate);
  EXPECT_EQ(settings.service.auth.cbt_hardening_level, CbtHardeningLevel::relaxed);
  EXPECT_EQ(settings.client.default_port_https, 5986);
}

TEST(Load, ReadsEveryTable) {
  auto const settings = accepted(R"(
    MaxEnvelopeSizekb = 8192
    [Service]
    AllowUnencrypted = true
    MaxConnections = 1000
    [Service.Auth]
    Basic = true
    CbtHardeningLevel = "Strict"
    [Winrs]
    IdleTimeout = 60000
    [Client]
    TrustedHosts = "10.1.2.3, [2001:db8::1], *.example.test, <local>"
    [Client.Auth]
    Basic = false
    [Client.DefaultPorts]
    HTTP = 8080
    [Daemon]
    StateDir = "/srv/winrm"
    PamService = ""
    LogLevel = "debug"
  )");
  EXPECT_EQ(settings.max_envelope_size_kb, 8192u);
  EXPECT_TRUE(settings.service.allow_unencrypted);
  EXPECT_EQ(settings.service.max_connections, 1000u);
  EXPECT_TRUE(settings.service.auth.basic);
  EXPECT_EQ(settings.service.auth.cbt_hardening_level, CbtHardeningLevel::strict);
  EXPECT_EQ(settings.winrs.idle_timeout_ms, 60000u);
  EXPECT_THAT(settings.client.trusted_hosts, StartsWith("10.1.2.3"));
  EXPECT_FALSE(settings.client.auth.basic);
  EXPECT_EQ(settings.client.default_port_http, 8080);
  EXPECT_EQ(settings.daemon.state_dir, "/srv/winrm");
  EXPECT_EQ(settings.daemon.pam_service, "");
  EXPECT_EQ(settings.daemon.log_level, "debug");
  EXPECT_TRUE(settings.warnings.empty());
}

TEST(Load, NamesAreComparedWithoutCase) {
  auto const settings =
      accepted("maxenvelopesizeKB = 64\n[service.AUTH]\nbasic = true\ncbthardeninglevel = \"none\"\n");
  EXPECT_EQ(settings.max_envelope_size_kb, 64u);
  EXPECT_TRUE(settings.service.auth.basic);
  EXPECT_EQ(settings.service.auth.cbt_hardening_level, CbtHardeningLevel::none);
}

TEST(Load, TheSameNameInTwoCasesIsRefused) {
  EXPECT_THAT(refused("[Service.Auth]\nBasic = true\nbasic = false\n"),
              HasSubstr("Service.Auth.basic is set twice"));
}

TEST(Load, UnknownSettingNamesFileLineAndTheKnownOnes) {
  EXPECT_EQ(
      refused("\n[Client.DefaultPorts]\nHTPS = 1\n"),
      "winrm.toml:3: Client.DefaultPorts.HTPS: unknown setting; known in [Client.DefaultPorts]: HTTP, HTTPS");
  EXPECT_THAT(refused("[Servise]\nBasic = true\n"), HasSubstr("winrm.toml:1: Servise: unknown setting"));
  EXPECT_THAT(refused("[Service.Outh]\nBasic = true\n"), HasSubstr("Service.Outh: unknown setting"));
  EXPECT_THAT(refused("[Winrs.Auth]\nBasic = true\n"), HasSubstr("Winrs.Auth: unknown setting"));
}

TEST(Load, OutOfRangeNamesTheRange) {
  EXPECT_EQ(refused("[Client.DefaultPorts]\nHTTP = 65536\n"),
            "winrm.toml:2: Client.DefaultPorts.HTTP: 65536 is not allowed; allowed: 1 to 65535");
  EXPECT_THAT(refused("MaxEnvelopeSizekb = 16\n"), HasSubstr("16 is not allowed; allowed: 32 to "));
  EXPECT_THAT(refused("MaxEnvelopeSizekb = -1\n"), HasSubstr("-1 is not allowed"));
  EXPECT_THAT(refused("MaxTimeoutms = 4294967296\n"), HasSubstr("allowed: 500 to 4294967295"));
  EXPECT_EQ(accepted("MaxTimeoutms = 4294967295\n").max_timeout_ms, 4294967295u);
  EXPECT_EQ(accepted("MaxTimeoutms = 500\n").max_timeout_ms, 500u);
}

TEST(Load, WrongTypeNamesTheWantedOne) {
  EXPECT_THAT(refused("MaxTimeoutms = \"60000\"\n"),
              HasSubstr("must be a whole number, without quotes; allowed: 500"));
  EXPECT_THAT(refused("MaxTimeoutms = 1.5\n"), HasSubstr("must be a whole number"));
  EXPECT_THAT(refused("[Service]\nAllowUnencrypted = \"true\"\n"),
              HasSubstr("must be true or false, without quotes"));
  EXPECT_THAT(refused("[Service]\nAllowUnencrypted = 1\n"), HasSubstr("must be true or false"));
  EXPECT_THAT(refused("[Daemon]\nStateDir = 5\n"), HasSubstr("must be text in quotes"));
  EXPECT_THAT(refused("[Daemon]\nStateDir = \"a\\u0000b\"\n"), HasSubstr("without a NUL"));
  EXPECT_THAT(refused("Service = true\n"), HasSubstr("Service is a table"));
  EXPECT_THAT(refused("[Service]\nAuth = []\n"), HasSubstr("Service.Auth is a table"));
}

TEST(Load, EveryProblemIsReportedAtOnce) {
  auto const text = refused("MaxBatchItems = 0\n[Daemon]\nLogLevel = \"loud\"\nFoo = 1\n");
  EXPECT_THAT(text, HasSubstr("winrm.toml:1: MaxBatchItems"));
  EXPECT_THAT(text, HasSubstr("winrm.toml:3: Daemon.LogLevel: \"loud\" is not allowed"));
  EXPECT_THAT(text, HasSubstr("winrm.toml:4: Daemon.Foo: unknown setting"));
}

TEST(Load, SyntaxErrorNamesTheLine) {
  EXPECT_THAT(refused("\n[Service\n"), StartsWith("winrm.toml:2: "));
  EXPECT_THAT(refused("[=Winrs]\n"), StartsWith("winrm.toml:1: "));
}

TEST(Load, DeprecatedSettingsWarnAndHaveNoEffect) {
  auto const settings = accepted("MaxProviderRequests = 25\n[Winrs]\nMaxShellRunTime = 1\n");
  EXPECT_THAT(settings.warnings,
              testing::UnorderedElementsAre(HasSubstr("winrm.toml:1: MaxProviderRequests has no effect"),
                                            HasSubstr("winrm.toml:3: Winrs.MaxShellRunTime has no effect")));
}

TEST(Load, WhatIsNotAvailableIsRefusedUnlessItSaysSo) {
  EXPECT_TRUE(accepted("[Service.Auth]\nCertificate = false\nCredSSP = false\n").warnings.empty());
  EXPECT_THAT(refused("[Service.Auth]\nCredSSP = true\n"),
              HasSubstr("Service.Auth.CredSSP can only be false: "));
  EXPECT_EQ(refused("[Service]\nIPv4Filter = \"*\"\nAllowRemoteAccess = true\n"), "accepted");
  EXPECT_THAT(refused("[Service]\nRootSDDL = \"O:NS\"\n"),
              HasSubstr("is not allowed; allowed: a security descriptor"));
}

TEST(Load, NamedConnections) {
  auto const settings = accepted("[host.web1]\nremote = 'web1.example'\nusessl = true\n");
  EXPECT_EQ(settings.connections.at("web1").at("remote"), "web1.example");
  EXPECT_EQ(settings.connections.at("web1").at("usessl"), "true");
  EXPECT_THAT(refused("[host]\nweb1 = 'x'\n"), HasSubstr("write [host.web1]"));
  EXPECT_THAT(refused("[host.web1]\nremote = [1]\n"),
              HasSubstr("winrm.toml:2: host.web1.remote must be text"));
}

TEST(Load, SeveralListeners) {
  auto const settings = accepted(R"(
    [[Listener]]
    Address = "IP:127.0.0.1"
    Transport = "HTTP"
    Port = 8888
    [[Listener]]
    Address = "IP:::1"
    Transport = "https"
    Hostname = "box.example.test"
    CertificateFile = "/etc/tls/cert.pem"
    KeyFile = "/etc/tls/key.pem"
    Enabled = false
    URLPrefix = "mgmt/a"
    [[Listener]]
    Port = 0
  )");
  ASSERT_EQ(settings.listeners.size(), 3u);
  EXPECT_EQ(settings.listeners[0].address, "IP:127.0.0.1");
  EXPECT_EQ(settings.listeners[0].port, 8888);
  EXPECT_EQ(settings.listeners[1].transport, Transport::https);
  EXPECT_EQ(settings.listeners[1].port, 5986);
  EXPECT_FALSE(settings.listeners[1].enabled);
  EXPECT_EQ(settings.listeners[1].url_prefix, "mgmt/a");
  EXPECT_EQ(settings.listeners[1].key_file, "/etc/tls/key.pem");
  EXPECT_EQ(settings.listeners[2].address, "*");
  EXPECT_EQ(settings.listeners[2].port, 0);
}

TEST(Load, ListenerWithoutPortTakesTheServiceDefault) {
  auto const settings = accepted("[[Listener]]\n[Service.DefaultPorts]\nHTTP = 8080\n");
  EXPECT_EQ(settings.listeners.at(0).port, 8080);
}

TEST(Load, ListenerAddressForms) {
  EXPECT_EQ(refused("[[Listener]]\nAddress = \"IP:2001:db8::5\"\n"), "accepted");
  for (auto const* address :
       {"foo", "IP:", "IP:300.1.1.1", "IP:127.1", "IP:[::1]", "MAC:00-11-22-33-44", "", "127.0.0.1"}) {
    EXPECT_THAT(refused(std::string("[[Listener]]\nAddress = \"") + address + "\"\n"),
                HasSubstr("winrm.toml:2: Listener.Address: "))
        << address;
  }
}

TEST(Load, ListenerMistakesAreNamed) {
  EXPECT_THAT(refused("[Listener]\nPort = 1\n"), HasSubstr("write [[Listener]]"));
  EXPECT_THAT(refused("Listener = [1]\n"), HasSubstr("write [[Listener]]"));
  EXPECT_THAT(refused("[[Listener]]\nTransport = \"FTP\"\n"),
              HasSubstr("\"FTP\" is not allowed; allowed: \"HTTP\", \"HTTPS\""));
  EXPECT_THAT(refused("[[Listener]]\nPort = 65536\n"),
              HasSubstr("65536 is not allowed; allowed: 0 to 65535"));
  EXPECT_THAT(refused("[[Listener]]\nPrt = 1\n"),
              HasSubstr("Listener.Prt: unknown setting; known in [Listener]: Address"));
  EXPECT_THAT(refused("[[Listener]]\nCertificateFile = \"x\"\n"),
              HasSubstr("belong to Transport = \"HTTPS\""));
  EXPECT_THAT(refused("[[Listener]]\nTransport = \"HTTPS\"\nKeyFile = \"x\"\n"),
              HasSubstr("KeyFile needs CertificateFile"));
  EXPECT_THAT(refused("[[Listener]]\n[[Listener]]\n"), HasSubstr("* port 5985 is already used"));
  EXPECT_THAT(refused("[[Listener]]\nURLPrefix = \"/wsman\"\n"), HasSubstr("not at either end"));
}

TEST(Load, TrustedHostsPatterns) {
  EXPECT_THAT(refused("[Client]\nTrustedHosts = \"a b\"\n"), HasSubstr("Client.TrustedHosts"));
  EXPECT_THAT(refused("[Client]\nTrustedHosts = \"a,,b\"\n"), HasSubstr("Client.TrustedHosts"));
  EXPECT_EQ(refused("[Client]\nTrustedHosts = \"*\"\n"), "accepted");
}

class LoadFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "winrm-config-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(std::string_view text) {
    std::ofstream(folder_ / "winrm.toml") << text;
    return folder_ / "winrm.toml";
  }

  std::filesystem::path folder_;
};

TEST_F(LoadFile, RelativePathsStartAtTheFolderOfTheFile) {
  auto const settings = load(write("[Daemon]\nStateDir = \"state\"\nKeytabFile = \"/etc/krb5.keytab\"\n"));
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->daemon.state_dir, folder_ / "state");
  EXPECT_EQ(settings->daemon.keytab_file, "/etc/krb5.keytab");
  EXPECT_EQ(settings->daemon.users_file, "");
}

TEST_F(LoadFile, ErrorsNameTheFile) {
  auto const missing = load(folder_ / "none.toml");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, testing::AllOf(HasSubstr("none.toml"), HasSubstr("No such file")));
  auto const folder = load(folder_);
  EXPECT_FALSE(folder);
  auto const wrong = load(write("Foo = 1\n"));
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr((folder_ / "winrm.toml").string() + ":1: Foo"));
}

TEST_F(LoadFile, AVeryLargeFileIsRefused) {
  auto const settings = load(write(std::string(2 << 20, '#')));
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error().message, HasSubstr("larger than"));
}

TEST(Sample, TheShippedFileIsAccepted) {
  auto const settings = load(std::filesystem::path(WINRM_SOURCE_DIR) / "packaging/winrm.toml");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_TRUE(settings->warnings.empty());
  EXPECT_TRUE(settings->listeners.empty()) << "a fresh installation must not listen on the network";
}

}  // namespace
}  // namespace winrm::config
