#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/changeable.hpp"
#include "plugins/shell/process_tree.hpp"
#include "system/host.hpp"

namespace winrm::plugins::shell {

/// What one shell may use, with all that its commands start (winrs/MaxProcessesPerShell,
/// MaxMemoryPerShellMB).
struct ShellQuota {
  std::uint32_t max_processes = 0;     ///< 0 is no limit
  std::uint64_t max_memory_bytes = 0;  ///< 0 is no limit
};

/// Those of `tree` that have to go: the newest of too many; of what is left the largest of those that have
/// too much memory together.
[[nodiscard]] std::vector<pid_t> over_quota(std::vector<TreeProcess> tree, ShellQuota const& quota);

/// The processes that hold a shell's commands (plugins/shell/guard.hpp). Thread-safe.
class GuardSource {
 public:
  virtual ~GuardSource() = default;
  [[nodiscard]] virtual std::vector<pid_t> guards() const = 0;
};

/// Keeps shells within their quota: looks at their processes several times a second and kills what is over
/// it, as the kernel's out-of-memory killer does. Sleeps while no command runs. Thread-safe.
class QuotaKeeper {
 public:
  /// `quota` may change at any time. Both must live longer.
  QuotaKeeper(system::Host const& host, Changeable<ShellQuota> const& quota);
  ~QuotaKeeper();
  QuotaKeeper(QuotaKeeper const&) = delete;
  QuotaKeeper& operator=(QuotaKeeper const&) = delete;

  [[nodiscard]] ShellQuota quota() const { return quota_.get(); }
  /// A command was started in `shell`, which is watched from now on.
  void started(std::shared_ptr<GuardSource const> const& shell);

 private:
  enum class Load { idle, low, high };
  void run();
  [[nodiscard]] std::vector<std::shared_ptr<GuardSource const>> watched();
  [[nodiscard]] Load keep(GuardSource const& shell, ShellQuota const& quota) const;
  void end_all(std::vector<pid_t> const& guards) const;

  system::Host const& host_;
  Changeable<ShellQuota> const& quota_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::weak_ptr<GuardSource const>> shells_;
  bool news_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace winrm::plugins::shell
