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
  SocketRows(system::Host const& host, bool with_owners);

  /// "127.0.0.1++5986++0.0.0.0++0", as Windows names them. Of sockets that share an address and a port
  /// (SO_REUSEPORT) the second and later ones end in their inode.
  [[nodiscard]] std::string instance_id(system::Socket const& socket);
  /// 0 for a connection that no process holds any more; nothing when the process is not to be seen.
  [[nodiscard]] std::optional<std::uint32_t> owner(system::Socket const& socket) const;

 private:
  std::set<std::string> ids_;
  std::map<std::uint64_t, system::proc::Pid> owners_;
};

}  // namespace winrm::providers
