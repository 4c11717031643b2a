#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "system/host.hpp"

namespace winrm::plugins::shell {

/// All processes below some others.
struct ProcessTree {
  std::uint32_t processes = 0;
  std::uint64_t resident_bytes = 0;
};

/// What lives below `roots`, the roots not counted.
[[nodiscard]] ProcessTree descendants_of(system::Host const& host, std::vector<pid_t> const& roots);

}  // namespace winrm::plugins::shell
