#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "system/host.hpp"
#include "system/proc.hpp"

namespace winrm::system {

/// A socket of TCP or UDP, as /proc/net tells it (proc(5)).
struct Socket {
  std::string local_address;
  std::uint16_t local_port = 0;
  std::string remote_address;  ///< "0.0.0.0" or "::" for none
  std::uint16_t remote_port = 0;
  std::uint8_t state = 0;   ///< TCP_…: 1 established, 10 listening, …
  std::uint64_t inode = 0;  ///< 0: no process holds it any more
};

/// Of IPv4 and of IPv6.
[[nodiscard]] std::vector<Socket> tcp_sockets(Host const& host);
[[nodiscard]] std::vector<Socket> udp_sockets(Host const& host);

/// Which process holds which socket, by inode: of the processes whose descriptors this account may see. Looks
/// at every descriptor of every process.
[[nodiscard]] std::map<std::uint64_t, proc::Pid> socket_owners(Host const& host);

}  // namespace winrm::system
