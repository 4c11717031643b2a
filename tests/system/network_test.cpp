#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>

#include <array>

#include "support/recorded_host.hpp"
#include "system/netlink.hpp"
#include "system/network.hpp"
#include "system/network_settings.hpp"
#include "system/sockets.hpp"

namespace winrm::system {
namespace {

using testing::ElementsAre;

TEST(Network, MasksAndPrefixesAreTheSame) {
  for (auto const& [prefix, mask] : std::vector<std::pair<int, std::string>>{{0, "0.0.0.0"},
                                                                             {1, "128.0.0.0"},
                                                                             {20, "255.255.240.0"},
                                                                             {31, "255.255.255.254"},
                                                                             {32, "255.255.255.255"}}) {
    EXPECT_EQ(subnet_mask(static_cast<std::uint8_t>(prefix)), mask);
    EXPECT_EQ(prefix_of_mask(mask), prefix);
  }
  for (auto const* wrong : {"255.0.255.0", "0.0.0.255", "255.255.255", "24", ""}) {
    EXPECT_FALSE(prefix_of_mask(wrong)) << wrong;
  }
}

TEST(Network, TellsAddressesFromOtherText) {
  EXPECT_TRUE(is_ipv4("192.0.2.1"));
  EXPECT_FALSE(is_ipv4("192.0.2"));
  EXPECT_FALSE(is_ipv4("::1"));
  EXPECT_TRUE(is_ipv6("fe80::1"));
  EXPECT_FALSE(is_ipv6("fe80::1%eth0"));
  EXPECT_FALSE(is_ipv6("192.0.2.1"));
}

TEST(Network, TheLoopbackIsThere) {
  auto const network = make_network();
  auto const links = network->links();
  auto const loopback = std::ranges::find(links, "lo", &Link::name);
  ASSERT_NE(loopback, links.end());
  EXPECT_EQ(loopback->hardware_type, 772);
}

TEST(Network, AChangeThatTheKernelRefusesSaysWhy) {
  auto const network = make_network();
  LinkAddress nowhere;
  nowhere.link = 0x7ffffff0;
  nowhere.address = "192.0.2.1";
  nowhere.prefix = 24;
  EXPECT_TRUE(network->add_address(nowhere));
  nowhere.address = "not an address";
  EXPECT_EQ(network->add_address(nowhere), std::errc::invalid_argument);
}

/// Attributes as the kernel writes them, with lengths that lie.
class NetlinkAttributes : public testing::Test {
 protected:
  static std::vector<std::uint16_t> types_of(std::vector<std::byte> const& bytes) {
    std::vector<std::uint16_t> types;
    netlink::for_each_attribute(bytes, 0, [&](std::uint16_t type, netlink::Bytes) { types.push_back(type); });
    return types;
  }
  void add(std::uint16_t length, std::uint16_t type, std::size_t content) {
    rtattr const header{length, type};
    auto const* at = reinterpret_cast<std::byte const*>(&header);
    bytes_.insert(bytes_.end(), at, at + sizeof(header));
    bytes_.resize(bytes_.size() + content);
  }
  std::vector<std::byte> bytes_;
};

TEST_F(NetlinkAttributes, AreReadInOrder) {
  add(8, 1, 4);
  add(5, 2, 4);  // one byte, padded to four
  add(4, 3, 0);
  EXPECT_THAT(types_of(bytes_), ElementsAre(1, 2, 3));
}

TEST_F(NetlinkAttributes, EndAtALengthThatIsTooLong) {
  add(8, 1, 4);
  add(200, 2, 4);
  EXPECT_THAT(types_of(bytes_), ElementsAre(1));
}

TEST_F(NetlinkAttributes, EndAtALengthThatIsTooShort) {
  add(0, 1, 4);
  EXPECT_TRUE(types_of(bytes_).empty());
  EXPECT_TRUE(types_of({}).empty());
  EXPECT_TRUE(types_of(std::vector<std::byte>(3)).empty());
}

class NetworkSettings : public testing::Test {
 protected:
  NetworkSettings() {
    link_.index = 2;
    link_.name = "eth0";
  }
  winrm::test::RecordedHost host_{"debian12-server"};
  Link link_;
};

TEST_F(NetworkSettings, NameServersOfTheMachine) {
  auto const resolver = resolver_of(host_, link_);
  EXPECT_THAT(resolver.servers, ElementsAre("192.0.2.53", "2001:db8::53"));
  EXPECT_THAT(resolver.search, ElementsAre("example.test", "corp.example.test"));
}

TEST_F(NetworkSettings, NameServersBehindTheStubOfResolved) {
  host_.written["/etc/resolv.conf"] = "nameserver 127.0.0.53\n";
  host_.written["/run/systemd/resolve/resolv.conf"] = "nameserver 198.51.100.53\n";
  EXPECT_THAT(resolver_of(host_, link_).servers, ElementsAre("198.51.100.53"));
}

TEST_F(NetworkSettings, NameServersOfOneLink) {
  host_.written["/run/systemd/netif/links/2"] =
      "ADMIN_STATE=configured\nDNS=198.51.100.1 198.51.100.2\nDOMAINS=a.test\n";
  auto const resolver = resolver_of(host_, link_);
  EXPECT_THAT(resolver.servers, ElementsAre("198.51.100.1", "198.51.100.2"));
  EXPECT_THAT(resolver.search, ElementsAre("a.test"));
}

TEST_F(NetworkSettings, TheLastLeaseOfDhclientCounts) {
  auto const lease = dhcp_lease(host_, link_);
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->server, "192.0.2.2");
  EXPECT_EQ(lease->lifetime, std::chrono::hours(2));
  EXPECT_EQ(lease->expires, std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + std::chrono::hours(4));
  link_.name = "eth7";
  EXPECT_FALSE(dhcp_lease(host_, link_));
}

TEST_F(NetworkSettings, ALeaseOfNetworkdComesFirst) {
  host_.written["/run/systemd/netif/leases/2"] =
      "# This is private data. Do not parse.\nADDRESS=192.0.2.10\nSERVER_ADDRESS=192.0.2.3\nLIFETIME=600\n";
  auto const lease = dhcp_lease(host_, link_);
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->server, "192.0.2.3");
  EXPECT_EQ(lease->lifetime, std::chrono::minutes(10));
  EXPECT_FALSE(lease->expires);
}

