#include "service/broker/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "ipc/frame.hpp"

extern char** environ;

namespace winrm::service::broker {

namespace {

constexpr std::size_t longest_line = 4096;

/// posix_spawn's two parameter objects.
struct SpawnPlan {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(SpawnPlan const&) = delete;
  SpawnPlan& operator=(SpawnPlan const&) = delete;

  void default_signals() {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
};

}  // namespace

Result<ChildProcess> spawn_self(std::string_view role) {
  auto sockets = ipc::socket_pair();
  if (!sockets) return tl::unexpected(sockets.error());
  std::array<int, 2> pipe{-1, -1};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return fail(std::string("pipe: ") + std::strerror(errno));
  UniqueFd log_read(pipe[0]);
  UniqueFd const log_write(pipe[1]);

  SpawnPlan plan;
  posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&plan.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&plan.actions, log_write.get(), STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&plan.actions, sockets->second.get(), control_descriptor);
  plan.default_signals();

  std::string program = "winrmd";
  std::string argument = std::string(role_argument).append(role);
  std::array<char*, 3> arguments{program.data(), argument.data(), nullptr};
  ChildProcess child;
  int const error =
      ::posix_spawn(&child.pid, "/proc/self/exe", &plan.actions, &plan.attributes, arguments.data(), environ);
  if (error != 0)
    return fail("cannot start winrmd's " + std::string(role) + " process: " + std::strerror(error));
  child.control = std::move(sockets->first);
  child.log = std::move(log_read);
  return child;
}

LogRelay::LogRelay(PollLoop& loop, UniqueFd pipe) : loop_(loop), pipe_(std::move(pipe)) {
  ipc::set_non_blocking(pipe_.get());
  loop_.watch(pipe_.get(), POLLIN, [this](short) {
    if (!read_some()) loop_.unwatch(pipe_.get());
  });
}

LogRelay::~LogRelay() { loop_.unwatch(pipe_.get()); }

bool LogRelay::read_some() {
  std::array<char, longest_line> buffer;
  ssize_t const got = ::read(pipe_.get(), buffer.data(), buffer.size());
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  for (char c : std::string_view(buffer.data(), static_cast<std::size_t>(got))) {
    bool const printable = c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x20;
    pending_.push_back(printable ? c : '?');
  }
  write_lines();
  return true;
}

void LogRelay::write_lines() {
  if (pending_.size() > longest_line && pending_.rfind('\n') == std::string::npos) pending_.push_back('\n');
  std::size_t const end = pending_.rfind('\n');
  if (end == std::string::npos) return;
  [[maybe_unused]] ssize_t const written = ::write(STDERR_FILENO, pending_.data(), end + 1);
  pending_.erase(0, end + 1);
}

void LogRelay::drain() {
  while (read_some()) {
    pollfd entry{pipe_.get(), POLLIN, 0};
    if (::poll(&entry, 1, 0) <= 0) break;
  }
}

void kill_orphans(std::function<bool(pid_t)> const& is_ours) {
  std::string const file = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
  std::ifstream children(file);
  for (pid_t pid = 0; children >> pid;)
    if (!is_ours(pid)) ::kill(pid, SIGKILL);
}

}  // namespace winrm::service::broker
