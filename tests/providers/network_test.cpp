#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cim/failure.hpp"
#include "providers/network/static_addresses.hpp"
#include "providers/providers.hpp"
#include "providers/support.hpp"
#include "support/recorded_host.hpp"

/// Adapters, addresses, routes and sockets over a recorded machine, where every value is known. Real links
/// are compared with ip and ss, and changed, in tests/live/test_network_classes.py.
namespace winrm::providers {
namespace {

using test::Values;
using testing::ElementsAre;
using testing::IsSupersetOf;

class NetworkClasses : public testing::Test {
 protected:
  cim::Class const& cls(std::string const& name, std::string const& ns = "root/cimv2") {
    return *registry_.find(ns, name);
  }
  Values instance(std::string const& name, std::string const& key) {
    return test::instance(cls(name), host_, key);
  }
  /// The elements of an array property of the instance with this key.
  std::vector<std::string> elements(std::string const& name, std::string const& key,
                                    std::string const& property) {
    std::vector<std::string> texts;
    auto const rows = cls(name).enumerate(host_, {});
    while (auto const* row = rows->next()) {
      if (cim::to_text(cls(name).keys().front()->property.value(row)) != key) continue;
      auto const value = cls(name).find(property)->property.value(row);
      auto const& array = std::get<cim::ArrayView>(value);
      for (std::size_t i = 0; i < array.size; ++i) texts.push_back(cim::to_text(array.at(array.elements, i)));
    }
    return texts;
  }
  std::vector<Values> sockets(std::string const& name) {
    return test::all_instances(cls(name, "root/standardcimv2"), host_);
  }

