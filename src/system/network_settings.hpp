#pragma once

#include <optional>
#include <string>
#include <vector>

#include "system/host.hpp"
#include "system/network.hpp"

/// What the machine was told about its network by others: name servers and leases. Read from the files of
/// systemd-networkd, systemd-resolved, NetworkManager and dhclient, whichever is there.
namespace winrm::system {

struct Resolver {
  std::vector<std::string> servers;
  std::vector<std::string> search;
};
/// Those of a link where systemd-networkd keeps some for it, else the machine's (resolv.conf(5)).
[[nodiscard]] Resolver resolver_of(Host const& host, Link const& link);

struct DhcpLease {
  std::optional<std::string> server;
  std::optional<std::chrono::seconds> lifetime;
  std::optional<SystemTime> expires;
};
/// The lease of IPv4 that a client keeps for a link.
[[nodiscard]] std::optional<DhcpLease> dhcp_lease(Host const& host, Link const& link);

}  // namespace winrm::system
