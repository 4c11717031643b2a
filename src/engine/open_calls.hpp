#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "engine/call.hpp"
#include "engine/timer.hpp"

namespace winrm::engine {

/// The calls that are not answered yet: counts them against the quota, ends each at its deadline, ends all
/// when the service stops. Thread-safe.
class OpenCalls {
 public:
  /// `limit` is MaxConcurrentOperationsPerUser; 0 is no limit.
  OpenCalls(Timer& timer, std::uint32_t limit) : timer_(timer), limit_(limit) {}

  using Ticket = std::uint64_t;
  /// Takes a place. Throws faults::quota_max_operations when there is none.
  [[nodiscard]] Ticket enter();
  /// The call the place was taken for; from now on its deadline counts.
  void watch(Ticket ticket, std::shared_ptr<Call> const& call);
  /// The call was answered.
  void leave(Ticket ticket);

  /// For calls that come from now on.
  void change_limit(std::uint32_t limit);

  [[nodiscard]] bool empty() const;
  void abort_all(wsman::Fault const& fault);

 private:
  struct Entry {
    std::weak_ptr<Call> call;
    Timer::Id timer = 0;
  };
  Timer& timer_;
  std::uint32_t limit_;
  mutable std::mutex mutex_;
  std::unordered_map<Ticket, Entry> entries_;
  Ticket next_ = 1;
};

}  // namespace winrm::engine
