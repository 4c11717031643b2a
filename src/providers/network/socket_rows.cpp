#include "providers/network/socket_rows.hpp"

#include <fmt/format.h>

namespace winrm::providers {

std::string SocketRows::instance_id(system::Socket const& socket) {
  auto id = fmt::format("{}++{}++{}++{}", socket.local_address, socket.local_port, socket.remote_address,
                        socket.remote_port);
  if (!ids_.insert(id).second) id += fmt::format("++{}", socket.inode);
  return id;
}

std::optional<std::uint32_t> SocketRows::owner(system::Socket const& socket) {
  if (socket.inode == 0) return 0;
  if (!owners_) owners_ = system::socket_owners(host_);
  auto const found = owners_->find(socket.inode);
  return found == owners_->end() ? std::nullopt : std::optional<std::uint32_t>(found->second);
}

}  // namespace winrm::providers
