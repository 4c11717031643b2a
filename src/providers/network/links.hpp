#pragma once

#include <optional>
#include <string>

#include "system/host.hpp"
#include "system/network.hpp"

/// What the classes of adapters tell alike about a link.
namespace winrm::providers {

/// "52:54:00:AB:CD:EF", as Windows writes it; nothing for a link without a hardware address.
[[nodiscard]] std::optional<std::string> mac_address(std::string const& address);

/// The kernel driver; of a virtual link its kind.
[[nodiscard]] std::optional<std::string> driver_of(system::Host const& host, system::Link const& link);

}  // namespace winrm::providers
