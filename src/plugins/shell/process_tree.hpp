#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "system/host.hpp"

namespace winrm::plugins::shell {

/// One process below some others.
struct TreeProcess {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;   ///< since boot
  std::uint64_t memory_bytes = 0;  ///< its own (RssAnon), what was swapped out included
};

/// What lives below `roots`, the roots not counted, parents before their children. What ends meanwhile is
/// absent. Costs as much as the tree is large, however many other processes there are.
[[nodiscard]] std::vector<TreeProcess> descendants_of(system::Host const& host,
                                                      std::vector<pid_t> const& roots);

[[nodiscard]] std::uint64_t memory_of(std::vector<TreeProcess> const& tree);

}  // namespace winrm::plugins::shell
