#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <mutex>
#include <thread>

#include "base/unique_fd.hpp"
#include "client/shell.hpp"

namespace winrm::tools::winrs_tool {

/// Signals of this process, taken by a thread of their own from construction on: the first Ctrl-C goes to the
/// remote command, once there is one; a second one, or SIGTERM or SIGHUP, ends winrs. Make it before any
/// other thread.
class SignalRelay {
 public:
  explicit SignalRelay(client::Session& session);
  ~SignalRelay();
  SignalRelay(SignalRelay const&) = delete;
  SignalRelay& operator=(SignalRelay const&) = delete;

  /// Where Ctrl-C goes from now on; null: nowhere, it ends winrs.
  void set_target(client::Command* command);
  /// The number of the signal that ended winrs, or 0.
  [[nodiscard]] int ended_by() const noexcept { return ended_by_; }

 private:
  void watch();
  void on_signal(int signal);
  void relay(client::Signal signal);
  void end(int signal);

  client::Session& session_;
  UniqueFd signals_;
  UniqueFd stop_;
  std::mutex mutex_;
  client::Command* target_ = nullptr;
  bool interrupted_once_ = false;
  std::atomic<int> ended_by_{0};
  std::thread poster_;
  std::thread thread_;
};

/// Sends our standard input to a command, as it comes and to its end, on a thread of its own.
class InputPump {
 public:
  InputPump(client::Session& session, client::Command& command);
  /// Stops, even in the middle of a Send.
  ~InputPump();
  InputPump(InputPump const&) = delete;
  InputPump& operator=(InputPump const&) = delete;

 private:
  void run();

  client::Session& session_;
  client::Command& command_;
  UniqueFd stop_;
  std::future<void> thread_;
};

/// Closes the command's input at once when ours is at its end already (winrs … </dev/null); true then. Saves
/// the second connection that an InputPump needs.
[[nodiscard]] bool send_empty_input(client::Command& command);

/// Our standard output or error was closed by whoever read it.
struct OutputClosed {};

/// Writes what a command produced to our standard output and error, until it ends; its exit code. Throws
/// client::Failure and OutputClosed.
[[nodiscard]] std::uint32_t copy_output(client::Command& command);

}  // namespace winrm::tools::winrs_tool
