#include "providers/performance/counters.hpp"

namespace winrm::providers {

Stamp stamp_of(system::SystemTime time) {
  // FILETIME counts from 1601.
  constexpr std::chrono::sys_days epoch{std::chrono::year(1601) / 1 / 1};
  auto const since = std::chrono::duration_cast<std::chrono::microseconds>(time - epoch);
  return static_cast<Stamp>(since.count()) * 10;
}

}  // namespace winrm::providers
