#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/unique_fd.hpp"

namespace winrm::plugins::shell {

/// One thread that waits for all file descriptors of all shells (epoll(7), level triggered). Thread-safe.
class Poller {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    /// On the poller's thread. `tag` is what add() was given.
    virtual void ready(int tag) = 0;
  };
  using Registration = std::uint64_t;

  Poller();
  ~Poller();
  Poller(Poller const&) = delete;
  Poller& operator=(Poller const&) = delete;

  /// Calls handler->ready(tag) while `fd` is readable (or writable) or closed by the other side, until
  /// remove(). The poller keeps the handler alive. Throws std::system_error.
  enum class For { reading, writing };
  [[nodiscard]] Registration add(int fd, For what, std::shared_ptr<Handler> handler, int tag);
  /// The handler may be running a last time when this returns.
  void remove(Registration registration, int fd) noexcept;

 private:
  struct Entry {
    std::shared_ptr<Handler> handler;
    int tag;
  };
  void run();

  UniqueFd epoll_;
  UniqueFd stop_;
  std::mutex mutex_;
  std::unordered_map<Registration, Entry> entries_;
  Registration next_ = 1;
  std::thread thread_;
};

}  // namespace winrm::plugins::shell