  cim::Registry registry_ = make_registry();
  winrm::test::RecordedHost host_{"debian12-server"};
};

TEST_F(NetworkClasses, D5_Adapter) {
  EXPECT_THAT(instance("Win32_NetworkAdapter", "2"),
              IsSupersetOf(Values{{"Name", "82574L Gigabit Network Connection"},
                                  {"Manufacturer", "Intel Corporation"},
                                  {"NetConnectionID", "eth0"},
                                  {"MACAddress", "52:54:00:12:34:56"},
                                  {"AdapterType", "Ethernet 802.3"},
                                  {"AdapterTypeID", "0"},
                                  {"Speed", "1000000000"},
                                  {"ServiceName", "e1000e"},
                                  {"NetConnectionStatus", "2"},
                                  {"NetEnabled", "true"},
                                  {"PhysicalAdapter", "true"},
                                  {"ConfigManagerErrorCode", "0"},
                                  {"InterfaceIndex", "2"}}));
  auto const off = instance("Win32_NetworkAdapter", "3");
  EXPECT_THAT(off, IsSupersetOf(Values{{"Name", "eth1"},
                                       {"NetConnectionStatus", "0"},
                                       {"NetEnabled", "false"},
                                       {"ConfigManagerErrorCode", "22"},
                                       {"PhysicalAdapter", "false"}}));
  EXPECT_FALSE(off.contains("Speed")) << "a driver's -1 is no speed";
  EXPECT_THAT(instance("Win32_NetworkAdapter", "4"),
              IsSupersetOf(Values{{"NetConnectionStatus", "7"}, {"ServiceName", "bridge"}}));
  auto const loopback = instance("Win32_NetworkAdapter", "1");
  EXPECT_FALSE(loopback.contains("MACAddress"));
  EXPECT_FALSE(loopback.contains("AdapterType"));
}

TEST_F(NetworkClasses, D5_AdapterConfiguration) {
  EXPECT_THAT(instance("Win32_NetworkAdapterConfiguration", "2"),
              IsSupersetOf(Values{{"IPEnabled", "true"},
                                  {"SettingID", "eth0"},
                                  {"MACAddress", "52:54:00:12:34:56"},
                                  {"MTU", "1500"},
                                  {"DHCPEnabled", "true"},
                                  {"DHCPServer", "192.0.2.2"},
                                  {"DHCPLeaseExpires", "2026-01-02T05:00:00+01:00"},
                                  {"DHCPLeaseObtained", "2026-01-02T03:00:00+01:00"},
                                  {"DNSDomain", "example.test"},
                                  {"DNSHostName", "db1"},
                                  {"DefaultTTL", "64"},
                                  {"KeepAliveTime", "7200000"},
                                  {"KeepAliveInterval", "75000"},
                                  {"PMTUDiscoveryEnabled", "true"},
                                  {"TcpMaxConnectRetransmissions", "6"},
                                  {"TcpMaxDataRetransmissions", "15"}}));
  auto const configuration = [&](std::string const& property) {
    return elements("Win32_NetworkAdapterConfiguration", "2", property);
  };
  EXPECT_THAT(configuration("IPAddress"), ElementsAre("192.0.2.10", "192.0.2.11", "2001:db8::10"));
  EXPECT_THAT(configuration("IPSubnet"), ElementsAre("255.255.255.0", "255.255.255.128", "64"));
  EXPECT_THAT(configuration("DefaultIPGateway"), ElementsAre("192.0.2.1", "fe80::1"));
  EXPECT_THAT(configuration("GatewayCostMetric"), ElementsAre("100", "1024"));
  EXPECT_THAT(configuration("DNSServerSearchOrder"), ElementsAre("192.0.2.53", "2001:db8::53"));
  EXPECT_THAT(configuration("DNSDomainSuffixSearchOrder"), ElementsAre("example.test", "corp.example.test"));
}

TEST_F(NetworkClasses, D5_WithoutAddressesNothingElseIsKnown) {
  auto const off = instance("Win32_NetworkAdapterConfiguration", "3");
  EXPECT_THAT(off, IsSupersetOf(Values{{"IPEnabled", "false"}, {"MTU", "9000"}}));
  for (auto const* name : {"DHCPEnabled", "DHCPServer", "DNSDomain", "DefaultTTL"})
    EXPECT_FALSE(off.contains(name));
  EXPECT_FALSE(instance("Win32_NetworkAdapterConfiguration", "1").contains("DNSDomain"));
}

TEST_F(NetworkClasses, D5_QueryForIpEnabledAdapters) {
  auto const& configuration = cls("Win32_NetworkAdapterConfiguration");
  std::vector<std::string> enabled;
  for (auto const& row : test::all_instances(configuration, host_)) {
    if (row.at("IPEnabled") == "true") enabled.push_back(row.at("SettingID"));
  }
  EXPECT_THAT(enabled, ElementsAre("lo", "eth0"));
}

TEST_F(NetworkClasses, D5_Routes) {
  auto const rows = test::all_instances(cls("Win32_IP4RouteTable"), host_);
  ASSERT_EQ(rows.size(), 3U) << "no route of IPv6";
  EXPECT_THAT(rows[0], IsSupersetOf(Values{{"Destination", "0.0.0.0"},
                                           {"Mask", "0.0.0.0"},
                                           {"NextHop", "192.0.2.1"},
                                           {"InterfaceIndex", "2"},
                                           {"Metric1", "100"},
                                           {"Metric2", "-1"},
                                           {"Protocol", "3"},
                                           {"Type", "4"}}));
  EXPECT_THAT(rows[1], IsSupersetOf(Values{{"Destination", "192.0.2.0"},
                                           {"Mask", "255.255.255.0"},
                                           {"NextHop", "0.0.0.0"},
                                           {"Protocol", "2"},
                                           {"Type", "3"}}));
}

TEST_F(NetworkClasses, D5_TcpConnections) {
  auto const rows = sockets("MSFT_NetTCPConnection");
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0], (Values{{"InstanceID", "0.0.0.0++22++0.0.0.0++0"},
                             {"LocalAddress", "0.0.0.0"},
                             {"LocalPort", "22"},
                             {"RemoteAddress", "0.0.0.0"},
                             {"RemotePort", "0"},
                             {"State", "2"},
                             {"OwningProcess", "510"}}));
  EXPECT_THAT(rows[1],
              IsSupersetOf(Values{{"State", "5"}, {"RemoteAddress", "192.0.2.7"}, {"RemotePort", "54321"}}));
  EXPECT_FALSE(rows[1].contains("OwningProcess")) << "no process that can be seen holds it";
  EXPECT_THAT(rows[2], IsSupersetOf(Values{{"State", "11"}, {"OwningProcess", "0"}}));
  EXPECT_THAT(rows[4],
              IsSupersetOf(Values{{"LocalAddress", "2001:db8::10"}, {"RemotePort", "6001"}, {"State", "8"}}));
}

