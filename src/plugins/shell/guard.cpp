#include "plugins/shell/guard.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <system_error>
#include <utility>

namespace winrm::plugins::shell {
namespace {

constexpr int first_signal_after_last = 65;
constexpr int kill_milliseconds = 2000;
constexpr int kill_round_milliseconds = 10;
/// Of one sweep; what is beyond it is found by the next one.
constexpr std::size_t swept_processes = 4096;
constexpr int guard_end_milliseconds = 3000;
constexpr int guard_silence_milliseconds = 100;

/// Pointers into a ProgramSpec, ready for execve(2).
struct Plan {
  char const* program;
  char* const* arguments;
  char* const* environment;
  int directory;
  std::array<int, 3> standard;
  int control;
};

// ---- In the guard. Only system calls from here on: the fork of a process with threads may do nothing else.
// ----

void close_all_but(std::array<int, 5> keep) {
  std::ranges::sort(keep);
  unsigned next = 0;
  for (int const fd : keep) {
    auto const number = static_cast<unsigned>(fd);
    if (number > next) close_range(next, number - 1, 0);
    next = number + 1;
  }
  close_range(next, ~0U, 0);
}

void report(int control, GuardReport::Kind kind, int value) {
  GuardReport const message{kind, value};
  send(control, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

[[noreturn]] void execute(Plan const& plan, int volatile* error) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setsid();
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < first_signal_after_last; ++number) sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  bool ready = fchdir(plan.directory) == 0;
  for (int target = 0; target < 3 && ready; ++target) {
    ready = dup2(plan.standard[static_cast<std::size_t>(target)], target) >= 0;
  }
  if (ready) execve(plan.program, plan.arguments, plan.environment);
  *error = errno;
  _exit(127);
}

/// Process ids, without memory that would have to be allocated.
struct Pids {
  std::array<pid_t, swept_processes> pids;
  std::size_t count = 0;
};

/// Adds what a file of /proc lists.
void append_pids(char const* file, Pids& found) {
  int const list = open(file, O_RDONLY | O_CLOEXEC);
  if (list < 0) return;
  char text[4096];
  pid_t pid = 0;
  for (ssize_t size = 0; (size = read(list, text, sizeof text)) > 0;) {
    for (char const* c = text; c < text + size; ++c) {
      if (*c >= '0' && *c <= '9') {
        pid = pid * 10 + (*c - '0');
      } else {
        if (pid > 1 && found.count < found.pids.size()) found.pids[found.count++] = pid;
        pid = 0;
      }
    }
  }
  close(list);
}

/// Those that the first thread of a process started. Children of other threads are found when their parent is
/// gone.
void append_children(pid_t parent, Pids& found) {
  std::array<char, 64> path{};
  char* end = path.data();
  auto const append = [&](std::string_view text) { end = std::ranges::copy(text, end).out; };
  append("/proc/");
  end = std::to_chars(end, path.data() + path.size(), parent).ptr;
  append("/task/");
  end = std::to_chars(end, path.data() + path.size(), parent).ptr;
  append("/children");
  append_pids(path.data(), found);
}

/// All children of this process, whoever was their first parent, and what lives below them: a chain of
/// sessions would otherwise end one by one, each when its parent has gone.
void kill_descendants() {
  Pids found;
  append_pids("/proc/thread-self/children", found);
  for (std::size_t i = 0; i < found.count; ++i) {
    append_children(found.pids[i], found);
    kill(found.pids[i], SIGKILL);
  }
}

std::int64_t milliseconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

/// False when no child is left.
bool reap(pid_t& command, int control) {
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
    if (ended != command) continue;
    command = -1;
    report(control, GuardReport::Kind::exited, status);
  }
  return ended == 0;
}

void kill_all(pid_t& command, int control, int child_signals) {
  // Each round ends the children; theirs become children of this process, for the next round.
  std::int64_t const end = milliseconds_now() + kill_milliseconds;
  while (milliseconds_now() < end) {
    if (command > 0) kill(-command, SIGKILL);  // the whole group at once: nothing in it can fork meanwhile
    kill_descendants();
    if (!reap(command, control)) return;
    pollfd wait{child_signals, POLLIN, 0};
    poll(&wait, 1, kill_round_milliseconds);
    signalfd_siginfo seen;
    while (read(child_signals, &seen, sizeof seen) > 0) {
    }
  }
}

[[noreturn]] void watch(pid_t command, int control, int child_signals) {
  while (true) {
    std::array<pollfd, 2> wait{pollfd{child_signals, POLLIN, 0}, pollfd{control, POLLIN, 0}};
    poll(wait.data(), wait.size(), -1);
    if (wait[0].revents != 0) {
      signalfd_siginfo seen;
      while (read(child_signals, &seen, sizeof seen) > 0) {
      }
      if (!reap(command, control)) _exit(0);
    }
    if (wait[1].revents != 0) {
      unsigned char number = 0;
      if (recv(control, &number, 1, MSG_DONTWAIT) <= 0) {
        kill_all(command, control, child_signals);
        _exit(0);
      }
      if (command > 0) kill(-command, number);
    }
  }
}

[[noreturn]] void guard_main(Plan const& plan) {
  setsid();
  prctl(PR_SET_NAME, "winrm-guard");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  close_all_but({plan.control, plan.directory, plan.standard[0], plan.standard[1], plan.standard[2]});
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  int const child_signals = signalfd(-1, &child_ended, SFD_NONBLOCK | SFD_CLOEXEC);
  int volatile error = 0;
  // The child borrows this memory until it executes the program: no copy, and its errno arrives without a
  // pipe.
  pid_t const command = vfork();
  if (command == 0) execute(plan, &error);
  if (command < 0 || error != 0) {
    report(plan.control, GuardReport::Kind::exec_failed, command < 0 ? errno : error);
    _exit(0);
  }
  report(plan.control, GuardReport::Kind::started, command);
  close(plan.directory);
  for (int const fd : plan.standard) close(fd);
  watch(command, plan.control, child_signals);
}

// ---- In the process that starts the guard. ----

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (auto& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// So that dup2() to 0, 1 and 2 in the child overwrites none of them.
void move_above_standard(UniqueFd& fd) {
  if (fd.get() > STDERR_FILENO) return;
  UniqueFd moved(fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved) throw std::system_error(errno, std::generic_category(), "fcntl");
  fd = std::move(moved);
}

pid_t fork_guard(Plan const& plan) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  // No handler of this process may run in the guard.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t const guard = _Fork();
  if (guard == 0) guard_main(plan);
  int const error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (guard < 0) throw std::system_error(error, std::generic_category(), "fork");
  return guard;
}

/// The command has the guard's account and may stop it before it has said that the program runs.
void wait_for_report(GuardedProcess const& process) {
  pollfd wait{process.control(), POLLIN, 0};
  for (int ready = 0; ready <= 0;) {
    ready = poll(&wait, 1, guard_silence_milliseconds);
    if (ready == 0) kill(process.guard(), SIGCONT);
  }
}

}  // namespace

