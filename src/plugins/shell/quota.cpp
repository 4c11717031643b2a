#include "plugins/shell/quota.hpp"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include "base/log.hpp"
#include "base/time.hpp"

namespace winrm::plugins::shell {
namespace {

constexpr Milliseconds shortest_interval{50};
constexpr Milliseconds longest_interval{250};
/// So many times its quota of processes makes a shell one whose processes start others faster than they can
/// be ended one by one.
constexpr std::size_t bomb_factor = 2;
constexpr int stop_rounds = 100;

bool is_bomb(std::size_t processes, ShellQuota const& quota) {
  return quota.max_processes != 0 && processes > bomb_factor * quota.max_processes;
}

bool is_high(std::uint64_t used, std::uint64_t most) { return most != 0 && used > most / 2; }

}  // namespace

std::vector<pid_t> over_quota(std::vector<TreeProcess> tree, ShellQuota const& quota) {
  std::vector<pid_t> surplus;
  if (quota.max_processes != 0 && tree.size() > quota.max_processes) {
    std::ranges::stable_sort(tree, {}, &TreeProcess::start_ticks);
    for (std::size_t i = quota.max_processes; i < tree.size(); ++i) surplus.push_back(tree[i].pid);
    tree.resize(quota.max_processes);
  }
  if (quota.max_memory_bytes == 0) return surplus;
  std::ranges::sort(tree, {}, &TreeProcess::memory_bytes);
  for (std::uint64_t used = memory_of(tree); used > quota.max_memory_bytes && !tree.empty();) {
    used -= tree.back().memory_bytes;
    surplus.push_back(tree.back().pid);
    tree.pop_back();
  }
  return surplus;
}

QuotaKeeper::QuotaKeeper(system::Host const& host, Changeable<ShellQuota> const& quota)
    : host_(host), quota_(quota), thread_([this] { run(); }) {}

QuotaKeeper::~QuotaKeeper() {
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void QuotaKeeper::started(std::shared_ptr<GuardSource const> const& shell) {
  {
    std::lock_guard const lock(mutex_);
    bool const known = std::ranges::any_of(shells_, [&](auto const& entry) { return entry.lock() == shell; });
    if (!known) shells_.push_back(shell);
    news_ = true;
  }
  changed_.notify_all();
}

std::vector<std::shared_ptr<GuardSource const>> QuotaKeeper::watched() {
  std::vector<std::shared_ptr<GuardSource const>> shells;
  std::lock_guard const lock(mutex_);
  for (auto const& entry : shells_) {
    if (auto shell = entry.lock()) shells.push_back(std::move(shell));
  }
  std::erase_if(shells_, [](auto const& entry) { return entry.expired(); });
  return shells;
}

void QuotaKeeper::run() {
  Milliseconds interval = shortest_interval;
  Load load = Load::idle;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      auto const woken = [&] { return news_ || stopping_; };
      if (load == Load::idle) {
        changed_.wait(lock, woken);
      } else {
        changed_.wait_for(lock, interval, [&] { return stopping_; });
      }
      if (stopping_) return;
      if (std::exchange(news_, false)) interval = shortest_interval;
    }
    load = Load::idle;
    auto const quota = quota_.get();
    for (auto const& shell : watched()) load = std::max(load, keep(*shell, quota));
    interval = load == Load::high ? shortest_interval : std::min(2 * interval, longest_interval);
  }
}

QuotaKeeper::Load QuotaKeeper::keep(GuardSource const& shell, ShellQuota const& quota) const {
  auto const guards = shell.guards();
  if (guards.empty()) return Load::idle;
  // A quota may come while commands run: without one there is nothing to look at but the quota itself.
  if (quota.max_processes == 0 && quota.max_memory_bytes == 0) return Load::low;
  auto const tree = descendants_of(host_, guards);
  auto const memory = memory_of(tree);
  if (is_bomb(tree.size(), quota)) {
    log::warning("a shell with {} processes is over its quota of {}: all of them are ended", tree.size(),
                 quota.max_processes);
    end_all(guards);
    return Load::high;
  }
  auto const surplus = over_quota(tree, quota);
  if (!surplus.empty()) {
    log::warning("a shell with {} processes and {} bytes of memory is over its quota: {} processes are ended",
                 tree.size(), memory, surplus.size());
  }
  for (pid_t const pid : surplus) kill(pid, SIGKILL);
  bool const high = is_high(tree.size(), quota.max_processes) || is_high(memory, quota.max_memory_bytes);
  return high ? Load::high : Load::low;
}

/// What is stopped starts nothing more; so first all are stopped, until no new one is found, then ended.
void QuotaKeeper::end_all(std::vector<pid_t> const& guards) const {
  std::unordered_set<pid_t> stopped;
  std::size_t before = 0;
  for (int round = 0; round < stop_rounds; ++round) {
    before = stopped.size();
    for (auto const& process : descendants_of(host_, guards)) {
      if (stopped.insert(process.pid).second) kill(process.pid, SIGSTOP);
    }
    if (stopped.size() == before && round > 0) break;
  }
  for (auto const& process : descendants_of(host_, guards)) kill(process.pid, SIGKILL);
}

}  // namespace winrm::plugins::shell
