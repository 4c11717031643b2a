#include "plugins/shell/command_process.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <utility>
#include <vector>

namespace winrm::plugins::shell {
namespace {

constexpr std::array<std::string_view, 2> stream_names{"stdout", "stderr"};

/// What poller events are about; the output streams are 0 and 1.
enum Tag : int { tag_stdout, tag_stderr, tag_input, tag_control, tag_grace };

/// One read; small enough to stay in the cache until it is encoded.
constexpr std::size_t read_bytes = std::size_t{256} * 1024;
/// Reads of one stream before another gets its turn.
constexpr int reads_in_a_row = 4;

/// A process that the command left behind may hold the pipes open: how long its output is waited for after
/// the command's own end.
constexpr long grace_nanoseconds = 250'000'000;

/// So much more than a pipe holds was not written by the command itself. Processes left behind that never
/// stop writing must not keep its end from being told.
constexpr std::size_t most_after_end = std::size_t{16} * 1024 * 1024;

/// write(2) to a pipe that nobody reads raises SIGPIPE; this is a library and must not change the
/// disposition.
class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigpipeBlocked() {
    timespec const at_once{};
    if (raised && !sigismember(&before_, SIGPIPE)) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeBlocked(SigpipeBlocked const&) = delete;
  SigpipeBlocked& operator=(SigpipeBlocked const&) = delete;
  bool raised = false;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

/// The poller's thread reads into this; one buffer serves all commands.
std::vector<char>& read_buffer() {
  thread_local std::vector<char> buffer(read_bytes);
  return buffer;
}

}  // namespace

CommandProcess::CommandProcess(Poller& poller, GuardedProcess process, Pipes pipes,
                               std::shared_ptr<engine::CommandSink> sink)
    : poller_(poller), sink_(std::move(sink)), process_(std::move(process)), input_(std::move(pipes.input)) {
  for (std::size_t i = 0; i < output_.size(); ++i) {
    output_[i].fd = std::move(pipes.output[i]);
    output_[i].ended = !output_[i].fd;
  }
}

std::optional<pid_t> CommandProcess::guard() const {
  std::lock_guard const lock(mutex_);
  if (process_.guard() < 0) return std::nullopt;
  return process_.guard();
}

void CommandProcess::watch() {
  std::lock_guard const lock(mutex_);
  for (std::size_t i = 0; i < output_.size(); ++i) watch_output(i);
  control_ = poller_.add(process_.control(), Poller::For::reading, shared_from_this(), tag_control);
}

void CommandProcess::watch_output(std::size_t index) {
  Stream& stream = output_[index];
  if (stream.ended || stream.registration != 0) return;
  stream.registration =
      poller_.add(stream.fd.get(), Poller::For::reading, shared_from_this(), static_cast<int>(index));
}

void CommandProcess::unwatch(Poller::Registration& registration, int fd) {
  if (registration != 0) poller_.remove(std::exchange(registration, 0), fd);
}

void CommandProcess::ready(int tag) {
  switch (tag) {
    case tag_stdout:
    case tag_stderr:
      read_output(static_cast<std::size_t>(tag));
      break;
    case tag_input: {
      {
        std::lock_guard const lock(mutex_);
        unwatch(input_wait_, input_.get());
        if (ended_) return;
      }
      sink_->input_room();
      break;
    }
    case tag_control:
      read_reports();
      break;
    default: {
      std::lock_guard const lock(mutex_);
      unwatch(grace_, grace_timer_.get());
      grace_timer_.reset();
      grace_over_ = true;
    }
      for (std::size_t i = 0; i < output_.size(); ++i) read_output(i);
  }
  finish_if_drained();
}

void CommandProcess::read_output(std::size_t index) {
  Stream& stream = output_[index];
  auto& buffer = read_buffer();
  for (int turn = 0; turn < reads_in_a_row; ++turn) {
    {
      std::lock_guard const lock(mutex_);
      if (ended_ || stream.ended || paused_) return;
      room_came_ = false;
      stream.drained = false;
    }
    // Only this thread reads and closes: no lock is held while the sink works.
    ssize_t const size = read(stream.fd.get(), buffer.data(), buffer.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
      std::lock_guard const lock(mutex_);
      stream.drained = true;
      return;
    }
    if (size <= 0) {
      {
        std::lock_guard const lock(mutex_);
        unwatch(stream.registration, stream.fd.get());
        stream.ended = true;
        stream.fd.reset();
      }
      sink_->end_of_stream(stream_names[index]);
      return;
    }
    {
      std::lock_guard const lock(mutex_);
      if (exit_code_) stream.after_end += static_cast<std::size_t>(size);
    }
    bool const room = sink_->output(stream_names[index], {buffer.data(), static_cast<std::size_t>(size)});
    if (room) continue;
    std::lock_guard const lock(mutex_);
    if (room_came_) continue;  // room was made while the sink still said that there was none
    paused_ = true;
    paused_by_ = index;
    for (Stream& output : output_) unwatch(output.registration, output.fd.get());
    return;
  }
}

void CommandProcess::read_reports() {
  bool gone = false;
  std::lock_guard const lock(mutex_);
  if (ended_) return;
  while (auto const report = process_.next_report(gone)) {
    if (report->kind == GuardReport::Kind::exited) exit_code_ = exit_code_of(report->value);
  }
  if (gone) {
    unwatch(control_, process_.control());
    if (!exit_code_) exit_code_ = exit_code_of(SIGKILL);  // the guard itself was killed
    process_.end();
  }
  if (exit_code_ && grace_ == 0 && !grace_over_) start_grace();
}

void CommandProcess::start_grace() {
  grace_timer_.reset(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  itimerspec when{};
  when.it_value.tv_nsec = grace_nanoseconds;
  if (grace_timer_ && timerfd_settime(grace_timer_.get(), 0, &when, nullptr) == 0) {
    grace_ = poller_.add(grace_timer_.get(), Poller::For::reading, shared_from_this(), tag_grace);
  } else {
    grace_over_ = true;
  }
}

void CommandProcess::finish_if_drained() {
  unsigned exit_code = 0;
  {
    std::lock_guard const lock(mutex_);
    bool const flooded = is_flooded();
    if (!exit_code_ || ended_ || done_ || (paused_ && !flooded)) return;
    bool const all_ended = std::ranges::all_of(output_, &Stream::ended);
    bool const drained =
        std::ranges::all_of(output_, [](Stream const& stream) { return stream.ended || stream.drained; });
    if (!all_ended && !(grace_over_ && (drained || flooded))) return;
    done_ = true;
    exit_code = *exit_code_;
    // The engine keeps commands that ended for clients that ask again: they hold no descriptors.
    unwatch(grace_, grace_timer_.get());
    grace_timer_.reset();
    if (input_wait_ == 0) input_.reset();
  }
  // What comes after this from processes left behind is read, so that they do not block, and dropped by the
  // sink.
  sink_->done(exit_code);
}

bool CommandProcess::is_flooded() const {
  auto const flows_over = [](Stream const& stream) { return stream.after_end > most_after_end; };
  auto const holds_nothing = [](Stream const& stream) {
    int waiting = 0;
    return stream.ended || (ioctl(stream.fd.get(), FIONREAD, &waiting) == 0 && waiting == 0);
  };
  return std::ranges::any_of(output_, flows_over) && std::ranges::all_of(output_, [&](Stream const& stream) {
           return flows_over(stream) || holds_nothing(stream);
         });
}

std::size_t CommandProcess::send(std::string_view bytes) {
  std::lock_guard const lock(mutex_);
  if (ended_ || !input_) return bytes.size();
  SigpipeBlocked sigpipe;
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    ssize_t const size = write(input_.get(), bytes.data() + taken, bytes.size() - taken);
    if (size > 0) {
      taken += static_cast<std::size_t>(size);
    } else if (errno == EAGAIN) {
      wait_for_room();
      return taken;
    } else if (errno != EINTR) {
      sigpipe.raised = errno == EPIPE;
      input_.reset();  // nobody reads any more
      return bytes.size();
    }
  }
  return taken;
}

void CommandProcess::wait_for_room() {
  if (input_wait_ != 0) return;
  input_wait_ = poller_.add(input_.get(), Poller::For::writing, shared_from_this(), tag_input);
}

void CommandProcess::end_input() {
  std::lock_guard const lock(mutex_);
  unwatch(input_wait_, input_.get());
  input_.reset();
}

void CommandProcess::signal(engine::Signal signal) {
  std::lock_guard const lock(mutex_);
  if (ended_) return;
  process_.signal(signal == engine::Signal::ctrl_break ? SIGQUIT : SIGINT);
}

void CommandProcess::on_room() {
  std::lock_guard const lock(mutex_);
  room_came_ = true;
  if (ended_ || !paused_) return;
  paused_ = false;
  // The other stream first: one that fills the sink each time would not let it have its turn.
  for (std::size_t i = 1; i <= output_.size(); ++i) watch_output((paused_by_ + i) % output_.size());
  // Nothing more may come from pipes that a process left behind holds open: look again when the time is over.
  if (exit_code_ && !done_ && grace_ == 0) start_grace();
}

void CommandProcess::end() {
  std::lock_guard const lock(mutex_);
  if (std::exchange(ended_, true)) return;
  for (Stream& stream : output_) unwatch(stream.registration, stream.fd.get());
  unwatch(control_, process_.control());
  unwatch(grace_, grace_timer_.get());
  unwatch(input_wait_, input_.get());
  process_.end();
}

}  // namespace winrm::plugins::shell
