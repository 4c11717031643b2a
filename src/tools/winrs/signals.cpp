#include "tools/winrs/signals.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <utility>

namespace winrm::tools::winrs_tool {
namespace {

constexpr int grace_for_opening_ms = 2000;
constexpr int grace_with_shell_ms = 2500;
constexpr int grace_without_shell_ms = 300;
constexpr int interrupt_interval_ms = 10;

}  // namespace

SignalRelay::SignalRelay(client::Session& session) : session_(session) {
  watcher_.emplace([this](int signal) { take(signal); });
}

SignalRelay::~SignalRelay() {
  watcher_.reset();
  finish_posting();
}

void SignalRelay::set_target(client::Command* command) {
  {
    std::lock_guard const lock(mutex_);
    target_ = command;
    if (command == nullptr) is_closing_ = true;
  }
  if (command == nullptr) finish_posting();
}

void SignalRelay::set_opening(bool opening) {
  std::lock_guard const lock(mutex_);
  is_opening_ = opening;
}

bool SignalRelay::is_opening() {
  std::lock_guard const lock(mutex_);
  return is_opening_;
}

/// A signal on its way holds the command: it must arrive, or be given up, before the command goes.
void SignalRelay::finish_posting() {
  std::unique_lock lock(mutex_);
  auto const posting = std::move(posting_);
  lock.unlock();
  if (!posting.valid()) return;
  constexpr std::chrono::milliseconds interval{interrupt_interval_ms};
  while (posting.wait_for(interval) != std::future_status::ready) session_.interrupt();
}

void SignalRelay::on_interrupt(std::function<void()> told) {
  std::lock_guard const lock(mutex_);
  told_ = std::move(told);
}

void SignalRelay::forget_interrupt() {
  std::lock_guard const lock(mutex_);
  interrupted_once_ = false;
}

void SignalRelay::take(int signal) {
  bool relayed = false;
  if (signal == SIGINT || signal == SIGQUIT) {
    std::lock_guard const lock(mutex_);
    relayed = target_ != nullptr && !interrupted_once_;
    if (signal == SIGINT) interrupted_once_ = true;
  }
  if (!relayed) return end(signal);
  {
    std::lock_guard const lock(mutex_);
    if (told_) told_();
  }
  relay(signal == SIGINT ? client::Signal::ctrl_c : client::Signal::ctrl_break);
}

/// On a thread of its own: a dead network must not keep the next Ctrl-C from being seen.
void SignalRelay::relay(client::Signal signal) {
  std::lock_guard const lock(mutex_);
  if (target_ == nullptr) return;
  auto previous = std::move(posting_);
  posting_ = std::async(std::launch::async, [command = target_, signal, previous = std::move(previous)] {
    if (previous.valid()) previous.wait();
    try {
      command->signal(signal);
    } catch (client::Failure const&) {
      // The command is gone, or the connection is: the receiving thread reports that.
    }
  });
}

/// The main thread deletes the shell and ends the watcher. When it is stuck the user still gets the prompt
/// back.
void SignalRelay::end(int signal) {
  ended_by_ = signal;
  for (int waited = 0; waited < grace_for_opening_ms && is_opening(); waited += interrupt_interval_ms) {
    if (watcher_->ends_within(interrupt_interval_ms)) return;
  }
  int grace = grace_without_shell_ms;
  for (int waited = 0; waited < grace; waited += interrupt_interval_ms) {
    {
      std::lock_guard const lock(mutex_);
      if (target_ != nullptr || is_closing_) grace = grace_with_shell_ms;
      // Again and again: an interruption ends only what waits at that moment. The deletion is left alone.
      if (!is_closing_) session_.interrupt();
    }
    if (watcher_->ends_within(interrupt_interval_ms)) return;
  }
  _exit(exit_status_of_signal(signal));
}

}  // namespace winrm::tools::winrs_tool
