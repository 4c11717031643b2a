#pragma once

#include "system/network.hpp"

namespace winrm::system {

/// icmp(7) over a datagram socket, which any account in ping_group_range may use; else over a raw one, which
/// takes CAP_NET_RAW. Without either the reply carries the error. Blocking; thread-safe.
[[nodiscard]] PingReply send_ping(PingRequest const& request);

}  // namespace winrm::system
