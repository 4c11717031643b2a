#include "service/broker/poll_loop.hpp"

#include <algorithm>
#include <utility>

namespace winrm::service::broker {

void PollLoop::watch(int fd, short events, Ready ready) { watches_[fd] = Watch{events, std::move(ready)}; }

void PollLoop::change_events(int fd, short events) {
  if (auto const it = watches_.find(fd); it != watches_.end()) it->second.events = events;
}

void PollLoop::unwatch(int fd) { watches_.erase(fd); }

void PollLoop::at(Deadline when, Action action) { timers_.emplace(when, std::move(action)); }

void PollLoop::defer(Action action) { deferred_.push_back(std::move(action)); }

int PollLoop::milliseconds_to_next_timer() const {
  if (!deferred_.empty()) return 0;
  if (timers_.empty()) return -1;
  auto const left =
      std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - SteadyClock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void PollLoop::run_due_timers() {
  auto const now = SteadyClock::now();
  while (running_ && !timers_.empty() && timers_.begin()->first <= now) {
    Action const action = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    action();
  }
}

void PollLoop::run_deferred() {
  for (auto actions = std::exchange(deferred_, {}); !actions.empty(); actions = std::exchange(deferred_, {}))
    for (Action const& action : actions) action();
}

void PollLoop::run() {
  running_ = true;
  std::vector<pollfd> entries;
  while (running_) {
    entries.clear();
    for (auto const& [fd, watch] : watches_) entries.push_back(pollfd{fd, watch.events, 0});
    int const ready = ::poll(entries.data(), entries.size(), milliseconds_to_next_timer());
    if (ready > 0) {
      for (pollfd const& entry : entries) {
        if (entry.revents == 0) continue;
        auto const it = watches_.find(entry.fd);
        if (it == watches_.end()) continue;
        Ready const callback = it->second.ready;
        callback(entry.revents);
        if (!running_) break;
      }
    }
    run_due_timers();
    run_deferred();
  }
}

}  // namespace winrm::service::broker
