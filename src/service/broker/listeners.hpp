#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "config/addresses.hpp"
#include "config/settings.hpp"

namespace winrm::service::broker {

/// One bound, listening socket and the setting it comes from.
struct BoundListener {
  UniqueFd socket;
  config::Listener setting;
  config::IpAddress ip;
  std::string address;  ///< "192.0.2.1 5985": what it is bound to, as configured
};

/// Binds and listens on every enabled listener of the settings, on the loopback port for this machine, and on
/// the compatibility ports. "*" becomes one IPv4 and, where the machine has IPv6, one IPv6 socket, or a
/// socket for each address that the filters leave. A socket of `open` with the same address is used again, so
/// that no client notices, and one that overlaps keeps nothing from being bound, for it will be closed. Ports
/// that other settings imply and that are taken are left out with a warning.
[[nodiscard]] Result<std::vector<BoundListener>> bind_listeners(config::Settings const& settings,
                                                                std::vector<BoundListener> const& open);

/// The Unix socket of local clients, replacing one that a dead service left.
[[nodiscard]] Result<UniqueFd> bind_local_socket(std::filesystem::path const& path, bool for_everyone);

}  // namespace winrm::service::broker
