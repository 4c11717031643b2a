#include "client/fleet.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

namespace winrm::client {
namespace {

constexpr Milliseconds tick{100};
constexpr Milliseconds interrupt_interval{10};
constexpr Milliseconds close_timeout_when_ending{2000};
/// Fits into a pipe: a service takes it whole, before the command has read any of it.
constexpr std::size_t input_sent_before_output = 32 * 1024;
/// A host that wrote more than this gives way to the others where processor time is short.
constexpr std::size_t output_at_full_priority = 256 << 10;
constexpr int giving_way = 15;

struct Flooded {};

/// Linux keeps a niceness for each thread, and lets everyone raise it.
void lower_priority_of_this_thread() {
  std::ignore = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), giving_way);
}

/// Waits for what another thread does with the session, and ends the request it waits for; again and again,
/// as an interruption ends only what waits at that moment.
void finish(std::future<void> const& work, Session& session) {
  if (!work.valid()) return;
  while (work.wait_for(interrupt_interval) != std::future_status::ready) session.interrupt();
}

/// Sends a command's input beside its output, as it may write more than a pipe holds before it reads on.
class InputSender {
 public:
  InputSender(Session& session, Command& command, std::string const& input)
      : session_(session), command_(command), input_(input) {
    if (input_.size() <= input_sent_before_output)
      send();
    else
      sending_ = std::async(std::launch::async, [this] { send_beside(); });
  }
  InputSender(InputSender const&) = delete;
  InputSender& operator=(InputSender const&) = delete;
  ~InputSender() { finish(sending_, session_); }

 private:
  void send() {
    std::size_t sent = 0;
    do {
      auto const piece = std::string_view(input_).substr(sent, send_chunk_bytes);
      sent += piece.size();
      command_.send(piece, sent == input_.size());
    } while (sent < input_.size());
  }
  void send_beside() {
    try {
      send();
    } catch (Failure const&) {
      // A command that ended or closed its input takes no more; a lost connection shows at the output.
    }
  }

  Session& session_;
  Command& command_;
  std::string const& input_;
  std::future<void> sending_;
};

}  // namespace

class Fleet::Impl {
 public:
  Impl(std::vector<FleetTask> tasks, FleetLimits limits, FleetObserver& observer)
      : tasks_(std::move(tasks)), limits_(limits), observer_(observer), hosts_(tasks_.size()) {}

  void run();
  void signal(Signal signal);
  void stop();

 private:
  struct Host {
    std::thread thread;
    bool running = false;  ///< from its start until its thread can be joined
    bool overdue = false;
    Deadline started;
    std::atomic<Deadline> heard;  ///< when the host last answered
    Session* session = nullptr;   ///< while it may be interrupted
    Command* command = nullptr;   ///< while it may be signalled
    std::future<void> signalling;
  };

  /// Lets a session be interrupted while this lives.
  class Interruptible {
   public:
    Interruptible(Impl& fleet, Host& host, Session& session) : fleet_(fleet), host_(host) {
      std::lock_guard const lock(fleet_.mutex_);
      host_.session = &session;
    }
    Interruptible(Interruptible const&) = delete;
    Interruptible& operator=(Interruptible const&) = delete;
    ~Interruptible() {
      std::lock_guard const lock(fleet_.mutex_);
      host_.session = nullptr;
    }

   private:
    Impl& fleet_;
    Host& host_;
  };

  /// Lets a command be signalled while this lives.
  class Signalled {
   public:
    Signalled(Impl& fleet, Host& host, Session& session, Command& command)
        : fleet_(fleet), host_(host), session_(session) {
      std::lock_guard const lock(fleet_.mutex_);
      host_.command = &command;
    }
    Signalled(Signalled const&) = delete;
    Signalled& operator=(Signalled const&) = delete;
    ~Signalled() {
      std::unique_lock lock(fleet_.mutex_);
      host_.command = nullptr;
      auto const signalling = std::move(host_.signalling);
      lock.unlock();
      finish(signalling, session_);
    }

   private:
    Impl& fleet_;
    Host& host_;
    Session& session_;
  };

  void start_more();
  [[nodiscard]] bool has_room() const;
  void interrupt_ended();
  void collect_ended(std::unique_lock<std::mutex>& lock);
  void work(std::size_t index);
  FleetOutcome outcome_of(std::size_t index);
  std::uint32_t run_command(std::size_t index);
  std::uint32_t converse(std::size_t index, Session& session, Command& command, std::string const& input);

  std::vector<FleetTask> tasks_;
  FleetLimits const limits_;
  FleetObserver& observer_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Host> hosts_;
  std::vector<std::size_t> ended_;  ///< whose threads are to be joined
  std::size_t next_ = 0;
  std::size_t running_ = 0;
  bool starting_ = true;
  bool stopping_ = false;
};

void Fleet::Impl::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    collect_ended(lock);
    start_more();
    if (running_ == 0 && ended_.empty()) break;
    interrupt_ended();
    lock.unlock();
    observer_.on_tick();
    lock.lock();
    if (ended_.empty()) changed_.wait_for(lock, tick);
  }
  lock.unlock();
  FleetOutcome never_started;
  never_started.text = "It was not started: the run was ended before.";
  for (; next_ < hosts_.size(); ++next_) observer_.on_end(next_, never_started);
}

