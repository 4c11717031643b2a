#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"

namespace winrm::service::broker {

/// A bounded number of threads for what blocks: yescrypt, PAM, Kerberos, name services. What a piece of work
/// returns runs afterwards on the loop's thread.
class WorkPool {
 public:
  using Completion = std::function<void()>;
  using Work = std::function<Completion()>;

  WorkPool(std::size_t threads, std::size_t max_waiting);
  ~WorkPool();
  WorkPool(WorkPool const&) = delete;
  WorkPool& operator=(WorkPool const&) = delete;

  /// False when too much work is waiting already.
  [[nodiscard]] bool submit(Work work);
  /// Readable when completions are there.
  [[nodiscard]] int wake_fd() const noexcept { return wake_.get(); }
  void run_completions();

 private:
  void work();

  std::size_t max_waiting_;
  UniqueFd wake_;
  std::mutex mutex_;
  std::condition_variable available_;
  std::deque<Work> waiting_;
  std::vector<Completion> completions_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace winrm::service::broker
