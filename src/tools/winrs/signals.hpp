#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "base/unique_fd.hpp"
#include "client/shell.hpp"

namespace winrm::tools::winrs_tool {

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

/// The first Ctrl-C goes to the remote command, once there is one; a second one, or SIGTERM or SIGHUP, ends
/// winrs. Make it before any other thread.
class SignalRelay {
 public:
  explicit SignalRelay(client::Session& session);
  ~SignalRelay();
  SignalRelay(SignalRelay const&) = delete;
  SignalRelay& operator=(SignalRelay const&) = delete;

  /// Where Ctrl-C goes from now on; null: nowhere, as the shell is going to be deleted.
  void set_target(client::Command* command);
  /// The next Ctrl-C counts as a first one again: what the user typed since is another command.
  void forget_interrupt();
  /// Called, on the watcher's thread, with each Ctrl-C that is passed on; empty: nobody is. When this returns
  /// the one told before is not called any more.
  void on_interrupt(std::function<void()> told);
  /// The number of the signal that ended winrs, or 0.
  [[nodiscard]] int ended_by() const noexcept { return ended_by_; }

 private:
  void take(int signal);
  void relay(client::Signal signal);
  void end(int signal);
  void finish_posting();

  client::Session& session_;
  std::function<void()> told_;
  std::mutex mutex_;
  client::Command* target_ = nullptr;
  bool interrupted_once_ = false;
  bool is_closing_ = false;
  std::future<void> posting_;  ///< a signal on its way
  std::atomic<int> ended_by_{0};
  std::optional<SignalWatcher> watcher_;
};

/// The exit status of a program that a signal ended, as shells show it.
[[nodiscard]] constexpr int exit_status_of_signal(int signal) { return 128 + signal; }

}  // namespace winrm::tools::winrs_tool