bool Fleet::Impl::has_room() const {
  if (running_ < limits_.in_flight) return true;
  auto const now = SteadyClock::now();
  auto const is_busy = [&](Host const& host) {
    Deadline const heard = host.heard;
    auto const silence = heard == host.started ? limits_.silence_at_start : limits_.silence;
    return host.running && now - heard < silence;
  };
  auto const busy =
      std::count_if(hosts_.begin(), hosts_.begin() + static_cast<std::ptrdiff_t>(next_), is_busy);
  return static_cast<std::size_t>(busy) < limits_.in_flight;
}

void Fleet::Impl::start_more() {
  while (starting_ && next_ < hosts_.size() && running_ < limits_.threads && has_room()) {
    auto const index = next_++;
    auto& host = hosts_[index];
    host.running = true;
    host.started = SteadyClock::now();
    host.heard = host.started;
    ++running_;
    try {
      host.thread = std::thread([this, index] { work(index); });
    } catch (std::system_error const&) {
      // No more threads now: those at work go on, and this host follows them.
      host.running = false;
      --next_;
      if (--running_ == 0) throw;
      return;
    }
  }
}

/// At every tick: an interruption ends only what waits at that moment.
void Fleet::Impl::interrupt_ended() {
  auto const now = SteadyClock::now();
  for (auto& host : hosts_) {
    if (!host.running) continue;
    if (limits_.host_time && now - host.started >= *limits_.host_time) host.overdue = true;
    if ((host.overdue || stopping_) && host.session != nullptr) host.session->interrupt();
  }
}

void Fleet::Impl::collect_ended(std::unique_lock<std::mutex>& lock) {
  auto const ended = std::exchange(ended_, {});
  lock.unlock();
  for (auto const index : ended) hosts_[index].thread.join();
  lock.lock();
}

void Fleet::Impl::work(std::size_t index) {
  observer_.on_start(index);
  auto outcome = outcome_of(index);
  outcome.time = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - hosts_[index].started);
  observer_.on_end(index, outcome);
  std::lock_guard const lock(mutex_);
  hosts_[index].running = false;
  --running_;
  ended_.push_back(index);
  changed_.notify_all();
}

FleetOutcome Fleet::Impl::outcome_of(std::size_t index) {
  FleetOutcome outcome;
  try {
    outcome.exit_code = run_command(index);
    outcome.state = FleetOutcome::State::ended;
  } catch (Flooded const&) {
    outcome.state = FleetOutcome::State::flooded;
    outcome.text = fmt::format("It wrote more than {} bytes and was ended.", limits_.output_bytes);
  } catch (Failure const& failure) {
    std::lock_guard const lock(mutex_);
    if (hosts_[index].overdue) {
      outcome.state = FleetOutcome::State::timed_out;
      outcome.text = fmt::format("It was not done after {} seconds and was ended.",
                                 std::chrono::duration<double>(*limits_.host_time).count());
    } else {
      outcome.state = stopping_ ? FleetOutcome::State::stopped : FleetOutcome::State::failed;
      outcome.error = failure.code();
      outcome.text = failure.text();
    }
  }
  return outcome;
}

std::uint32_t Fleet::Impl::run_command(std::size_t index) {
  auto& host = hosts_[index];
  auto& task = tasks_[index];
  Session session(std::move(task.session));
  auto const command = [&] {
    Interruptible const interruptible(*this, host, session);
    return task.command(session);
  }();
  // Once it is made the shell is to be deleted: that request is not interrupted.
  std::optional<Shell> shell;
  try {
    Interruptible const interruptible(*this, host, session);
    shell.emplace(session, task.shell);
    host.heard = SteadyClock::now();
    auto running = shell->start(command.line);
    host.heard = SteadyClock::now();
    return converse(index, session, running, command.input);
  } catch (...) {
    if (shell) shell->set_close_timeout(close_timeout_when_ending);
    throw;
  }
}

std::uint32_t Fleet::Impl::converse(std::size_t index, Session& session, Command& command,
                                    std::string const& input) {
  auto& host = hosts_[index];
  Signalled const signalled(*this, host, session, command);
  InputSender const sender(session, command, input);
  std::size_t written = 0;
  while (true) {
    auto const received = command.receive();
    host.heard = SteadyClock::now();
    for (auto const& [stream, bytes] : received.chunks) {
      observer_.on_output(index, stream, std::string_view(bytes).substr(0, limits_.output_bytes - written));
      if (bytes.size() > limits_.output_bytes - written) throw Flooded{};
      auto const before = std::exchange(written, written + bytes.size());
      if (before <= output_at_full_priority && written > output_at_full_priority)
        lower_priority_of_this_thread();
    }
    if (received.exit_code) return *received.exit_code;
  }
}

void Fleet::Impl::signal(Signal signal) {
  std::lock_guard const lock(mutex_);
  starting_ = false;
  for (auto& host : hosts_) {
    if (host.command == nullptr || host.signalling.valid()) continue;
    host.signalling = std::async(std::launch::async, [command = host.command, signal] {
      try {
        command->signal(signal);
      } catch (Failure const&) {
        // The command is gone, or the connection is: the host's own thread reports that.
      }
    });
  }
}

void Fleet::Impl::stop() {
  std::lock_guard const lock(mutex_);
  starting_ = false;
  stopping_ = true;
  changed_.notify_all();
}

Fleet::Fleet(std::vector<FleetTask> tasks, FleetLimits limits, FleetObserver& observer)
    : impl_(std::make_unique<Impl>(std::move(tasks), limits, observer)) {}
Fleet::~Fleet() = default;
void Fleet::run() { impl_->run(); }
void Fleet::signal(Signal signal) { impl_->signal(signal); }
void Fleet::stop() { impl_->stop(); }

}  // namespace winrm::client
