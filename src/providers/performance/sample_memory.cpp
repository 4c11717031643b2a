#include "providers/performance/sample_memory.hpp"

#include <utility>

namespace winrm::providers {

namespace {

bool is_fresh(system::SystemTime time, system::SystemTime now) {
  return time <= now && now - time <= SampleMemory::longest;
}

}  // namespace

std::optional<SampleMemory::Memory> SampleMemory::recall(std::optional<std::string> const& name,
                                                         system::SystemTime now) const {
  std::lock_guard const lock(mutex_);
  auto const found = memories_.find(name);
  if (found == memories_.end() || !is_fresh(found->second.time, now)) return std::nullopt;
  return found->second;
}

void SampleMemory::keep(std::optional<std::string> const& name, Memory memory) const {
  std::lock_guard const lock(mutex_);
  std::erase_if(memories_, [&](auto const& entry) { return !is_fresh(entry.second.time, memory.time); });
  memories_.insert_or_assign(name, std::move(memory));
}

}  // namespace winrm::providers
