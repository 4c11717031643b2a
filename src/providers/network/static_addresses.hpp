#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cim/method.hpp"
#include "system/network.hpp"

/// The methods of Win32_NetworkAdapterConfiguration that change something here.
namespace winrm::providers {

using Texts = std::vector<std::string>;

/// What its methods return (windows reference, annex A.1, R4), as far as this service does.
enum class NetworkResult : std::uint32_t {
  done = 0,
  method_unsupported = 64,
  unknown_failure = 65,
  bad_subnet_mask = 66,
  bad_input_parameter = 68,
  too_many_gateways = 69,
  bad_ip_address = 70,
  bad_gateway_address = 71,
  access_denied = 91
};
inline constexpr cim::ValueName network_results[] = {{0, "Successful completion, no reboot required"},
                                                     {1, "Successful completion, reboot required"},
                                                     {64, "Method not supported on this platform"},
                                                     {65, "Unknown failure"},
                                                     {66, "Invalid subnet mask"},
                                                     {68, "Invalid input parameter"},
                                                     {69, "More than five gateways specified"},
                                                     {70, "Invalid IP address"},
                                                     {71, "Invalid gateway IP address"},
                                                     {84, "IP not enabled on adapter"},
                                                     {91, "Access denied"}};

/// Gives the link these addresses of IPv4 and takes all its others of IPv4 away.
[[nodiscard]] cim::MethodResult set_static_addresses(system::Network const& network, std::uint32_t link,
                                                     Texts const& addresses, Texts const& masks);

/// Gives the link these default routes of IPv4 and takes all its others of IPv4 away. Without metrics they
/// have 1, 2, … in their order.
[[nodiscard]] cim::MethodResult set_default_gateways(system::Network const& network, std::uint32_t link,
                                                     Texts const& gateways,
                                                     std::vector<std::uint16_t> const& metrics);

}  // namespace winrm::providers