Result<GuardedProcess, ExecError> GuardedProcess::start(ProgramSpec program) {
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  move_above_standard(theirs);
  move_above_standard(program.directory);
  move_above_standard(program.standard_input);
  move_above_standard(program.standard_output);
  move_above_standard(program.standard_error);
  std::vector<char*> const arguments = pointers_to(program.arguments);
  std::vector<char*> const environment = pointers_to(program.environment);
  Plan const plan{
      .program = program.program.c_str(),
      .arguments = arguments.data(),
      .environment = environment.data(),
      .directory = program.directory.get(),
      .standard = {program.standard_input.get(), program.standard_output.get(), program.standard_error.get()},
      .control = theirs.get()};
  GuardedProcess process(fork_guard(plan), std::move(ours));
  theirs.reset();
  wait_for_report(process);
  GuardReport first{};
  ssize_t const size = recv(process.control(), &first, sizeof first, 0);
  if (size == sizeof first && first.kind == GuardReport::Kind::started) return process;
  return tl::unexpected<ExecError>({size == sizeof first ? first.value : ECHILD});
}

GuardedProcess::GuardedProcess(GuardedProcess&& other) noexcept
    : guard_(std::exchange(other.guard_, -1)), control_(std::move(other.control_)) {}

std::optional<GuardReport> GuardedProcess::next_report(bool& gone) {
  GuardReport message{};
  ssize_t const size = recv(control_.get(), &message, sizeof message, MSG_DONTWAIT);
  gone = size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
  if (size != sizeof message) return std::nullopt;
  return message;
}

void GuardedProcess::signal(int number) noexcept {
  auto const byte = static_cast<unsigned char>(number);
  send(control_.get(), &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void GuardedProcess::end() noexcept {
  if (guard_ < 0) return;
  shutdown(control_.get(), SHUT_WR);
  kill(guard_, SIGCONT);  // it has its command's account, which may have stopped it
  UniqueFd const watched(static_cast<int>(syscall(SYS_pidfd_open, guard_, 0)));
  pollfd wait{watched.get(), POLLIN, 0};
  if (watched && poll(&wait, 1, guard_end_milliseconds) == 0) kill(guard_, SIGKILL);
  waitpid(guard_, nullptr, 0);
  guard_ = -1;
  control_.reset();
}

unsigned exit_code_of(int wait_status) noexcept {
  if (WIFSIGNALED(wait_status)) return 128U + static_cast<unsigned>(WTERMSIG(wait_status));
  return static_cast<unsigned>(WEXITSTATUS(wait_status));
}

}  // namespace winrm::plugins::shell
