#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/addresses.hpp"
#include "config/load.hpp"

namespace winrm::config {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Policy : public ::testing::Test {
 protected:
  Policy() : folder_(fs::path(::testing::TempDir()) / "winrm_policy_test") {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "policy.d");
    write("winrm.toml", "[Service]\nMaxConnections = 10\n[Service.Auth]\nBasic = true\n");
  }
  ~Policy() override { fs::remove_all(folder_); }

  void write(std::string const& name, std::string const& text) { std::ofstream(folder_ / name) << text; }
  [[nodiscard]] Result<Settings> settings() const { return load(folder_ / "winrm.toml"); }

  fs::path folder_;
};

TEST_F(Policy, O1_PolicyOverridesAndLocks) {
  write("policy.d/10-auth.toml", "[Service.Auth]\nBasic = false\n");
  auto const loaded = settings();
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_FALSE(loaded->service.auth.basic);
  EXPECT_EQ(loaded->service.max_connections, 10U);
  EXPECT_TRUE(loaded->policy_forced.contains("Service.Auth.Basic"));
  EXPECT_FALSE(loaded->policy_forced.contains("Service.MaxConnections"));
}

TEST_F(Policy, LaterFilesWinAndOtherFilesDoNotCount) {
  write("policy.d/20.toml", "[Service]\nMaxConnections = 20\n");
  write("policy.d/10.toml", "[Service]\nMaxConnections = 30\n");
  write("policy.d/30.toml.disabled", "[Service]\nMaxConnections = 40\n");
  write("policy.d/.40.toml", "[Service]\nMaxConnections = 50\n");
  EXPECT_EQ(settings()->service.max_connections, 20U);
}

TEST_F(Policy, APersonalFileCountsOverTheMachinesAndUnderItsPolicy) {
  write("winrm.toml", "[Client]\nTrustedHosts = 'web1'\nAllowUnencrypted = true\nNetworkDelayms = 7000\n");
  write("policy.d/10.toml", "[Client]\nAllowUnencrypted = false\n");
  write("client.toml",
        "[Client]\nNetworkDelayms = 9000\nAllowUnencrypted = true\n[host.web1]\nusername = 'ops'\n");
  auto const loaded = load_over(folder_ / "winrm.toml", folder_ / "client.toml");
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(loaded->client.trusted_hosts, "web1");
  EXPECT_EQ(loaded->client.network_delay_ms, 9000U);
  EXPECT_FALSE(loaded->client.allow_unencrypted);
  EXPECT_TRUE(loaded->connections.contains("web1"));
  write("client.toml", "[Client]\nTrustedHost = 'web2'\n");
  auto const broken = load_over(folder_ / "winrm.toml", folder_ / "client.toml");
  ASSERT_FALSE(broken.has_value());
  EXPECT_THAT(broken.error().message, HasSubstr("client.toml:2: Client.TrustedHost: unknown setting"));
}

TEST_F(Policy, O5_AllowAutoConfigListensEverywhere) {
  write("policy.d/10.toml", "[Service]\nAllowAutoConfig = true\nIPv6Filter = ''\n");
  auto const listeners = settings()->listeners;
  EXPECT_TRUE(listeners.empty());
  EXPECT_TRUE(settings()->service.allow_auto_config);
  write("winrm.toml", "[Service]\nAllowAutoConfig = true\n");
  EXPECT_THAT(settings().error().message, HasSubstr("Service.AllowAutoConfig: unknown setting"));
}

TEST_F(Policy, O1_DefaultPortsHoldForTheListenersOfTheFile) {
  write("winrm.toml", "[[Listener]]\n[[Listener]]\nPort = 7000\nAddress = 'IP:127.0.0.1'\n");
  write("policy.d/10.toml", "[Service.DefaultPorts]\nHTTP = 6000\n");
  auto const loaded = settings();
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(loaded->listeners.at(0).port, 6000);
  EXPECT_EQ(loaded->listeners.at(1).port, 7000);
}

TEST_F(Policy, O1_AListenerTakesThePlaceOfTheFiles) {
  write("winrm.toml", "[[Listener]]\n[[Listener]]\nAddress = 'IP:127.0.0.1'\nPort = 7000\n");
  write("policy.d/10.toml", "[[Listener]]\nURLPrefix = 'managed'\n");
  auto const loaded = settings();
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  auto const listeners = effective_listeners(*loaded);
  ASSERT_EQ(listeners.size(), 2U);
  EXPECT_EQ(listeners[1].url_prefix, "managed");
  EXPECT_EQ(listeners[1].source, ListenerSource::policy);
  write("policy.d/10.toml", "[[Listener]]\nTransport = 'HTTPS'\nPort = 5985\n");
  EXPECT_THAT(settings().error().message, HasSubstr("already used by a listener above"));
}

TEST_F(Policy, O1_AFolderThatCannotBeReadIsNoAbsentPolicy) {
  fs::remove_all(folder_ / "policy.d");
  EXPECT_TRUE(settings().has_value());
  write("policy.d", "");
  auto const loaded = settings();
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error().message, HasSubstr("policy.d: Not a directory"));
}

TEST_F(Policy, MistakesNameTheFileAndTheLine) {
  write("policy.d/10.toml", "[Service]\n\nMaxConnections = 'many'\n");
  auto const loaded = settings();
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error().message, HasSubstr("10.toml:3: Service.MaxConnections must be a whole number"));
}

}  // namespace
}  // namespace winrm::config
