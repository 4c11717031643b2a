#include "system/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/limits.hpp"
#include "base/unique_fd.hpp"

namespace winrm::system {

namespace {

[[noreturn]] void throw_error(int number, std::string const& what) {
  throw std::system_error(number, std::generic_category(), what);
}

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_error(errno, "pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// What posix_spawn does to the child's descriptors and signals.
class SpawnPlan {
 public:
  SpawnPlan(int output, int errors) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    // A group of its own: what it starts is ended with it.
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  SpawnPlan(SpawnPlan const&) = delete;
  SpawnPlan& operator=(SpawnPlan const&) = delete;

  [[nodiscard]] pid_t start(std::vector<std::string> const& arguments) const {
    std::vector<char*> argv;
    for (auto const& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    std::array<std::string, 2> variables{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
    std::array<char*, 3> environment{variables[0].data(), variables[1].data(), nullptr};
    pid_t child = -1;
    int const error = ::posix_spawn(&child, arguments.front().c_str(), &actions_, &attributes_, argv.data(),
                                    environment.data());
    if (error != 0) throw_error(error, arguments.front());
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// A started program; killed with its whole group unless it was waited for.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    (void)wait();
  }
  Child(Child const&) = delete;
  Child& operator=(Child const&) = delete;

  /// Readable when it has ended; closed where the kernel has no such descriptors.
  [[nodiscard]] UniqueFd watch() const {
    return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  }
  [[nodiscard]] int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

/// Reads what is there; closes the pipe at its end.
void drain(UniqueFd& pipe, std::string& text) {
  std::array<char, 16384> buffer;
  auto const count = ::read(pipe.get(), buffer.data(), buffer.size());
  if (count > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    pipe.reset();
  }
}

}  // namespace

ProgramResult run_program(std::vector<std::string> const& arguments, Milliseconds patience) {
  auto output = make_pipe();
  auto errors = make_pipe();
  Child child(SpawnPlan(output.write_end.get(), errors.write_end.get()).start(arguments));
  output.write_end.reset();
  errors.write_end.reset();

  ProgramResult result;
  auto const deadline = SteadyClock::now() + patience;
  auto const ended = child.watch();
  bool has_ended = false;
  // What it started may go on and hold its pipes open (a package starts its service); and a program that
  // closed them may still run. Without a way to watch it (Linux before 5.3) the end of its output counts.
  while (ended ? !has_ended : output.read_end || errors.read_end) {
    auto const left = std::chrono::duration_cast<Milliseconds>(deadline - SteadyClock::now()).count();
    if (left <= 0) throw_error(ETIMEDOUT, arguments.front());
    std::array<pollfd, 3> watched{
        {{output.read_end.get(), POLLIN, 0}, {errors.read_end.get(), POLLIN, 0}, {ended.get(), POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), static_cast<int>(left)) < 0 && errno != EINTR)
      throw_error(errno, "poll");
    bool const has_said = watched[0].revents != 0 || watched[1].revents != 0;
    if (watched[0].revents != 0) drain(output.read_end, result.output);
    if (watched[1].revents != 0) drain(errors.read_end, result.errors);
    // Its last words are in the pipes when it has ended.
    has_ended = watched[2].revents != 0 && !has_said;
    if (std::max(result.output.size(), result.errors.size()) > limits::program_output_bytes)
      throw_error(EFBIG, arguments.front());
  }
  result.exit_status = child.wait();
  return result;
}

}  // namespace winrm::system
