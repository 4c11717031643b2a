#include <linux/rtnetlink.h>

#include <algorithm>
#include <optional>

#include "cim/schema.hpp"
#include "providers/network/classes.hpp"
#include "providers/network/links.hpp"
#include "providers/network/static_addresses.hpp"
#include "system/block_devices.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/network.hpp"
#include "system/network_settings.hpp"
#include "system/proc.hpp"

namespace winrm::providers {

namespace {

struct AdapterConfiguration {
  std::uint32_t index = 0;
  std::string description;
  std::string setting_id;
  std::vector<std::string> gateways;
  std::vector<std::uint16_t> gateway_metrics;
  bool ip_enabled = false;
  std::vector<std::string> addresses;
  std::vector<std::string> subnets;
  std::optional<bool> dhcp_enabled;
  std::optional<std::string> dhcp_server;
  std::optional<DateTime> lease_obtained;
  std::optional<DateTime> lease_expires;
  std::optional<std::string> dns_domain;
  std::optional<std::string> dns_host_name;
  std::vector<std::string> dns_servers;
  std::vector<std::string> dns_suffixes;
  std::optional<std::string> mac_address;
  std::uint32_t mtu = 0;
  std::optional<std::string> service_name;
  std::optional<std::uint8_t> default_ttl;
  std::optional<std::uint32_t> keep_alive_interval;
  std::optional<std::uint32_t> keep_alive_time;
  std::optional<bool> discovers_path_mtu;
  std::optional<std::uint32_t> connect_retries;
  std::optional<std::uint32_t> data_retries;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::AdapterConfiguration> = [] {
  using C = winrm::providers::AdapterConfiguration;
  using std::string, std::uint8_t, std::uint16_t, std::uint32_t, std::vector;
  return describe(
      ClassName("root/cimv2", "Win32_NetworkAdapterConfiguration", "CIM_Setting")
          .described("The addresses of a network interface and what they are used with. Methods change them at run "
                     "time; what a network manager has configured comes back when it starts again."),
      key<&C::index>("Index").described("The kernel's index of the interface."),
      prop<&C::description>("Caption"),
      prop<&C::gateways>("DefaultIPGateway"),
      prop<&C::default_ttl>("DefaultTTL"),
      prop<&C::description>("Description"),
      prop<&C::dhcp_enabled>("DHCPEnabled"),
      prop<&C::lease_expires>("DHCPLeaseExpires"),
      prop<&C::lease_obtained>("DHCPLeaseObtained"),
      prop<&C::dhcp_server>("DHCPServer"),
      prop<&C::dns_domain>("DNSDomain"),
      prop<&C::dns_suffixes>("DNSDomainSuffixSearchOrder"),
      prop<&C::dns_host_name>("DNSHostName"),
      prop<&C::dns_servers>("DNSServerSearchOrder")
          .described("Of the interface where systemd-networkd keeps some for it, else of the machine."),
      prop<&C::gateway_metrics>("GatewayCostMetric"),
      prop<&C::index>("InterfaceIndex"),
      prop<&C::addresses>("IPAddress"),
      prop<&C::ip_enabled>("IPEnabled"),
      prop<&C::subnets>("IPSubnet").described("Masks of IPv4, lengths of prefixes of IPv6."),
      prop<&C::keep_alive_interval>("KeepAliveInterval").units("milliseconds"),
      prop<&C::keep_alive_time>("KeepAliveTime").units("milliseconds"),
      prop<&C::mac_address>("MACAddress"),
      prop<&C::mtu>("MTU").units("bytes"),
      prop<&C::discovers_path_mtu>("PMTUDiscoveryEnabled"),
      prop<&C::service_name>("ServiceName"),
      prop<&C::setting_id>("SettingID").case_exact().described("The name of the interface (eth0)."),
      prop<&C::connect_retries>("TcpMaxConnectRetransmissions"),
      prop<&C::data_retries>("TcpMaxDataRetransmissions"),
      unknown<bool>("ArpAlwaysSourceRoute"), unknown<bool>("ArpUseEtherSNAP"), unknown<string>("DatabasePath"),
      unknown<bool>("DeadGWDetectEnabled"), unknown<uint8_t>("DefaultTOS"),
      unknown<bool>("DNSEnabledForWINSResolution"), unknown<bool>("DomainDNSRegistrationEnabled"),
      unknown<uint32_t>("ForwardBufferMemory"), unknown<bool>("FullDNSRegistrationEnabled"),
      unknown<uint8_t>("IGMPLevel"), unknown<uint32_t>("IPConnectionMetric"), unknown<bool>("IPFilterSecurityEnabled"),
      unknown<bool>("IPPortSecurityEnabled"), unknown<vector<string>>("IPSecPermitIPProtocols"),
      unknown<vector<string>>("IPSecPermitTCPPorts"), unknown<vector<string>>("IPSecPermitUDPPorts"),
      unknown<bool>("IPUseZeroBroadcast"), unknown<string>("IPXAddress"), unknown<bool>("IPXEnabled"),
      unknown<vector<uint32_t>>("IPXFrameType"), unknown<uint32_t>("IPXMediaType"),
      unknown<vector<string>>("IPXNetworkNumber"), unknown<string>("IPXVirtualNetNumber"),
      unknown<uint32_t>("NumForwardPackets"), unknown<bool>("PMTUBHDetectEnabled"),
      unknown<uint32_t>("TcpipNetbiosOptions"), unknown<uint32_t>("TcpNumConnections"),
      unknown<bool>("TcpUseRFC1122UrgentPointer"), unknown<uint16_t>("TcpWindowSize"),
      unknown<bool>("WINSEnableLMHostsLookup"), unknown<string>("WINSHostLookupFile"),
      unknown<string>("WINSPrimaryServer"), unknown<string>("WINSScopeID"), unknown<string>("WINSSecondaryServer"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using cim::MethodResult;
using cim::NamedValues;
using system::Host;
using system::Link;
using system::LinkAddress;

constexpr std::uint16_t loopback_hardware = 772;  // ARPHRD_LOOPBACK

/// Fills rows; asks the kernel once for a whole enumeration.
class Filler {
 public:
  Filler(Host const& host, cim::Query const& query)
      : host_(host), query_(query), addresses_(host.network().addresses()) {
    using C = AdapterConfiguration;
    if (query.wants<&C::gateways, &C::gateway_metrics>()) routes_ = host.network().routes();
    host_name_ = system::short_name(host.kernel());
  }

  [[nodiscard]] AdapterConfiguration fill(Link const& link) const {
    using C = AdapterConfiguration;
    AdapterConfiguration row;
    row.index = link.index;
    row.setting_id = link.name;
    row.mac_address = mac_address(link.address);
    row.mtu = link.mtu;
    row.service_name = driver_of(host_, link);
    row.description = system::udev_entry(host_, "n" + std::to_string(link.index))
                          .find("ID_MODEL_FROM_DATABASE")
                          .value_or(link.name);
    fill_addresses(row, link);
    if (!row.ip_enabled) return row;
    fill_gateways(row, link);
    row.dns_host_name = host_name_;
    bool const speaks_to_others = link.hardware_type != loopback_hardware;
    if (speaks_to_others && query_.wants<&C::dns_domain, &C::dns_servers, &C::dns_suffixes>())
      fill_dns(row, link);
    if (query_.wants<&C::dhcp_enabled, &C::dhcp_server, &C::lease_obtained, &C::lease_expires>()) {
      fill_lease(row, link);
    }
    fill_protocol_settings(row);
    return row;
  }

 private:
  void fill_addresses(AdapterConfiguration& row, Link const& link) const {
    for (auto const& address : addresses_) {
      if (address.link != link.index) continue;
      row.addresses.push_back(address.address);
      row.subnets.push_back(address.v6 ? std::to_string(address.prefix)
                                       : system::subnet_mask(address.prefix));
    }
    row.ip_enabled = link.up && !row.addresses.empty();
  }

  void fill_gateways(AdapterConfiguration& row, Link const& link) const {
    for (auto const& route : routes_) {
      if (route.link != link.index || route.prefix != 0 || route.gateway.empty()) continue;
      row.gateways.push_back(route.gateway);
      row.gateway_metrics.push_back(
          static_cast<std::uint16_t>(std::min<std::uint32_t>(route.metric, UINT16_MAX)));
    }
  }

  void fill_dns(AdapterConfiguration& row, Link const& link) const {
    auto resolver = system::resolver_of(host_, link);
    row.dns_servers = std::move(resolver.servers);
    if (!resolver.search.empty()) row.dns_domain = resolver.search.front();
    row.dns_suffixes = std::move(resolver.search);
  }

  /// An address of IPv4 that lives for a time was leased: the kernel counts the time.
  void fill_lease(AdapterConfiguration& row, Link const& link) const {
    auto const leased = std::ranges::find_if(addresses_, [&](LinkAddress const& address) {
      return address.link == link.index && !address.v6 && address.lives;
    });
    auto const lease = system::dhcp_lease(host_, link);
    row.dhcp_enabled = leased != addresses_.end() || lease.has_value();
    if (!*row.dhcp_enabled) return;
    std::optional<system::SystemTime> expires = lease ? lease->expires : std::nullopt;
    if (leased != addresses_.end()) expires = host_.now() + *leased->lives;
    if (lease) row.dhcp_server = lease->server;
    if (!expires) return;
    row.lease_expires = host_.local(*expires);
    if (lease && lease->lifetime) row.lease_obtained = host_.local(*expires - *lease->lifetime);
  }

  void fill_protocol_settings(AdapterConfiguration& row) const {
    auto const setting = [&](char const* name) {
      return system::proc::number_in(host_, std::string("/proc/sys/net/ipv4/") + name);
    };
    auto const number = [](std::optional<std::uint64_t> value, std::uint64_t factor) {
      return value ? std::optional(static_cast<std::uint32_t>(*value * factor)) : std::nullopt;
    };
    if (auto const hops = setting("ip_default_ttl")) row.default_ttl = static_cast<std::uint8_t>(*hops);
    row.keep_alive_interval = number(setting("tcp_keepalive_intvl"), 1000);
    row.keep_alive_time = number(setting("tcp_keepalive_time"), 1000);
    if (auto const off = setting("ip_no_pmtu_disc")) row.discovers_path_mtu = *off == 0;
    row.connect_retries = number(setting("tcp_syn_retries"), 1);
    row.data_retries = number(setting("tcp_retries2"), 1);
  }

  Host const& host_;
  cim::Query const& query_;
  std::vector<LinkAddress> addresses_;
  std::vector<system::Route> routes_;
  std::string host_name_;
};

cim::Generator<AdapterConfiguration> enumerate(Host const& host, cim::Query const& query) {
  Filler const filler(host, query);
  auto const wanted = query.equals<&AdapterConfiguration::index>();
  for (auto const& link : host.network().links()) {
    if (wanted && link.index != *wanted) continue;
    auto const row = filler.fill(link);
    co_yield row;
  }
}

MethodResult enable_static(Host const& host, AdapterConfiguration const& row, NamedValues const& in) {
  return set_static_addresses(host.network(), row.index, in.list<std::string>("IPAddress").value_or(Texts()),
                              in.list<std::string>("SubnetMask").value_or(Texts()));
}
MethodResult set_gateways(Host const& host, AdapterConfiguration const& row, NamedValues const& in) {
  return set_default_gateways(
      host.network(), row.index, in.list<std::string>("DefaultIPGateway").value_or(Texts()),
      in.list<std::uint16_t>("GatewayCostMetric").value_or(std::vector<std::uint16_t>()));
}
/// Leases, name servers and what is set for good belong to the machine's network manager.
MethodResult not_supported(Host const& /*host*/, AdapterConfiguration const& /*row*/,
                           NamedValues const& /*in*/) {
  return static_cast<std::uint32_t>(NetworkResult::method_unsupported);
}
MethodResult not_supported_at_all(Host const& /*host*/, NamedValues const& /*in*/) {
  return static_cast<std::uint32_t>(NetworkResult::method_unsupported);
}

using cim::in;
using cim::Parameter;
using std::string;
using Method = cim::Method<AdapterConfiguration>;

constexpr Parameter enable_dns[] = {in<string>("DNSHostName").optional(), in<string>("DNSDomain").optional(),
                                    in<Texts>("DNSServerSearchOrder").optional(),
                                    in<Texts>("DNSDomainSuffixSearchOrder").optional()};
constexpr Parameter filter_security[] = {in<bool>("IPFilterSecurityEnabled")};
constexpr Parameter ip_sec[] = {in<Texts>("IPSecPermitTCPPorts"), in<Texts>("IPSecPermitUDPPorts"),
                                in<Texts>("IPSecPermitIPProtocols")};
constexpr Parameter static_addresses[] = {in<Texts>("IPAddress"), in<Texts>("SubnetMask")};
constexpr Parameter enable_wins[] = {
    in<bool>("DNSEnabledForWINSResolution"), in<bool>("WINSEnableLMHostsLookup"),
    in<string>("WINSHostLookupFile").optional(), in<string>("WINSScopeID").optional()};
constexpr Parameter arp_source_route[] = {in<bool>("ArpAlwaysSourceRoute")};
constexpr Parameter arp_snap[] = {in<bool>("ArpUseEtherSNAP")};
constexpr Parameter database_path[] = {in<string>("DatabasePath")};
constexpr Parameter dead_gateway[] = {in<bool>("DeadGWDetectEnabled")};
constexpr Parameter default_tos[] = {in<std::uint8_t>("DefaultTOS")};
constexpr Parameter default_ttl[] = {in<std::uint8_t>("DefaultTTL")};
constexpr Parameter dns_domain[] = {in<string>("DNSDomain")};
constexpr Parameter dns_servers[] = {in<Texts>("DNSServerSearchOrder").optional()};
constexpr Parameter dns_suffixes[] = {in<Texts>("DNSDomainSuffixSearchOrder")};
constexpr Parameter dynamic_dns[] = {in<bool>("FullDNSRegistrationEnabled"),
                                     in<bool>("DomainDNSRegistrationEnabled").optional()};
constexpr Parameter forward_memory[] = {in<std::uint32_t>("ForwardBufferMemory")};
constexpr Parameter gateways[] = {in<Texts>("DefaultIPGateway"),
                                  in<std::vector<std::uint16_t>>("GatewayCostMetric").optional()};
constexpr Parameter igmp_level[] = {in<std::uint8_t>("IGMPLevel")};
constexpr Parameter connection_metric[] = {in<std::uint32_t>("IPConnectionMetric")};
constexpr Parameter zero_broadcast[] = {in<bool>("IPUseZeroBroadcast")};
constexpr Parameter ipx_pairs[] = {in<Texts>("IPXNetworkNumber"),
                                   in<std::vector<std::uint32_t>>("IPXFrameType")};
constexpr Parameter ipx_number[] = {in<string>("IPXVirtualNetNumber")};
constexpr Parameter keep_alive_interval[] = {in<std::uint32_t>("KeepAliveInterval")};
constexpr Parameter keep_alive_time[] = {in<std::uint32_t>("KeepAliveTime")};
constexpr Parameter mtu[] = {in<std::uint32_t>("MTU")};
constexpr Parameter forward_packets[] = {in<std::uint32_t>("NumForwardPackets")};
constexpr Parameter black_holes[] = {in<bool>("PMTUBHDetectEnabled")};
constexpr Parameter path_mtu[] = {in<bool>("PMTUDiscoveryEnabled")};
constexpr Parameter netbios[] = {in<std::uint32_t>("TcpipNetbiosOptions")};
constexpr Parameter connect_retries[] = {in<std::uint32_t>("TcpMaxConnectRetransmissions")};
constexpr Parameter data_retries[] = {in<std::uint32_t>("TcpMaxDataRetransmissions")};
constexpr Parameter connections[] = {in<std::uint32_t>("TcpNumConnections")};
constexpr Parameter urgent_pointer[] = {in<bool>("TcpUseRFC1122UrgentPointer")};
constexpr Parameter window_size[] = {in<std::uint16_t>("TcpWindowSize")};
constexpr Parameter wins_server[] = {in<string>("WINSPrimaryServer"), in<string>("WINSSecondaryServer")};

consteval Method of_instance(std::string_view name, std::span<Parameter const> parameters = {}) {
  return {.name = name, .parameters = parameters, .return_values = network_results, .run = not_supported};
}
consteval Method of_class(std::string_view name, std::span<Parameter const> parameters = {}) {
  return {.name = name,
          .parameters = parameters,
          .return_values = network_results,
          .run_static = not_supported_at_all};
}

constexpr Method methods[] = {
    of_instance("DisableIPSec"),
    of_instance("EnableDHCP"),
    of_class("EnableDNS", enable_dns),
    of_class("EnableIPFilterSec", filter_security),
    of_instance("EnableIPSec", ip_sec),
    {.name = "EnableStatic",
     .parameters = static_addresses,
     .return_values = network_results,
     .run = enable_static},
    of_class("EnableWINS", enable_wins),
    of_instance("ReleaseDHCPLease"),
    of_class("ReleaseDHCPLeaseAll"),
    of_instance("RenewDHCPLease"),
    of_class("RenewDHCPLeaseAll"),
    of_class("SetArpAlwaysSourceRoute", arp_source_route),
    of_class("SetArpUseEtherSNAP", arp_snap),
    of_class("SetDatabasePath", database_path),
    of_class("SetDeadGWDetect", dead_gateway),
    of_class("SetDefaultTOS", default_tos),
    of_class("SetDefaultTTL", default_ttl),
    of_instance("SetDNSDomain", dns_domain),
    of_instance("SetDNSServerSearchOrder", dns_servers),
    of_class("SetDNSSuffixSearchOrder", dns_suffixes),
    of_instance("SetDynamicDNSRegistration", dynamic_dns),
    of_class("SetForwardBufferMemory", forward_memory),
    {.name = "SetGateways", .parameters = gateways, .return_values = network_results, .run = set_gateways},
    of_class("SetIGMPLevel", igmp_level),
    of_instance("SetIPConnectionMetric", connection_metric),
    of_class("SetIPUseZeroBroadcast", zero_broadcast),
    of_instance("SetIPXFrameTypeNetworkPairs", ipx_pairs),
    of_class("SetIPXVirtualNetworkNumber", ipx_number),
    of_class("SetKeepAliveInterval", keep_alive_interval),
    of_class("SetKeepAliveTime", keep_alive_time),
    of_class("SetMTU", mtu),
    of_class("SetNumForwardPackets", forward_packets),
    of_class("SetPMTUBHDetect", black_holes),
    of_class("SetPMTUDiscovery", path_mtu),
    of_instance("SetTcpipNetbios", netbios),
    of_class("SetTcpMaxConnectRetransmissions", connect_retries),
    of_class("SetTcpMaxDataRetransmissions", data_retries),
    of_class("SetTcpNumConnections", connections),
    of_class("SetTcpUseRFC1122UrgentPointer", urgent_pointer),
    of_class("SetTcpWindowSize", window_size),
    of_instance("SetWINSServer", wins_server)};

}  // namespace

void add_adapter_configuration(cim::Registry& registry) {
  registry.add<AdapterConfiguration>({.enumerate = enumerate, .methods = methods});
}

}  // namespace winrm::providers
