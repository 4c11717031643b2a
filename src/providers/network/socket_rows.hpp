#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "system/host.hpp"
#include "system/sockets.hpp"

namespace winrm::providers {

/// What the rows of one enumeration of sockets share.
class SocketRows {
 public:
  explicit SocketRows(system::Host const& host) : host_(host) {}

  /// "127.0.0.1++5986++0.0.0.0++0", as Windows names them. Of sockets that share an address and a port
  /// (SO_REUSEPORT) the second and later ones end in their inode.
  [[nodiscard]] std::string instance_id(system::Socket const& socket);
  /// 0 for a connection that no process holds any more; nothing when the process is not to be seen. The first
  /// question looks at every descriptor of every process.
  [[nodiscard]] std::optional<std::uint32_t> owner(system::Socket const& socket);

 private:
  system::Host const& host_;
  std::set<std::string> ids_;
  std::optional<std::map<std::uint64_t, system::proc::Pid>> owners_;
};

}  // namespace winrm::providers
