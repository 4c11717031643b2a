#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "system/host.hpp"

namespace winrm::system {

/// A folder or printer that other machines may use.
struct Share {
  enum class Kind { samba, user_share, nfs };
  Kind kind = Kind::samba;
  std::string name;  ///< of NFS, which has no names: the path
  std::string path;
  std::string comment;  ///< of NFS: the clients and their options, as /etc/exports has them
  bool printer = false;
  std::optional<std::uint32_t> most_connections;  ///< nothing: any number
  // Of user shares.
  std::string access;  ///< "Everyone:R,alice:F" in SIDs, as `net usershare` takes and keeps it
  bool guests = false;
};

/// Shares of /etc/samba/smb.conf, user shares, and exports of /etc/exports, as far as the account may read
/// them.
[[nodiscard]] std::vector<Share> shares(Host const& host);

}  // namespace winrm::system
