#include "providers/network/links.hpp"

#include <algorithm>
#include <cctype>

namespace winrm::providers {

std::optional<std::string> mac_address(std::string const& address) {
  if (address.find_first_not_of("0:") == std::string::npos) return std::nullopt;  // the loopback has zeros
  std::string upper = address;
  std::ranges::transform(upper, upper.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return upper;
}

std::optional<std::string> driver_of(system::Host const& host, system::Link const& link) {
  auto const driver = host.link_target("/sys/class/net/" + link.name + "/device/driver");
  if (driver) return driver->substr(driver->rfind('/') + 1);
  if (link.kind.empty()) return std::nullopt;
  return link.kind;
}

}  // namespace winrm::providers
