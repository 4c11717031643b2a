#pragma once

#include <cstdint>
#include <span>

#include "cim/schema.hpp"

/// What Windows calls the states and priorities that Linux gives processes and threads.
namespace winrm::providers {

enum ExecutionState : std::uint16_t {
  other = 1,
  running = 3,
  blocked = 4,
  suspended_blocked = 5,
  terminated = 7
};
inline constexpr cim::ValueName execution_states[] = {
    {0, "Unknown"},           {1, "Other"},           {2, "Ready"},      {3, "Running"}, {4, "Blocked"},
    {5, "Suspended Blocked"}, {6, "Suspended Ready"}, {7, "Terminated"}, {8, "Stopped"}, {9, "Growing"}};

/// The letter of proc(5).
[[nodiscard]] std::uint16_t execution_state(char state);

/// The scheduler's nice values in Windows' base priorities: idle, below normal, normal, above normal, high.
[[nodiscard]] std::uint32_t base_priority(std::int64_t nice);

}  // namespace winrm::providers
