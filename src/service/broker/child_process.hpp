#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "service/broker/poll_loop.hpp"

namespace winrm::service::broker {

/// The descriptor on which a process of ours finds its control socket.
inline constexpr int control_descriptor = 3;
/// First argument of a process of ours: "--role=front", "--role=host".
inline constexpr std::string_view role_argument = "--role=";

/// A running front or host. What it writes to stderr comes through `log`.
struct ChildProcess {
  pid_t pid = -1;
  UniqueFd control;
  UniqueFd log;
};

/// Starts this same program in another role, with nothing inherited but its control socket and log.
[[nodiscard]] Result<ChildProcess> spawn_self(std::string_view role);

/// Passes a child's log lines on to our stderr, so that the child needs no file of its own.
class LogRelay {
 public:
  LogRelay(PollLoop& loop, UniqueFd pipe);
  ~LogRelay();
  LogRelay(LogRelay const&) = delete;
  LogRelay& operator=(LogRelay const&) = delete;

  /// Writes what is still in the pipe.
  void drain();

 private:
  bool read_some();
  void write_lines();

  PollLoop& loop_;
  UniqueFd pipe_;
  std::string pending_;
};

/// Kills the processes that outlived the host that started them: they were given to us as their reaper.
void kill_orphans(std::function<bool(pid_t)> const& is_ours);

}  // namespace winrm::service::broker
