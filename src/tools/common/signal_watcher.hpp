#pragma once

#include <functional>
#include <thread>

#include "base/unique_fd.hpp"

namespace winrm::tools {

/// Takes SIGINT, SIGQUIT, SIGTERM and SIGHUP of this process on a thread of its own, one after the other.
/// Make it before any other thread.
class SignalWatcher {
 public:
  explicit SignalWatcher(std::function<void(int)> on_signal);
  ~SignalWatcher();
  SignalWatcher(SignalWatcher const&) = delete;
  SignalWatcher& operator=(SignalWatcher const&) = delete;

  /// For `on_signal`, after it asked the program to end: true when the watcher is being destroyed within this
  /// time.
  [[nodiscard]] bool ends_within(int milliseconds) const;

 private:
  void watch();

  std::function<void(int)> on_signal_;
  UniqueFd signals_;
  UniqueFd stop_;
  std::thread thread_;
};

/// The exit status of a program that a signal ended, as shells show it.
[[nodiscard]] constexpr int exit_status_of_signal(int signal) { return 128 + signal; }

}  // namespace winrm::tools
