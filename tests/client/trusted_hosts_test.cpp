#include "client/trusted_hosts.hpp"

#include <gtest/gtest.h>

namespace winrm::client {
namespace {

TrustedHosts hosts(std::string_view list) {
  auto parsed = TrustedHosts::parse(list);
  EXPECT_TRUE(parsed.has_value()) << list;
  return parsed ? *parsed : TrustedHosts{};
}

TEST(TrustedHosts, C7_NamesMatchWithoutCase) {
  auto const list = hosts("web1, DB2.corp.example");
  EXPECT_TRUE(list.trusts("WEB1"));
  EXPECT_TRUE(list.trusts("db2.corp.example"));
  EXPECT_FALSE(list.trusts("web10"));
  EXPECT_FALSE(list.trusts("web1.corp.example"));
}

TEST(TrustedHosts, C7_StarStandsForAnyCharacters) {
  EXPECT_TRUE(hosts("*").trusts("anything.at.all"));
  EXPECT_TRUE(hosts("*.corp.example").trusts("a.b.corp.example"));
  EXPECT_FALSE(hosts("*.corp.example").trusts("corp.example"));
  EXPECT_FALSE(hosts("*.corp.example").trusts("a.corp.example.evil.test"));
  EXPECT_TRUE(hosts("10.1.*").trusts("10.1.2.3"));
  EXPECT_FALSE(hosts("10.1.*").trusts("10.10.2.3"));
  EXPECT_TRUE(hosts("w*b*1").trusts("wabcb1"));
}

TEST(TrustedHosts, C7_LocalMeansNamesWithoutDots) {
  EXPECT_TRUE(hosts("<local>").trusts("web1"));
  EXPECT_FALSE(hosts("<local>").trusts("web1.corp.example"));
  EXPECT_FALSE(hosts("<local>").trusts("2001:db8::1"));
}

TEST(TrustedHosts, C7_Ipv6StandsInBrackets) {
  EXPECT_TRUE(hosts("1.2.3.4,[1:2:3::8]").trusts("1:2:3::8"));
  EXPECT_TRUE(hosts("[1:2:3::8]").trusts("[1:2:3::8]"));
  EXPECT_FALSE(TrustedHosts::parse("1:2:3::8").has_value());
}

TEST(TrustedHosts, C7_BadPatternsAreNamed) {
  for (auto const* bad : {"web 1", "http://web1", "[web1]", "<global>", "a;b"}) {
    auto const parsed = TrustedHosts::parse(bad);
    ASSERT_FALSE(parsed.has_value()) << bad;
    EXPECT_NE(parsed.error().message.find(bad), std::string::npos);
  }
}

TEST(TrustedHosts, EmptyListTrustsNobody) {
  EXPECT_FALSE(hosts("").trusts("web1"));
  EXPECT_FALSE(hosts(" , ").trusts(""));
}

TEST(TrustedHosts, ManyStarsTakeLinearTime) {
  std::string pattern(2000, '*');
  pattern += "b";
  EXPECT_FALSE(hosts(pattern).trusts(std::string(2000, 'a')));
}

TEST(Loopback, CoversWhatNeverLeavesTheMachine) {
  for (auto const* host : {"localhost", "LocalHost", "127.0.0.1", "127.8.9.10", "::1", "[::1]"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (auto const* host : {"localhost.evil.test", "128.0.0.1", "::2", "127.0.0.1.evil.test", "web1", ""})
    EXPECT_FALSE(is_loopback(host)) << host;
}

TEST(Loopback, AddressesAreToldFromNames) {
  for (auto const* host : {"192.0.2.1", "2001:db8::1", "[2001:db8::1]", "fe80::1%eth0"})
    EXPECT_TRUE(is_ip_address(host)) << host;
  for (auto const* host : {"web1", "1.2.3", "256.1.1.1", "a::g"}) EXPECT_FALSE(is_ip_address(host)) << host;
}

}  // namespace
}  // namespace winrm::client
