#include "system/network.hpp"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>

#include "system/netlink.hpp"
#include "system/ping.hpp"

namespace winrm::system {

namespace {

using netlink::Bytes;
using netlink::Request;
using netlink::structure;

constexpr std::uint16_t dump_flags = NLM_F_DUMP;
constexpr std::uint16_t change_flags = NLM_F_ACK;

std::string hardware_address(Bytes bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (auto const byte : bytes) {
    if (!text.empty()) text += ':';
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

std::string address_text(int family, Bytes bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bytes.size() != (family == AF_INET6 ? sizeof(in6_addr) : sizeof(in_addr))) return {};
  if (::inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr) return {};
  return text.data();
}

/// The bytes of an address in text; empty when it is none.
std::vector<std::byte> address_bytes(bool v6, std::string const& text) {
  std::vector<std::byte> bytes(v6 ? sizeof(in6_addr) : sizeof(in_addr));
  if (::inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1) bytes.clear();
  return bytes;
}

std::string link_kind(Bytes link_info) {
  std::string kind;
  netlink::for_each_attribute(link_info, 0, [&](std::uint16_t type, Bytes value) {
    if (type == IFLA_INFO_KIND) kind = netlink::text(value);
  });
  return kind;
}

std::optional<Link> read_link(Bytes message) {
  auto const info = structure<ifinfomsg>(message);
  if (!info) return std::nullopt;
  Link link;
  link.index = static_cast<std::uint32_t>(info->ifi_index);
  link.hardware_type = info->ifi_type;
  link.up = (info->ifi_flags & IFF_UP) != 0;
  link.running = (info->ifi_flags & IFF_RUNNING) != 0;
  netlink::for_each_attribute(message, sizeof(ifinfomsg), [&](std::uint16_t type, Bytes value) {
    if (type == IFLA_IFNAME) link.name = netlink::text(value);
    if (type == IFLA_ADDRESS) link.address = hardware_address(value);
    if (type == IFLA_PERM_ADDRESS) link.permanent_address = hardware_address(value);
    if (type == IFLA_MTU) link.mtu = structure<std::uint32_t>(value).value_or(0);
    if (type == IFLA_CARRIER) link.carrier = structure<std::uint8_t>(value).value_or(0) != 0;
    if (type == IFLA_LINKINFO) link.kind = link_kind(value);
  });
  return link;
}

std::optional<LinkAddress> read_address(Bytes message) {
  auto const info = structure<ifaddrmsg>(message);
  if (!info || (info->ifa_family != AF_INET && info->ifa_family != AF_INET6)) return std::nullopt;
  LinkAddress address;
  address.link = info->ifa_index;
  address.v6 = info->ifa_family == AF_INET6;
  address.prefix = info->ifa_prefixlen;
  netlink::for_each_attribute(message, sizeof(ifaddrmsg), [&](std::uint16_t type, Bytes value) {
    // The other end of a point-to-point link is IFA_ADDRESS; IFA_LOCAL is this one, where both are there.
    if (type == IFA_LOCAL || (type == IFA_ADDRESS && address.address.empty())) {
      address.address = address_text(info->ifa_family, value);
    }
    if (type == IFA_CACHEINFO) {
      auto const cache = structure<ifa_cacheinfo>(value);
      if (cache && cache->ifa_valid != UINT32_MAX) address.lives = std::chrono::seconds(cache->ifa_valid);
    }
  });
  return address;
}

/// The ways of a route that has several (struct rtnexthop): each as a route of its own.
std::vector<Route> ways_of(Route const& route, int family, Bytes rest) {
  std::vector<Route> ways;
  while (auto const way = structure<rtnexthop>(rest)) {
    if (way->rtnh_len < sizeof(rtnexthop) || way->rtnh_len > rest.size()) break;
    auto& found = ways.emplace_back(route);
    found.link = static_cast<std::uint32_t>(way->rtnh_ifindex);
    netlink::for_each_attribute(rest.first(way->rtnh_len), sizeof(rtnexthop),
                                [&](std::uint16_t type, Bytes value) {
                                  if (type == RTA_GATEWAY) found.gateway = address_text(family, value);
                                });
    rest = rest.subspan(std::min<std::size_t>(rest.size(), RTNH_ALIGN(way->rtnh_len)));
  }
  return ways;
}

std::vector<Route> read_routes(Bytes message) {
  auto const info = structure<rtmsg>(message);
  // A dump of all families has those of MPLS and of multicast too.
  if (!info || (info->rtm_family != AF_INET && info->rtm_family != AF_INET6) ||
      (info->rtm_flags & RTM_F_CLONED) != 0) {
    return {};
  }
  Bytes ways;
  std::uint32_t table = info->rtm_table;
  Route route;
  route.v6 = info->rtm_family == AF_INET6;
  route.destination = route.v6 ? "::" : "0.0.0.0";
  route.prefix = info->rtm_dst_len;
  route.protocol = info->rtm_protocol;
  route.type = info->rtm_type;
  netlink::for_each_attribute(message, sizeof(rtmsg), [&](std::uint16_t type, Bytes value) {
    if (type == RTA_DST) route.destination = address_text(info->rtm_family, value);
    if (type == RTA_GATEWAY) route.gateway = address_text(info->rtm_family, value);
    if (type == RTA_OIF) route.link = structure<std::uint32_t>(value).value_or(0);
    if (type == RTA_PRIORITY) route.metric = structure<std::uint32_t>(value).value_or(0);
    if (type == RTA_TABLE) table = structure<std::uint32_t>(value).value_or(table);
    if (type == RTA_MULTIPATH) ways = value;
  });
  if (table != RT_TABLE_MAIN) return {};
  if (!ways.empty()) return ways_of(route, info->rtm_family, ways);
  return {route};
}

/// Everything of one kind that the kernel knows.
template <class Item, class Body>
std::vector<Item> dump(std::uint16_t question, std::uint16_t answer, Body const& body,
                       std::optional<Item> (*read)(Bytes)) {
  std::vector<Item> items;
  netlink::Socket socket;
  socket.dump(Request(question, dump_flags, body), [&](std::uint16_t type, Bytes message) {
    if (type != answer) return;
    if (auto item = read(message)) items.push_back(*std::move(item));
  });
  return items;
}

std::error_code change(Request request) { return netlink::Socket().change(std::move(request)); }

std::error_code invalid() { return std::make_error_code(std::errc::invalid_argument); }

ifinfomsg link_message(std::uint32_t link) {
  ifinfomsg message{};
  message.ifi_family = AF_UNSPEC;
  message.ifi_index = static_cast<int>(link);
  return message;
}

class RealNetwork final : public Network {
 public:
  std::vector<Link> links() const override {
    return dump<Link>(RTM_GETLINK, RTM_NEWLINK, link_message(0), read_link);
  }
  std::vector<LinkAddress> addresses() const override {
    return dump<LinkAddress>(RTM_GETADDR, RTM_NEWADDR, ifaddrmsg{}, read_address);
  }
  std::vector<Route> routes() const override {
    rtmsg body{};
    body.rtm_table = RT_TABLE_MAIN;
    std::vector<Route> all;
    netlink::Socket socket;
    socket.dump(Request(RTM_GETROUTE, dump_flags, body), [&](std::uint16_t type, Bytes message) {
      if (type != RTM_NEWROUTE) return;
      auto routes = read_routes(message);
      std::ranges::move(routes, std::back_inserter(all));
    });
    return all;
  }

  std::error_code switch_link(std::uint32_t link, bool on) const override {
    auto message = link_message(link);
    message.ifi_change = IFF_UP;
    message.ifi_flags = on ? IFF_UP : 0;
    return change(Request(RTM_NEWLINK, change_flags, message));
  }
  std::error_code rename_link(std::uint32_t link, std::string const& name) const override {
    // The kernel would read the end of a name of 64 KiB as attributes of their own.
    if (name.size() >= IFNAMSIZ) return invalid();
    Request request(RTM_NEWLINK, change_flags, link_message(link));
    request.add_text(IFLA_IFNAME, name);
    return change(std::move(request));
  }
  std::error_code set_mtu(std::uint32_t link, std::uint32_t mtu) const override {
    Request request(RTM_NEWLINK, change_flags, link_message(link));
    request.add_number(IFLA_MTU, mtu);
    return change(std::move(request));
  }
  std::error_code add_address(LinkAddress const& address) const override {
    return change_address(RTM_NEWADDR, change_flags | NLM_F_CREATE | NLM_F_EXCL, address);
  }
  std::error_code remove_address(LinkAddress const& address) const override {
    return change_address(RTM_DELADDR, change_flags, address);
  }
  std::error_code add_route(Route const& route) const override {
    return change_route(RTM_NEWROUTE, change_flags | NLM_F_CREATE | NLM_F_EXCL, route);
  }
  std::error_code remove_route(Route const& route) const override {
    return change_route(RTM_DELROUTE, change_flags, route);
  }

  PingReply ping(PingRequest const& request) const override { return send_ping(request); }

  std::optional<std::string> resolve(std::string const& name) const override {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
    auto text = numeric(*found->ai_addr, found->ai_addrlen, NI_NUMERICHOST);
    ::freeaddrinfo(found);
    return text;
  }
  std::optional<std::string> name_of(std::string const& address) const override {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
    auto text = numeric(*found->ai_addr, found->ai_addrlen, NI_NAMEREQD);
    ::freeaddrinfo(found);
    return text;
  }

 private:
  static std::optional<std::string> numeric(sockaddr const& address, socklen_t size, int flags) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(&address, size, text.data(), text.size(), nullptr, 0, flags) != 0) return std::nullopt;
    return text.data();
  }

