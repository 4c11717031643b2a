#include "providers/network/static_addresses.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>

namespace winrm::providers {

namespace {

using system::LinkAddress;
using system::Network;
using system::Route;
using enum NetworkResult;

constexpr std::size_t most_gateways = 5;

cim::MethodResult result(NetworkResult value) { return static_cast<std::uint32_t>(value); }

NetworkResult result_of(std::error_code const& refused, NetworkResult when_wrong) {
  if (!refused) return done;
  if (refused == std::errc::operation_not_permitted) return access_denied;
  bool const is_wrong = refused == std::errc::invalid_argument || refused == std::errc::network_unreachable ||
                        refused == std::errc::host_unreachable;
  return is_wrong ? when_wrong : unknown_failure;
}

bool same(LinkAddress const& a, LinkAddress const& b) {
  return a.address == b.address && a.prefix == b.prefix;
}
bool same(Route const& a, Route const& b) { return a.gateway == b.gateway && a.metric == b.metric; }

/// Makes what is wanted and not there; then removes what is there and not wanted, so that a refusal leaves at
/// least what was.
template <class Item>
NetworkResult replace(std::vector<Item> const& present, std::vector<Item> const& wanted,
                      NetworkResult when_wrong, auto const& add, auto const& remove) {
  auto const has = [](std::vector<Item> const& items, Item const& item) {
    return std::ranges::any_of(items, [&](Item const& other) { return same(item, other); });
  };
  for (auto const& item : wanted) {
    if (has(present, item)) continue;
    if (auto const refused = add(item)) return result_of(refused, when_wrong);
  }
  for (auto const& item : present) {
    if (has(wanted, item)) continue;
    auto const refused = remove(item);
    // The kernel removes secondary addresses with their primary one, and routes with their addresses.
    bool const is_gone = refused == std::errc::address_not_available || refused == std::errc::no_such_process;
    if (refused && !is_gone) return result_of(refused, unknown_failure);
  }
  return done;
}

}  // namespace

cim::MethodResult set_static_addresses(Network const& network, std::uint32_t link, Texts const& addresses,
                                       Texts const& masks) {
  if (addresses.empty() || addresses.size() != masks.size()) return result(bad_input_parameter);
  std::vector<LinkAddress> wanted;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!system::is_ipv4(addresses[i])) return result(bad_ip_address);
    auto const prefix = system::prefix_of_mask(masks[i]);
    if (!prefix || *prefix == 0) return result(bad_subnet_mask);
    LinkAddress address;
    address.link = link;
    address.address = addresses[i];
    address.prefix = *prefix;
    wanted.push_back(address);
  }
  auto present = network.addresses();
  std::erase_if(present, [&](LinkAddress const& address) { return address.v6 || address.link != link; });
  auto const add = [&](LinkAddress const& address) { return network.add_address(address); };
  auto const remove = [&](LinkAddress const& address) { return network.remove_address(address); };
  auto const outcome = replace(present, wanted, bad_ip_address, add, remove);
  if (outcome != done) return result(outcome);
  // Secondary addresses that went with a primary one come back.
  auto const left = network.addresses();
  for (auto const& address : wanted) {
    bool const is_there = std::ranges::any_of(
        left, [&](LinkAddress const& other) { return other.link == link && same(address, other); });
    if (is_there) continue;
    if (auto const refused = network.add_address(address)) return result(result_of(refused, bad_ip_address));
  }
  return result(done);
}

cim::MethodResult set_default_gateways(Network const& network, std::uint32_t link, Texts const& gateways,
                                       std::vector<std::uint16_t> const& metrics) {
  if (gateways.size() > most_gateways) return result(too_many_gateways);
  if (!metrics.empty() && metrics.size() != gateways.size()) return result(bad_input_parameter);
  std::vector<Route> wanted;
  for (std::size_t i = 0; i < gateways.size(); ++i) {
    if (!system::is_ipv4(gateways[i])) return result(bad_gateway_address);
    Route route;
    route.destination = "0.0.0.0";
    route.gateway = gateways[i];
    route.link = link;
    // Two default routes of one metric exclude each other in the kernel.
    route.metric = metrics.empty() ? static_cast<std::uint32_t>(i + 1) : metrics[i];
    route.protocol = RTPROT_STATIC;
    route.type = RTN_UNICAST;
    wanted.push_back(route);
  }
  auto present = network.routes();
  std::erase_if(present, [&](Route const& route) {
    return route.v6 || route.prefix != 0 || route.link != link || route.type != RTN_UNICAST;
  });
  auto const add = [&](Route const& route) { return network.add_route(route); };
  auto const remove = [&](Route const& route) { return network.remove_route(route); };
  return result(replace(present, wanted, bad_gateway_address, add, remove));
}

}  // namespace winrm::providers
