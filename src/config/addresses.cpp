#include "config/addresses.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>

#include "base/unicode.hpp"

namespace winrm::config {
namespace {

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Result<IpAddress> parse_of_family(int family, std::string_view text) {
  IpAddress address;
  address.family = family;
  if (::inet_pton(family, std::string(text).c_str(), address.bytes.data()) != 1)
    return fail(fmt::format("\"{}\" is no {} address", text, family == AF_INET ? "IPv4" : "IPv6"));
  return address;
}

Result<AddressFilter::Range> parse_range(int family, std::string_view text) {
  auto const dash = text.find('-');
  auto first = parse_of_family(family, trimmed(text.substr(0, dash)));
  if (!first) return tl::unexpected(first.error());
  auto last =
      dash == std::string_view::npos ? first : parse_of_family(family, trimmed(text.substr(dash + 1)));
  if (!last) return tl::unexpected(last.error());
  if (last->bytes < first->bytes) return fail(fmt::format("the range {} ends before it begins", text));
  return AddressFilter::Range{*first, *last};
}

IpAddress address_of(sockaddr const* from) {
  IpAddress address;
  address.family = from->sa_family;
  if (from->sa_family == AF_INET) {
    auto const& v4 = *reinterpret_cast<sockaddr_in const*>(from);
    std::memcpy(address.bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
  } else {
    auto const& v6 = *reinterpret_cast<sockaddr_in6 const*>(from);
    std::memcpy(address.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    address.scope = v6.sin6_scope_id;
  }
  return address;
}

std::string mac_of(sockaddr const* from) {
  auto const& link = *reinterpret_cast<sockaddr_ll const*>(from);
  constexpr int ethernet_length = 6;
  if (link.sll_halen != ethernet_length) return {};
  std::string text;
  for (int i = 0; i < ethernet_length; ++i)
    text += fmt::format("{}{:02X}", i > 0 ? "-" : "", link.sll_addr[i]);
  return text;
}

bool same_mac(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           bool const separators = (x == '-' || x == ':') && (y == '-' || y == ':');
           return separators || unicode::equals_ignoring_case({&x, 1}, {&y, 1});
         });
}

AddressFilter filter_of(Service const& service, int family) {
  auto const& text = family == AF_INET ? service.ipv4_filter : service.ipv6_filter;
  return parse_address_filter(family, text).value_or(AddressFilter{});
}

bool is_addressed(Listener const& listener, InterfaceAddress const& candidate) {
  std::string_view const wanted(listener.address);
  if (wanted == "*") return true;
  if (wanted.starts_with("MAC:")) return same_mac(wanted.substr(4), candidate.mac);
  auto const address = parse_ip_address(wanted.substr(wanted.find(':') + 1));
  return address && address->family == candidate.address.family && address->bytes == candidate.address.bytes;
}

Listener compatibility_listener(Listener const& like, std::uint16_t port) {
  Listener listener = like;
  listener.address = "*";
  listener.port = port;
  listener.enabled = true;
  listener.source = ListenerSource::compatibility;
  return listener;
}

}  // namespace

Result<IpAddress> parse_ip_address(std::string_view text) {
  if (auto v4 = parse_of_family(AF_INET, text)) return v4;
  return parse_of_family(AF_INET6, text);
}

std::string to_text(IpAddress const& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(address.family, address.bytes.data(), text.data(), text.size());
  return address.scope == 0 ? std::string(text.data()) : fmt::format("{}%{}", text.data(), address.scope);
}

bool AddressFilter::admits(IpAddress const& address) const {
  return all || std::ranges::any_of(ranges, [&](Range const& range) {
           return range.first.family == address.family && range.first.bytes <= address.bytes &&
                  address.bytes <= range.last.bytes;
         });
}

Result<AddressFilter> parse_address_filter(int family, std::string_view text) {
  AddressFilter filter;
  auto rest = trimmed(text);
  while (!rest.empty()) {
    auto const comma = std::min(rest.find(','), rest.size());
    auto const part = trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (part == "*") {
      filter.all = true;
      continue;
    }
    auto range = parse_range(family, part);
    if (!range) return tl::unexpected(range.error());
    filter.ranges.push_back(*range);
  }
  return filter;
}

std::vector<InterfaceAddress> interface_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> const owner(list, ::freeifaddrs);
  std::map<std::string, std::string> macs;
  for (auto const* entry = list; entry != nullptr; entry = entry->ifa_next)
    if (entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_PACKET)
      macs[entry->ifa_name] = mac_of(entry->ifa_addr);
  std::vector<InterfaceAddress> found;
  for (auto const* entry = list; entry != nullptr; entry = entry->ifa_next) {
    bool const up = (entry->ifa_flags & IFF_UP) != 0;
    if (!up || entry->ifa_addr == nullptr) continue;
    if (entry->ifa_addr->sa_family != AF_INET && entry->ifa_addr->sa_family != AF_INET6) continue;
    found.push_back({address_of(entry->ifa_addr), macs[entry->ifa_name]});
  }
  std::ranges::sort(found, [](auto const& a, auto const& b) { return a.address < b.address; });
  return found;
}

