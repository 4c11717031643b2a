#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <optional>

#include "client/shell.hpp"
#include "tools/common/signal_watcher.hpp"

namespace winrm::tools::winrs_tool {

/// The first Ctrl-C goes to the remote command, once there is one; a second one, or SIGTERM or SIGHUP, ends
/// winrs. Make it before any other thread.
class SignalRelay {
 public:
  explicit SignalRelay(client::Session& session);
  ~SignalRelay();
  SignalRelay(SignalRelay const&) = delete;
  SignalRelay& operator=(SignalRelay const&) = delete;

  /// While it lives a shell is being made: what ends winrs waits a little for its name, without which nobody
  /// could delete it.
  class Opening {
   public:
    explicit Opening(SignalRelay& relay) : relay_(relay) { relay_.set_opening(true); }
    Opening(Opening const&) = delete;
    Opening& operator=(Opening const&) = delete;
    ~Opening() { relay_.set_opening(false); }

   private:
    SignalRelay& relay_;
  };

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
  void set_opening(bool opening);
  [[nodiscard]] bool is_opening();
  void take(int signal);
  void relay(client::Signal signal);
  void end(int signal);
  void finish_posting();

  client::Session& session_;
  std::function<void()> told_;
  std::mutex mutex_;
  client::Command* target_ = nullptr;
  bool interrupted_once_ = false;
  bool is_opening_ = false;
  bool is_closing_ = false;
  std::future<void> posting_;  ///< a signal on its way
  std::atomic<int> ended_by_{0};
  std::optional<SignalWatcher> watcher_;
};

}  // namespace winrm::tools::winrs_tool