TEST(Sockets, BrokenLinesAreLeftOut) {
  winrm::test::RecordedHost host("debian12-server");
  host.written["/proc/self/net/tcp6"] = "";
  host.written["/proc/self/net/tcp"] =
      "heading\n"
      "0: 0100007F:1F90 00000000:0000 0A x x x 0 0 17\n"
      "1: 0100007F 00000000:0000 0A x x x 0 0 18\n"
      "2: 01007F:1F90 00000000:0000 0A x x x 0 0 19\n"
      "3: 0100007F:1F90 00000000:1FFFF 0A\n"
      "4:\n";
  auto const sockets = tcp_sockets(host);
  ASSERT_EQ(sockets.size(), 1U);
  EXPECT_EQ(sockets[0].local_address, "127.0.0.1");
  EXPECT_EQ(sockets[0].local_port, 8080);
  EXPECT_EQ(sockets[0].state, 10);
  EXPECT_EQ(sockets[0].inode, 17U);
}

TEST(Network, APingToALinkLocalAddressGoesThere) {
  PingRequest request;
  request.address = "fe80::dead%lo";
  request.timeout = std::chrono::milliseconds(300);
  auto const reply = make_network()->ping(request);
  EXPECT_FALSE(reply.echoed) << "nobody has this address, and 0.0.0.0 is not it";
  request.address = "no address";
  EXPECT_TRUE(make_network()->ping(request).error);
}

TEST(Network, ANameThatNoLinkCanHaveIsNotSent) {
  EXPECT_EQ(make_network()->rename_link(0x7ffffff0, std::string(65'540, 'a')), std::errc::invalid_argument);
  EXPECT_EQ(make_network()->rename_link(0x7ffffff0, std::string(16, 'a')), std::errc::invalid_argument);
}

}  // namespace
}  // namespace winrm::system
