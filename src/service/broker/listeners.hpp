#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "config/settings.hpp"

namespace winrm::service::broker {

/// One bound, listening socket and the setting it comes from.
struct BoundListener {
  UniqueFd socket;
  config::Listener const* setting = nullptr;
};

/// Binds and listens on every enabled listener; "*" becomes one IPv4 and, where the machine has IPv6, one
/// IPv6 socket. `listeners` must outlive the result.
[[nodiscard]] Result<std::vector<BoundListener>> bind_listeners(
    std::vector<config::Listener> const& listeners);

/// The Unix socket of local clients, replacing one that a dead service left.
[[nodiscard]] Result<UniqueFd> bind_local_socket(std::filesystem::path const& path, bool for_everyone);

}  // namespace winrm::service::broker