std::vector<IpAddress> listening_on(Listener const& listener, Service const& service,
                                    std::vector<InterfaceAddress> const& machine) {
  std::vector<IpAddress> addresses;
  if (!listener.enabled) return addresses;
  for (auto const& candidate : machine)
    if (is_addressed(listener, candidate) &&
        (listener.address != "*" || filter_of(service, candidate.address.family).admits(candidate.address)))
      addresses.push_back(candidate.address);
  return addresses;
}

bool listens_on_all(Service const& service, int family) { return filter_of(service, family).all; }

bool have_same_keys(Listener const& a, Listener const& b) {
  return a.transport == b.transport && unicode::equals_ignoring_case(a.address, b.address);
}

std::vector<Listener> effective_listeners(Settings const& settings) {
  auto listeners = settings.listeners;
  if (settings.service.allow_auto_config) {
    Listener automatic;
    automatic.port = settings.service.default_port_http;
    automatic.source = ListenerSource::policy;
    listeners.push_back(automatic);
  }
  auto const all = listeners;
  std::erase_if(listeners, [&](Listener const& own) {
    return own.source == ListenerSource::local && std::ranges::any_of(all, [&](Listener const& other) {
             return other.source == ListenerSource::policy && have_same_keys(other, own);
           });
  });
  constexpr std::uint16_t http_port = 80;
  constexpr std::uint16_t https_port = 443;
  auto const first_of = [&](Transport transport) {
    return std::ranges::find_if(
        listeners, [&](Listener const& l) { return l.enabled && l.transport == transport && l.port != 0; });
  };
  if (auto const like = first_of(Transport::http);
      settings.service.enable_compatibility_http_listener && like != listeners.end())
    listeners.push_back(compatibility_listener(*like, http_port));
  if (auto const like = first_of(Transport::https);
      settings.service.enable_compatibility_https_listener && like != listeners.end())
    listeners.push_back(compatibility_listener(*like, https_port));
  return listeners;
}

Result<void> check_clashes(Settings const& settings) {
  auto const own = effective_listeners(settings);
  for (auto const& single : own) {
    if (!single.address.starts_with("IP:") || !single.enabled || single.port == 0) continue;
    auto const address = parse_ip_address(single.address.substr(3));
    if (!address) return tl::unexpected(address.error());
    for (auto const& other : own) {
      if (&other == &single || !other.enabled || other.port != single.port ||
          other.source == ListenerSource::compatibility)
        continue;
      bool const both = other.address == "*" ? filter_of(settings.service, address->family).admits(*address)
                                             : is_addressed(other, {*address, {}});
      if (both)
        return fail(fmt::format("the listeners {} and {} both use port {} of {}: change one of them",
                                single.address, other.address, single.port, to_text(*address)));
    }
  }
  return {};
}

}  // namespace winrm::config
