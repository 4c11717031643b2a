#include <linux/rtnetlink.h>

#include <optional>
#include <set>

#include "cim/schema.hpp"
#include "providers/common/failures.hpp"
#include "providers/network/classes.hpp"
#include "system/host.hpp"
#include "system/network.hpp"

namespace winrm::providers {

namespace {

struct IpRoute {
  std::string destination;
  std::int32_t interface_index = 0;
  std::string mask;
  std::string next_hop;
  std::string description;
  std::int32_t metric = 0;
  std::uint32_t protocol = 0;
  std::uint32_t type = 0;
};

enum Protocol : std::uint32_t {
  other = 1,
  local_made = 2,
  management = 3,
  icmp = 4,
  rip = 8,
  is_is = 9,
  ospf = 13,
  bgp = 14
};
constexpr cim::ValueName protocols[] = {{1, "other"}, {2, "local"},  {3, "netmgmt"},    {4, "icmp"},
                                        {5, "egp"},   {6, "ggp"},    {7, "hello"},      {8, "rip"},
                                        {9, "is-is"}, {10, "es-is"}, {11, "ciscoIgrp"}, {12, "bbnSpfIgp"},
                                        {13, "ospf"}, {14, "bgp"}};
enum RouteType : std::uint32_t { other_type = 1, direct = 3, indirect = 4 };
constexpr cim::ValueName route_types[] = {{1, "other"}, {2, "invalid"}, {3, "direct"}, {4, "indirect"}};
constexpr auto no_next_hop = "0.0.0.0";
/// A metric that is not used (RFC 1213, ipRouteMetric2).
constexpr std::int32_t unused_metric = -1;

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::IpRoute> = [] {
  using R = winrm::providers::IpRoute;
  namespace map = winrm::providers;
  using std::int32_t, std::string;
  return describe(
      ClassName("root/cimv2", "Win32_IP4RouteTable", "CIM_LogicalElement")
          .described("The main routing table of IPv4. Changes last until the machine or its network manager starts "
                     "again."),
      key<&R::destination>("Destination"),
      key<&R::interface_index>("InterfaceIndex"),
      key<&R::mask>("Mask"),
      key<&R::next_hop>("NextHop").described("0.0.0.0 for what is reached directly."),
      prop<&R::description>("Caption"),
      prop<&R::description>("Description"),
      prop<&R::metric>("Metric1").writable(),
      constant<int32_t>("Metric2", map::unused_metric), constant<int32_t>("Metric3", map::unused_metric),
      constant<int32_t>("Metric4", map::unused_metric), constant<int32_t>("Metric5", map::unused_metric),
      prop<&R::destination>("Name"),
      prop<&R::protocol>("Protocol").values(map::protocols),
      prop<&R::type>("Type").values(map::route_types),
      unknown<int32_t>("Age"), unknown<string>("Information"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using cim::NamedValues;
using system::Host;
using system::Route;

/// rtnetlink(7), /etc/iproute2/rt_protos.
Protocol protocol_of(Route const& route) {
  constexpr std::uint8_t router_daemon_bgp = 186, router_daemon_isis = 187, router_daemon_ospf = 188,
                         router_daemon_rip = 189, dhcp = 16;
  switch (route.protocol) {
    case RTPROT_KERNEL:
      return local_made;
    case RTPROT_BOOT:
    case RTPROT_STATIC:
    case dhcp:
      return management;
    case RTPROT_REDIRECT:
    case RTPROT_RA:
      return icmp;
    case router_daemon_bgp:
      return bgp;
    case router_daemon_isis:
      return is_is;
    case router_daemon_ospf:
      return ospf;
    case router_daemon_rip:
      return rip;
    default:
      return other;
  }
}

RouteType type_of(Route const& route) {
  if (route.type != RTN_UNICAST) return other_type;
  return route.gateway.empty() ? direct : indirect;
}

IpRoute fill(Route const& route) {
  IpRoute row;
  row.destination = route.destination;
  row.interface_index = static_cast<std::int32_t>(route.link);
  row.mask = system::subnet_mask(route.prefix);
  row.next_hop = route.gateway.empty() ? no_next_hop : route.gateway;
  row.description = row.destination + " - " + row.mask + " - " + row.next_hop;
  row.metric = static_cast<std::int32_t>(route.metric);
  row.protocol = protocol_of(route);
  row.type = type_of(route);
  return row;
}

/// Of several routes that differ in their metric alone the kernel uses, and lists, the best first.
cim::Generator<IpRoute> enumerate(Host const& host, cim::Query const& /*query*/) {
  std::set<std::string> seen;
  for (auto const& route : host.network().routes()) {
    if (route.v6) continue;
    auto const row = fill(route);
    if (!seen.insert(row.description + " " + std::to_string(row.interface_index)).second) continue;
    co_yield row;
  }
}

Route route_from(std::string const& destination, std::string const& mask, std::string const& next_hop) {
  auto const prefix = system::prefix_of_mask(mask);
  if (!system::is_ipv4(destination) || !prefix || !system::is_ipv4(next_hop)) {
    throw cim::Failure(
        cim::Status::invalid_parameter,
        "Destination, Mask and NextHop are addresses such as 192.0.2.0, 255.255.255.0, 198.51.100.1; "
        "got " +
            destination + ", " + mask + ", " + next_hop);
  }
  Route route;
  route.destination = destination;
  route.prefix = *prefix;
  if (next_hop != no_next_hop) route.gateway = next_hop;
  route.protocol = RTPROT_STATIC;
  route.type = RTN_UNICAST;
  return route;
}

Route route_of(IpRoute const& row) {
  auto route = route_from(row.destination, row.mask, row.next_hop);
  route.link = static_cast<std::uint32_t>(row.interface_index);
  route.metric = static_cast<std::uint32_t>(row.metric);
  return route;
}

void put(Host const& host, IpRoute const& row, NamedValues const& changes) {
  auto const metric = changes.get<std::int32_t>("Metric1");
  if (!metric || *metric == row.metric) return;
  auto const old = route_of(row);
  auto changed = old;
  changed.metric = static_cast<std::uint32_t>(*metric);
  auto const what = "the metric of the route to " + row.destination + " cannot be changed";
  if (auto const refused = host.network().add_route(changed)) throw failure_of(refused, what);
  if (auto const refused = host.network().remove_route(old)) throw failure_of(refused, what);
}

cim::Reference create(Host const& host, NamedValues const& properties) {
  auto route = route_from(properties.get<std::string>("Destination").value_or(""),
                          properties.get<std::string>("Mask").value_or(""),
                          properties.get<std::string>("NextHop").value_or(no_next_hop));
  route.link = static_cast<std::uint32_t>(properties.get<std::int32_t>("InterfaceIndex").value_or(0));
  route.metric = static_cast<std::uint32_t>(properties.get<std::int32_t>("Metric1").value_or(0));
  if (auto const refused = host.network().add_route(route)) {
    throw failure_of(refused, "the route to " + route.destination + " cannot be added");
  }
  for (auto const& made : host.network().routes()) {
    if (made.v6 || made.destination != route.destination || made.prefix != route.prefix) continue;
    if (made.gateway != route.gateway || (route.link != 0 && made.link != route.link)) continue;
    auto const row = fill(made);
    return {"root/cimv2",
            "Win32_IP4RouteTable",
            {{"Destination", row.destination, {}},
             {"InterfaceIndex", std::to_string(row.interface_index), {}},
             {"Mask", row.mask, {}},
             {"NextHop", row.next_hop, {}}}};
  }
  throw cim::Failure(cim::Status::failed, "the route to " + route.destination +
                                              " is not in the table: Destination may have bits outside Mask");
}

void remove(Host const& host, IpRoute const& row) {
  if (auto const refused = host.network().remove_route(route_of(row))) {
    throw failure_of(refused, "the route to " + row.destination + " cannot be removed");
  }
}

}  // namespace

void add_route(cim::Registry& registry) {
  registry.add<IpRoute>({.enumerate = enumerate, .put = put, .create = create, .remove = remove});
}

}  // namespace winrm::providers