TEST_F(NetworkClasses, D5_DescriptorsAreReadOnlyWhenTheOwnerIsWanted) {
  auto const& tcp = cls("MSFT_NetTCPConnection", "root/standardcimv2");
  EXPECT_EQ(test::all_instances(tcp, host_, cim::Query(tcp.key_set())).size(), 5U);
  EXPECT_THAT(host_.opened(), ElementsAre("/proc/self/net/tcp", "/proc/self/net/tcp6"));
}

TEST_F(NetworkClasses, D5_UdpEndpointsThatShareAPortStayApart) {
  std::vector<std::string> ids;
  for (auto const& row : sockets("MSFT_NetUDPEndpoint")) ids.push_back(row.at("InstanceID"));
  EXPECT_THAT(ids, ElementsAre("0.0.0.0++5353++0.0.0.0++0", "0.0.0.0++5353++0.0.0.0++0++5002"));
}

TEST_F(NetworkClasses, D5_NetworkConnections) {
  auto const rows = test::all_instances(cls("Win32_NetworkConnection"), host_);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_THAT(rows[0], IsSupersetOf(Values{{"Name", "nas.example.test:/files (/mnt/files)"},
                                           {"LocalName", "/mnt/files"},
                                           {"RemoteName", "nas.example.test:/files"},
                                           {"ProviderName", "nfs4"},
                                           {"ConnectionType", "Persistent Connection"},
                                           {"Persistent", "true"}}));
}

TEST_F(NetworkClasses, D5_PingNeedsAnAddress) {
  auto const& ping = cls("Win32_PingStatus");
  try {
    static_cast<void>(test::all_instances(ping, host_));
    FAIL() << "nobody knows whom to ping";
  } catch (cim::Failure const& failure) {
    EXPECT_EQ(failure.status(), cim::Status::invalid_parameter);
    EXPECT_THAT(failure.what(), testing::HasSubstr("WHERE Address"));
  }
}

TEST_F(NetworkClasses, D5_PingOfAnUnknownNameHasNoStatus) {
  auto const& ping = cls("Win32_PingStatus");
  cim::Query query;
  query.require(ping.find("Address")->index, cim::Value(std::string("nowhere.invalid")));
  query.require(ping.find("Timeout")->index, cim::Value(std::uint64_t{250}));
  auto const rows = test::all_instances(ping, host_, query);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_THAT(rows[0], IsSupersetOf(Values{{"Address", "nowhere.invalid"},
                                           {"Timeout", "250"},
                                           {"BufferSize", "32"},
                                           {"PrimaryAddressResolutionStatus", "11001"}}));
  EXPECT_FALSE(rows[0].contains("StatusCode"));
}

/// A network that notes what is done to it.
class NotingNetwork final : public system::Network {
 public:
  std::vector<system::Link> links() const override { return {}; }
  std::vector<system::LinkAddress> addresses() const override { return present; }
  std::vector<system::Route> routes() const override { return default_routes; }
  std::error_code switch_link(std::uint32_t, bool) const override { return {}; }
  std::error_code rename_link(std::uint32_t, std::string const&) const override { return {}; }
  std::error_code set_mtu(std::uint32_t, std::uint32_t) const override { return {}; }
  std::error_code add_address(system::LinkAddress const& address) const override {
    if (refusal) return refusal;
    done.push_back("+" + address.address + "/" + std::to_string(address.prefix));
    present.push_back(address);
    return {};
  }
  std::error_code remove_address(system::LinkAddress const& address) const override {
    done.push_back("-" + address.address);
    return {};
  }
  std::error_code add_route(system::Route const& route) const override {
    if (refusal) return refusal;
    done.push_back("+" + route.gateway + " metric " + std::to_string(route.metric));
    return {};
  }
  std::error_code remove_route(system::Route const& route) const override {
    done.push_back("-" + route.gateway);
    return {};
  }
  system::PingReply ping(system::PingRequest const&) const override { return {}; }
  std::optional<std::string> resolve(std::string const&) const override { return std::nullopt; }
  std::optional<std::string> name_of(std::string const&) const override { return std::nullopt; }

