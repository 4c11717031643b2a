#include "engine/open_calls.hpp"

#include <vector>

namespace winrm::engine {

OpenCalls::Ticket OpenCalls::enter() {
  std::lock_guard const lock(mutex_);
  if (limit_ != 0 && entries_.size() >= limit_) throw wsman::faults::quota_max_operations(limit_);
  Ticket const ticket = next_++;
  entries_.emplace(ticket, Entry{});
  return ticket;
}

void OpenCalls::change_limit(std::uint32_t limit) {
  std::lock_guard const lock(mutex_);
  limit_ = limit;
}

void OpenCalls::watch(Ticket ticket, std::shared_ptr<Call> const& call) {
  std::weak_ptr<Call> const weak = call;
  // Locked before the deadline counts: a call that expires at once must find the entry it leaves.
  std::lock_guard const lock(mutex_);
  Timer::Id const timer = timer_.add(call->deadline(), [weak] {
    if (auto const due = weak.lock()) due->expire();
  });
  entries_[ticket] = {.call = weak, .timer = timer};
}

void OpenCalls::leave(Ticket ticket) {
  Timer::Id timer = 0;
  {
    std::lock_guard const lock(mutex_);
    auto const found = entries_.find(ticket);
    if (found == entries_.end()) return;
    timer = found->second.timer;
    entries_.erase(found);
  }
  timer_.remove(timer);
}

bool OpenCalls::empty() const {
  std::lock_guard const lock(mutex_);
  return entries_.empty();
}

void OpenCalls::abort_all(wsman::Fault const& fault) {
  std::vector<std::shared_ptr<Call>> open;
  {
    std::lock_guard const lock(mutex_);
    for (auto const& [ticket, entry] : entries_) {
      if (auto call = entry.call.lock()) open.push_back(std::move(call));
    }
  }
  for (auto const& call : open) call->abort(fault);
}

}  // namespace winrm::engine
