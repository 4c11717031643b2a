#pragma once

#include <netinet/in.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

/// Which addresses of this machine listeners use (windows-surface 4.2 and 4.4).
namespace winrm::config {

/// An IPv4 or IPv6 address in network order; IPv4 uses the first four bytes.
struct IpAddress {
  int family = AF_INET;
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  unsigned scope = 0;  ///< of a link-local IPv6 address: the interface's index

  auto operator<=>(IpAddress const&) const = default;
};

[[nodiscard]] Result<IpAddress> parse_ip_address(std::string_view text);
/// "fe80::1%2"
[[nodiscard]] std::string to_text(IpAddress const& address);

/// IPv4Filter or IPv6Filter: "*" for all, "" for none, else ranges of addresses.
struct AddressFilter {
  struct Range {
    IpAddress first;
    IpAddress last;
  };
  bool all = false;
  std::vector<Range> ranges;

  [[nodiscard]] bool admits(IpAddress const& address) const;
};
/// `family` is AF_INET or AF_INET6. The error names the range that is wrong.
[[nodiscard]] Result<AddressFilter> parse_address_filter(int family, std::string_view text);

/// One address of an interface of this machine.
struct InterfaceAddress {
  IpAddress address;
  std::string mac;  ///< "00-11-22-33-44-55", "" for an interface without one
};
[[nodiscard]] std::vector<InterfaceAddress> interface_addresses();

/// The addresses of `machine` that a listener serves: what ListeningOn shows. Empty when it is disabled, when
/// the machine does not have its address, and when the filters leave none.
[[nodiscard]] std::vector<IpAddress> listening_on(Listener const& listener, Service const& service,
                                                  std::vector<InterfaceAddress> const& machine);

/// True when "*" means the wildcard addresses themselves: nothing is filtered out of that family.
[[nodiscard]] bool listens_on_all(Service const& service, int family);

/// True when both are what one Address and one Transport name.
[[nodiscard]] bool have_same_keys(Listener const& a, Listener const& b);

/// The listeners of the settings and those that follow from them: compatibility listeners on 80 and 443, and
/// AllowAutoConfig's. A listener of policy takes the place of the file's own with the same keys.
[[nodiscard]] std::vector<Listener> effective_listeners(Settings const& settings);

/// An error when two enabled listeners want one port of one address, which would keep the service from
/// starting. What depends on the addresses that the machine happens to have is left to the start.
[[nodiscard]] Result<void> check_clashes(Settings const& settings);

}  // namespace winrm::config