  static std::error_code change_address(std::uint16_t type, std::uint16_t flags, LinkAddress const& address) {
    auto const bytes = address_bytes(address.v6, address.address);
    if (bytes.empty()) return invalid();
    ifaddrmsg body{};
    body.ifa_family = address.v6 ? AF_INET6 : AF_INET;
    body.ifa_prefixlen = address.prefix;
    body.ifa_index = address.link;
    Request request(type, flags, body);
    request.add(IFA_LOCAL, bytes);
    request.add(IFA_ADDRESS, bytes);
    return change(std::move(request));
  }

  static std::error_code change_route(std::uint16_t type, std::uint16_t flags, Route const& route) {
    auto const destination = address_bytes(route.v6, route.destination);
    auto const gateway = address_bytes(route.v6, route.gateway);
    if (destination.empty() || (gateway.empty() && !route.gateway.empty())) return invalid();
    rtmsg body{};
    body.rtm_family = route.v6 ? AF_INET6 : AF_INET;
    body.rtm_dst_len = route.prefix;
    body.rtm_table = RT_TABLE_MAIN;
    body.rtm_protocol = route.protocol;
    body.rtm_type = route.type;
    body.rtm_scope = gateway.empty() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    if (type == RTM_DELROUTE) body.rtm_scope = RT_SCOPE_NOWHERE;  // whatever its scope
    Request request(type, flags, body);
    if (route.prefix != 0) request.add(RTA_DST, destination);
    if (!gateway.empty()) request.add(RTA_GATEWAY, gateway);
    if (route.link != 0) request.add_number(RTA_OIF, route.link);
    if (route.metric != 0) request.add_number(RTA_PRIORITY, route.metric);
    return change(std::move(request));
  }
};

}  // namespace

std::unique_ptr<Network> make_network() { return std::make_unique<RealNetwork>(); }

std::string subnet_mask(std::uint8_t prefix) {
  auto const bits = std::min<unsigned>(prefix, 32);
  in_addr const mask{htonl(bits == 0 ? 0U : ~0U << (32 - bits))};
  return address_text(AF_INET, std::as_bytes(std::span(&mask, 1)));
}

std::optional<std::uint8_t> prefix_of_mask(std::string const& mask) {
  in_addr bits{};
  if (::inet_pton(AF_INET, mask.c_str(), &bits) != 1) return std::nullopt;
  auto const value = ntohl(bits.s_addr);
  auto const ones = std::countl_one(value);
  if (std::popcount(value) != ones) return std::nullopt;
  return static_cast<std::uint8_t>(ones);
}

bool is_ipv4(std::string const& text) { return !address_bytes(false, text).empty(); }
bool is_ipv6(std::string const& text) { return !address_bytes(true, text).empty(); }

}  // namespace winrm::system
