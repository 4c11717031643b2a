#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "system/login_environment.hpp"
#include "system/proc.hpp"

namespace winrm::system {

/// In the environment of what start() starts, and of what that starts in turn: the mark by which the service
/// tells it from the remains of a shell, which it ends.
inline constexpr std::string_view detached_mark = "WINRM_DETACHED=1";
[[nodiscard]] bool is_detached(proc::Pid pid);

/// What is to be started: a command line for the account's login shell, as a remote shell gets it.
struct NewProcess {
  std::string command_line;
  std::string directory;  ///< absolute; empty for the account's home
  Environment variables;  ///< beside those of a login
  std::optional<int> nice;
};

/// Which step of a start failed, and its errno.
struct StartFailure {
  enum class Step { directory, priority, program };
  Step step;
  int error;
};

/// Starts and changes processes as the calling account. Blocking; thread-safe.
class ProcessControl {
 public:
  virtual ~ProcessControl() = default;
  /// In a session of its own, on /dev/null, with no other descriptor of this process, and nobody's child: it
  /// outlives this process, and its end is reaped elsewhere. Throws std::system_error when the system has no
  /// more processes or descriptors.
  [[nodiscard]] virtual Result<proc::Pid, StartFailure> start(NewProcess const& process) const = 0;
  /// Throws std::system_error: ESRCH when there is no such process, EPERM when the account may not.
  virtual void signal(proc::Pid pid, int number) const = 0;
  /// The same; EACCES when the account may not give so much.
  virtual void set_nice(proc::Pid pid, int nice) const = 0;
};

[[nodiscard]] std::unique_ptr<ProcessControl> make_process_control();

}  // namespace winrm::system
