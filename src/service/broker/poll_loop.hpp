#pragma once

#include <poll.h>

#include <functional>
#include <map>
#include <vector>

#include "base/time.hpp"

namespace winrm::service::broker {

/// The broker's event loop: poll(2), timers and deferred calls on one thread. Callbacks may add and remove
/// watches.
class PollLoop {
 public:
  using Ready = std::function<void(short events)>;
  using Action = std::function<void()>;

  /// One watch per descriptor; a second call replaces the first.
  void watch(int fd, short events, Ready ready);
  void change_events(int fd, short events);
  void unwatch(int fd);
  void at(Deadline when, Action action);
  /// Runs `action` once the current callback has returned.
  void defer(Action action);

  /// Until stop().
  void run();
  void stop() { running_ = false; }

 private:
  struct Watch {
    short events = 0;
    Ready ready;
  };
  [[nodiscard]] int milliseconds_to_next_timer() const;
  void run_due_timers();
  void run_deferred();

  std::map<int, Watch> watches_;
  std::multimap<Deadline, Action> timers_;
  std::vector<Action> deferred_;
  bool running_ = false;
};

}  // namespace winrm::service::broker
