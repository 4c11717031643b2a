#include "plugins/shell/process_tree.hpp"

#include <unordered_map>
#include <unordered_set>

#include "system/proc.hpp"

namespace winrm::plugins::shell {

ProcessTree descendants_of(system::Host const& host, std::vector<pid_t> const& roots) {
  using system::proc::Pid;
  std::unordered_map<Pid, std::vector<system::proc::Stat>> children;
  for (Pid const pid : system::proc::pids(host)) {
    if (auto stat = system::proc::stat(host, pid)) children[stat->parent].push_back(*std::move(stat));
  }
  ProcessTree tree;
  std::vector<Pid> open(roots.begin(), roots.end());
  std::unordered_set<Pid> seen(roots.begin(), roots.end());
  while (!open.empty()) {
    Pid const parent = open.back();
    open.pop_back();
    for (auto const& child : children[parent]) {
      if (!seen.insert(child.pid).second) continue;
      ++tree.processes;
      tree.resident_bytes += child.resident_pages * host.page_bytes();
      open.push_back(child.pid);
    }
  }
  return tree;
}

}  // namespace winrm::plugins::shell
