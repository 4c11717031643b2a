#include "tools/common/signal_watcher.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "tools/common/descriptors.hpp"

namespace winrm::tools {

namespace {

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int const signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

SignalWatcher::SignalWatcher(std::function<void(int)> on_signal)
    : on_signal_(std::move(on_signal)), stop_(make_event()) {
  auto const set = watched_signals();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = UniqueFd(signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals_) throw std::system_error(errno, std::generic_category(), "signalfd");
  thread_ = std::thread([this] { watch(); });
}

SignalWatcher::~SignalWatcher() {
  raise_event(stop_);
  thread_.join();
}

void SignalWatcher::watch() {
  while (wait_readable(signals_.get(), stop_)) {
    signalfd_siginfo info{};
    if (read(signals_.get(), &info, sizeof info) == sizeof info) on_signal_(static_cast<int>(info.ssi_signo));
  }
}

bool SignalWatcher::ends_within(int milliseconds) const { return is_readable(stop_.get(), milliseconds); }

}  // namespace winrm::tools
