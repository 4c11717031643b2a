#include "plugins/shell/process_tree.hpp"

#include <fmt/format.h>

#include <charconv>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/limits.hpp"
#include "system/proc.hpp"

namespace winrm::plugins::shell {
namespace {

void append_numbers(std::string_view text, std::vector<pid_t>& numbers) {
  char const* at = text.data();
  char const* const end = text.data() + text.size();
  while (at < end) {
    pid_t number = 0;
    auto const [next, error] = std::from_chars(at, end, number);
    if (error == std::errc{}) numbers.push_back(number);
    at = next + 1;
  }
}

/// Each thread of a process has children of its own.
std::vector<pid_t> children_of(system::Host const& host, pid_t pid) {
  std::vector<pid_t> children;
  auto const threads = host.list(fmt::format("/proc/{}/task", pid));
  if (!threads) return children;
  std::string text;
  for (auto const& thread : *threads) {
    auto const path = fmt::format("{}/task/{}/children", pid, thread);
    if (host.read_proc(path.c_str(), text)) append_numbers(text, children);
  }
  return children;
}

std::uint64_t own_memory(system::Host const& host, system::proc::Stat const& stat) {
  auto const memory = system::proc::memory(host, stat.pid);
  if (!memory || !memory->resident_anonymous) return stat.resident_pages * host.page_bytes();
  return (*memory->resident_anonymous + memory->swapped.value_or(0)) * limits::kilobyte;
}

}  // namespace

std::vector<TreeProcess> descendants_of(system::Host const& host, std::vector<pid_t> const& roots) {
  std::vector<TreeProcess> tree;
  std::deque<pid_t> open(roots.begin(), roots.end());
  std::unordered_set<pid_t> seen(roots.begin(), roots.end());
  while (!open.empty()) {
    pid_t const parent = open.front();
    open.pop_front();
    for (pid_t const child : children_of(host, parent)) {
      if (!seen.insert(child).second) continue;
      open.push_back(child);
      auto const stat = system::proc::stat(host, static_cast<system::proc::Pid>(child));
      if (!stat || stat->state == 'Z') continue;
      tree.push_back(
          {.pid = child, .start_ticks = stat->start_ticks, .memory_bytes = own_memory(host, *stat)});
    }
  }
  return tree;
}

std::uint64_t memory_of(std::vector<TreeProcess> const& tree) {
  std::uint64_t bytes = 0;
  for (auto const& process : tree) bytes += process.memory_bytes;
  return bytes;
}

}  // namespace winrm::plugins::shell
