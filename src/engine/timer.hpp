#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/time.hpp"

namespace winrm::engine {

/// Runs actions at their time on one thread of its own: deadlines of calls, expiry of enumerations, idle
/// shells. An action that was removed before its time does not run; one that is running already may still be
/// running when remove() returns. Actions must be short and must not throw. Thread-safe.
class Timer {
 public:
  using Id = std::uint64_t;

  Timer();
  ~Timer();
  Timer(Timer const&) = delete;
  Timer& operator=(Timer const&) = delete;

  Id add(Deadline when, std::function<void()> action);
  void remove(Id id);
  /// Ends the thread: no action runs any more.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Deadline, std::pair<Id, std::function<void()>>> actions_;
  std::unordered_map<Id, decltype(actions_)::iterator> by_id_;
  Id next_id_ = 1;
  Deadline wakes_at_ = Deadline::max();
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace winrm::engine