  mutable std::vector<system::LinkAddress> present{{2, false, "192.0.2.1", 24, std::nullopt},
                                                   {2, true, "fe80::1", 64, std::nullopt},
                                                   {3, false, "198.51.100.1", 24, std::nullopt}};
  std::vector<system::Route> default_routes{{false, "0.0.0.0", 0, "192.0.2.254", 2, 7, 4, 1}};
  mutable std::vector<std::string> done;
  std::error_code refusal;
};

TEST(StaticAddresses, ReplacesTheAddressesOfOneLink) {
  NotingNetwork network;
  EXPECT_EQ(set_static_addresses(network, 2, {"192.0.2.7", "192.0.2.8"}, {"255.255.255.0", "255.255.0.0"})
                .return_value,
            0U);
  EXPECT_THAT(network.done, ElementsAre("+192.0.2.7/24", "+192.0.2.8/16", "-192.0.2.1"));
}

TEST(StaticAddresses, KeepsWhatIsThereAlready) {
  NotingNetwork network;
  EXPECT_EQ(set_static_addresses(network, 2, {"192.0.2.1"}, {"255.255.255.0"}).return_value, 0U);
  EXPECT_TRUE(network.done.empty());
}

TEST(StaticAddresses, RefusesBadInputAndChangesNothing) {
  NotingNetwork network;
  auto const set = [&](Texts const& addresses, Texts const& masks) {
    return set_static_addresses(network, 2, addresses, masks).return_value;
  };
  EXPECT_EQ(set({}, {}), 68U);
  EXPECT_EQ(set({"192.0.2.7"}, {}), 68U);
  EXPECT_EQ(set({"192.0.2"}, {"255.255.255.0"}), 70U);
  EXPECT_EQ(set({"fe80::1"}, {"255.255.255.0"}), 70U);
  EXPECT_EQ(set({"192.0.2.7"}, {"255.0.255.0"}), 66U);
  EXPECT_EQ(set({"192.0.2.7"}, {"0.0.0.0"}), 66U);
  EXPECT_TRUE(network.done.empty());
  network.refusal = std::make_error_code(std::errc::operation_not_permitted);
  EXPECT_EQ(set({"192.0.2.7"}, {"255.255.255.0"}), 91U);
}

TEST(StaticAddresses, ReplacesDefaultGateways) {
  NotingNetwork network;
  EXPECT_EQ(set_default_gateways(network, 2, {"192.0.2.2", "192.0.2.3"}, {}).return_value, 0U);
  EXPECT_THAT(network.done, ElementsAre("+192.0.2.2 metric 1", "+192.0.2.3 metric 2", "-192.0.2.254"));
  network.done.clear();
  EXPECT_EQ(set_default_gateways(network, 2, {"192.0.2.254"}, {7}).return_value, 0U);
  EXPECT_TRUE(network.done.empty());
}

TEST(StaticAddresses, RefusesBadGateways) {
  NotingNetwork network;
  EXPECT_EQ(set_default_gateways(network, 2, Texts(6, "192.0.2.2"), {}).return_value, 69U);
  EXPECT_EQ(set_default_gateways(network, 2, {"gateway"}, {}).return_value, 71U);
  EXPECT_EQ(set_default_gateways(network, 2, {"192.0.2.2"}, {1, 2}).return_value, 68U);
  EXPECT_TRUE(network.done.empty());
  network.refusal = std::make_error_code(std::errc::network_unreachable);
  EXPECT_EQ(set_default_gateways(network, 2, {"192.0.2.2"}, {}).return_value, 71U);
}

}  // namespace
}  // namespace winrm::providers
