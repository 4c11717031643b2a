#include "system/process_control.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "base/unique_fd.hpp"

namespace winrm::system {

namespace {

constexpr int first_signal_after_last = 65;
constexpr int no_priority = 1000;  // no nice value is so large

/// Everything the child needs, made before the fork: after it nothing may be allocated.
struct Plan {
  char const* program;
  char* const* arguments;
  char* const* environment;
  char const* directory;
  int nice;
};

struct Report {
  pid_t pid = 0;
  int error = 0;
  StartFailure::Step step = StartFailure::Step::program;
};

// ---- In the child. Only system calls: the fork of a process with threads may do nothing else. ----

[[noreturn]] void fail(Report volatile* report, StartFailure::Step step) {
  report->error = errno;
  report->step = step;
  _exit(127);
}

[[noreturn]] void execute(Plan const& plan, Report volatile* report) {
  setsid();
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < first_signal_after_last; ++number) sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir(plan.directory) != 0) fail(report, StartFailure::Step::directory);
  if (plan.nice != no_priority && setpriority(PRIO_PROCESS, 0, plan.nice) != 0) {
    fail(report, StartFailure::Step::priority);
  }
  int const nothing = open("/dev/null", O_RDWR);
  for (int target = 0; target < 3; ++target) dup2(nothing, target);
  close_range(3, ~0U, 0);
  execve(plan.program, plan.arguments, plan.environment);
  fail(report, StartFailure::Step::program);
}

/// Between this process and the new one stands another that ends at once, so that the new one is nobody's
/// child here.
[[noreturn]] void middle(Plan const& plan, int pipe) {
  Report report;
  // The child borrows this memory until it executes the program: its errno arrives without a pipe.
  pid_t const pid = vfork();
  if (pid == 0) execute(plan, &report);
  report.pid = pid;
  if (pid < 0) report.error = errno;
  if (write(pipe, &report, sizeof report) < 0) _exit(1);
  _exit(0);
}

// ---- In the process that starts it. ----

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (auto& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void throw_errno(char const* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

Report fork_and_wait(Plan const& plan) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("pipe2");
  UniqueFd const ours(ends[0]);
  UniqueFd theirs(ends[1]);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  // No handler of this process may run in the child.
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t const child = ::_Fork();
  if (child == 0) middle(plan, theirs.get());
  int const error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  theirs.reset();
  if (child < 0) throw std::system_error(error, std::generic_category(), "fork");
  Report report;
  auto const size = ::read(ours.get(), &report, sizeof report);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (size != sizeof report) throw std::system_error(ECHILD, std::generic_category(), "starting a process");
  return report;
}

class RealProcessControl final : public ProcessControl {
 public:
  Result<proc::Pid, StartFailure> start(NewProcess const& process) const override {
    auto const account = current_account();
    std::string const shell = account.shell.native();
    std::vector<std::string> arguments{shell.substr(shell.rfind('/') + 1), "-c", process.command_line};
    std::vector<std::string> environment;
    for (auto const& [name, value] : make_environment(account, process.variables)) {
      environment.push_back(name + "=" + value);
    }
    environment.emplace_back(detached_mark);
    std::string directory = process.directory;
    if (directory.empty())
      directory = ::access(account.home.c_str(), X_OK) == 0 ? account.home.native() : "/";
    auto const argument_pointers = pointers_to(arguments);
    auto const environment_pointers = pointers_to(environment);
    Plan const plan{.program = shell.c_str(),
                    .arguments = argument_pointers.data(),
                    .environment = environment_pointers.data(),
                    .directory = directory.c_str(),
                    .nice = process.nice.value_or(no_priority)};
    auto const report = fork_and_wait(plan);
    if (report.pid < 0) throw std::system_error(report.error, std::generic_category(), "fork");
    if (report.error != 0) return tl::unexpected<StartFailure>({report.step, report.error});
    return static_cast<proc::Pid>(report.pid);
  }

  void signal(proc::Pid pid, int number) const override {
    // kill(2) reads 0 and negative numbers as groups.
    auto const process = static_cast<pid_t>(pid);
    if (process <= 0) throw std::system_error(ESRCH, std::generic_category());
    if (::kill(process, number) != 0) throw_errno("kill");
  }

  void set_nice(proc::Pid pid, int nice) const override {
    if (pid == 0) throw std::system_error(ESRCH, std::generic_category());
    if (::setpriority(PRIO_PROCESS, pid, nice) != 0) throw_errno("setpriority");
  }
};

}  // namespace

bool is_detached(proc::Pid pid) {
  std::ifstream variables("/proc/" + std::to_string(pid) + "/environ");
  for (std::string variable; std::getline(variables, variable, '\0');) {
    if (variable == detached_mark) return true;
  }
  return false;
}

std::unique_ptr<ProcessControl> make_process_control() { return std::make_unique<RealProcessControl>(); }

}  // namespace winrm::system
