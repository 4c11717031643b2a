#include "engine/timer.hpp"

#include <utility>

namespace winrm::engine {

Timer::Timer() : thread_([this] { run(); }) {}

Timer::~Timer() { stop(); }

void Timer::stop() {
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Timer::Id Timer::add(Deadline when, std::function<void()> action) {
  bool wake = false;
  Id id = 0;
  {
    std::lock_guard const lock(mutex_);
    id = next_id_++;
    by_id_[id] = actions_.emplace(when, std::make_pair(id, std::move(action)));
    // A thread that wakes early enough anyway is left asleep: with one timeout for all calls it wakes once
    // per timeout, not once per call.
    wake = when < wakes_at_;
    if (wake) wakes_at_ = when;
  }
  if (wake) changed_.notify_one();
  return id;
}

void Timer::remove(Id id) {
  std::function<void()> dropped;  // destroyed without the lock: it may own the last reference to something
  std::lock_guard const lock(mutex_);
  auto const found = by_id_.find(id);
  if (found == by_id_.end()) return;
  dropped = std::move(found->second->second.second);
  actions_.erase(found->second);
  by_id_.erase(found);
}

void Timer::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (actions_.empty() || actions_.begin()->first > SteadyClock::now()) {
      wakes_at_ = actions_.empty() ? Deadline::max() : actions_.begin()->first;
      if (actions_.empty()) {
        changed_.wait(lock);
      } else {
        changed_.wait_until(lock, wakes_at_);
      }
      continue;
    }
    auto const due = actions_.begin();
    std::function<void()> action = std::move(due->second.second);
    by_id_.erase(due->second.first);
    actions_.erase(due);
    lock.unlock();
    action();
    action = nullptr;  // what it owned may use this timer when it goes
    lock.lock();
  }
}

}  // namespace winrm::engine
