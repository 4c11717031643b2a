#pragma once

#include <atomic>

#include "base/time.hpp"

namespace winrm::engine {

/// When something was last used. Thread-safe.
class Activity {
 public:
  void touch() noexcept { last_.store(SteadyClock::now().time_since_epoch().count()); }
  [[nodiscard]] Deadline last() const noexcept { return Deadline(SteadyClock::duration(last_.load())); }
  [[nodiscard]] SteadyClock::duration idle_for() const noexcept { return SteadyClock::now() - last(); }

 private:
  std::atomic<SteadyClock::rep> last_{SteadyClock::now().time_since_epoch().count()};
};

}  // namespace winrm::engine
