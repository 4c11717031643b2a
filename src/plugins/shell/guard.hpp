#pragma once

#include <sys/types.h>

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

/// A command and everything it starts, held together so that all of it can be ended.
///
/// Between this process and the command stands a guard: a fork of this process that does nothing but wait. It
/// is the child subreaper (prctl(2)) of all that the command starts, so a process that leaves the command's
/// session, clears its environment and loses its parent is still the guard's child. The guard ends them all
/// when told to, and also when this process dies, because then its control socket closes.
namespace winrm::plugins::shell {

/// What to execute. Made before the fork: after it nothing may be allocated.
struct ProgramSpec {
  std::string program;                   ///< path
  std::vector<std::string> arguments;    ///< with the name of the program as the first
  std::vector<std::string> environment;  ///< "NAME=value"
  UniqueFd directory;                    ///< the working directory, opened
  UniqueFd standard_input;               ///< the command's ends of its pipes
  UniqueFd standard_output;
  UniqueFd standard_error;
};

/// Why execve(2) failed.
struct ExecError {
  int number;
};

/// What the guard reports.
struct GuardReport {
  enum class Kind : int { started, exec_failed, exited };
  Kind kind;
  int value;  ///< process id, errno, wait status
};

class GuardedProcess {
 public:
  /// Returns when the program runs, or could not be executed. Throws std::system_error when the system has no
  /// more processes or file descriptors.
  [[nodiscard]] static Result<GuardedProcess, ExecError> start(ProgramSpec program);

  GuardedProcess(GuardedProcess&&) noexcept;
  GuardedProcess(GuardedProcess const&) = delete;
  GuardedProcess& operator=(GuardedProcess const&) = delete;
  ~GuardedProcess() { end(); }

  /// Negative when it has ended.
  [[nodiscard]] pid_t guard() const noexcept { return guard_; }
  /// Readable when there is a report, or when the guard is gone. For a poller.
  [[nodiscard]] int control() const noexcept { return control_.get(); }
  /// The next report; none now, or `gone` when there will be no other.
  [[nodiscard]] std::optional<GuardReport> next_report(bool& gone);

  /// To the command's process group, if the command still runs.
  void signal(int number) noexcept;
  /// Kills the command and all its descendants and waits until they are gone (at most a few seconds: a
  /// process that changed its user cannot be killed by this one). May be called again.
  void end() noexcept;

 private:
  GuardedProcess(pid_t guard, UniqueFd control) : guard_(guard), control_(std::move(control)) {}
  pid_t guard_;
  UniqueFd control_;
};

/// As a shell reports it: the exit status, or 128 and the number of the signal.
[[nodiscard]] unsigned exit_code_of(int wait_status) noexcept;

}  // namespace winrm::plugins::shell
