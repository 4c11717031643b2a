#include "tools/winrs/pump.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <system_error>

namespace winrm::tools::winrs_tool {
namespace {

constexpr int grace_with_shell_ms = 2500;
constexpr int grace_without_shell_ms = 300;
constexpr int signal_exit_base = 128;

constexpr std::chrono::milliseconds interrupt_interval{10};

/// /dev/null (Linux's device numbers are fixed: major 1, minor 3).
bool is_null_device(struct stat const& file) {
  return S_ISCHR(file.st_mode) && major(file.st_rdev) == 1 && minor(file.st_rdev) == 3;
}

UniqueFd make_event() {
  UniqueFd event(eventfd(0, EFD_CLOEXEC));
  if (!event) throw std::system_error(errno, std::generic_category(), "eventfd");
  return event;
}

void raise_event(UniqueFd const& event) {
  std::uint64_t const one = 1;
  static_cast<void>(!write(event.get(), &one, sizeof one));
}

sigset_t relayed_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int const signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

/// Waits until `fd` can be read or `stop` is raised; false for stop.
bool wait_readable(int fd, UniqueFd const& stop) {
  std::array<pollfd, 2> waiting{{{fd, POLLIN, 0}, {stop.get(), POLLIN, 0}}};
  while (poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) {
  }
  return waiting[1].revents == 0;
}

bool is_readable_now(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return poll(&waiting, 1, 0) > 0;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const written = write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {
        pollfd waiting{fd, POLLOUT, 0};
        poll(&waiting, 1, -1);
        continue;
      }
      if (errno == EPIPE) throw OutputClosed{};
      throw client::Failure(client::Failure::Kind::transport, 0,
                            "The output cannot be written: " + std::generic_category().message(errno));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Fills `buffer` with what is there now, so that a short input and its end go in one message. True at the
/// end.
bool read_available(int fd, std::string& buffer) {
  std::size_t filled = 0;
  buffer.resize(client::send_chunk_bytes);
  bool ended = false;
  do {
    auto const count = read(fd, buffer.data() + filled, buffer.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      ended = true;
      break;
    }
    filled += static_cast<std::size_t>(count);
  } while (filled < buffer.size() && is_readable_now(fd));
  buffer.resize(filled);
  return ended;
}

}  // namespace

SignalRelay::SignalRelay(client::Session& session) : session_(session), stop_(make_event()) {
  auto const set = relayed_signals();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = UniqueFd(signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals_) throw std::system_error(errno, std::generic_category(), "signalfd");
  thread_ = std::thread([this] { watch(); });
}

SignalRelay::~SignalRelay() {
  raise_event(stop_);
  thread_.join();
  if (poster_.joinable()) poster_.join();
}

void SignalRelay::set_target(client::Command* command) {
  std::unique_lock lock(mutex_);
  target_ = command;
  auto poster = std::move(poster_);
  lock.unlock();
  // A signal on its way holds the old target: it must arrive before the command goes.
  if (poster.joinable()) {
    if (command == nullptr) session_.interrupt();
    poster.join();
  }
}

void SignalRelay::watch() {
  while (wait_readable(signals_.get(), stop_)) {
    signalfd_siginfo info{};
    if (read(signals_.get(), &info, sizeof info) == sizeof info) on_signal(static_cast<int>(info.ssi_signo));
  }
}

void SignalRelay::on_signal(int signal) {
  bool relayed = false;
  if (signal == SIGINT || signal == SIGQUIT) {
    std::lock_guard const lock(mutex_);
    relayed = target_ != nullptr && !interrupted_once_;
    if (signal == SIGINT) interrupted_once_ = true;
  }
  if (relayed)
    relay(signal == SIGINT ? client::Signal::ctrl_c : client::Signal::ctrl_break);
  else
    end(signal);
}

/// On a thread of its own: a dead network must not keep the next Ctrl-C from being seen.
void SignalRelay::relay(client::Signal signal) {
  std::lock_guard const lock(mutex_);
  if (target_ == nullptr) return;
  auto previous = std::move(poster_);
  poster_ = std::thread([command = target_, signal, previous = std::move(previous)]() mutable {
    if (previous.joinable()) previous.join();
    try {
      command->signal(signal);
    } catch (client::Failure const&) {
      // The command is gone, or the connection is: the receiving thread reports that.
    }
  });
}

void SignalRelay::end(int signal) {
  ended_by_ = signal;
  session_.interrupt();
  bool has_shell = false;
  {
    std::lock_guard const lock(mutex_);
    has_shell = target_ != nullptr;
  }
  // The main thread deletes the shell and stops us; if it is stuck, the user still gets the prompt back.
  pollfd waiting{stop_.get(), POLLIN, 0};
  if (poll(&waiting, 1, has_shell ? grace_with_shell_ms : grace_without_shell_ms) == 0)
    _exit(signal_exit_base + signal);
}

InputPump::InputPump(client::Session& session, client::Command& command)
    : session_(session), command_(command), stop_(make_event()) {
  thread_ = std::async(std::launch::async, [this] { run(); });
}

InputPump::~InputPump() {
  raise_event(stop_);
  // Again and again: an interruption ends only what waits at that moment.
  while (thread_.wait_for(interrupt_interval) != std::future_status::ready) session_.interrupt();
}

void InputPump::run() {
  std::string buffer;
  try {
    while (wait_readable(STDIN_FILENO, stop_)) {
      bool const ended = read_available(STDIN_FILENO, buffer);
      command_.send(buffer, ended);
      if (ended) break;
    }
  } catch (client::Failure const&) {
    // A command that ended or closed its input takes no more; a lost connection shows on the output's side.
  }
}

bool send_empty_input(client::Command& command) {
  if (!is_readable_now(STDIN_FILENO)) return false;
  int available = 0;
  struct stat input {};
  if (fstat(STDIN_FILENO, &input) != 0) return false;
  bool const at_end =
      S_ISREG(input.st_mode)
          ? lseek(STDIN_FILENO, 0, SEEK_CUR) >= input.st_size
          : S_ISFIFO(input.st_mode) && ioctl(STDIN_FILENO, FIONREAD, &available) == 0 && available == 0;
  if (!at_end && !is_null_device(input)) return false;
  command.send({}, true);
  return true;
}

std::uint32_t copy_output(client::Command& command) {
  while (true) {
    auto const received = command.receive();
    for (auto const& [stream, bytes] : received.chunks)
      write_all(stream == "stderr" ? STDERR_FILENO : STDOUT_FILENO, bytes);
    if (received.exit_code) return *received.exit_code;
  }
}

}  // namespace winrm::tools::winrs_tool
