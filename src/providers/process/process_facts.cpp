#include "providers/process/process_facts.hpp"

namespace winrm::providers {

std::uint32_t base_priority(std::int64_t nice) {
  if (nice >= 15) return 4;
  if (nice >= 5) return 6;
  if (nice > -5) return 8;
  if (nice > -15) return 10;
  return 13;
}

std::uint16_t execution_state(char state) {
  switch (state) {
    case 'R':
      return running;
    case 'S':
    case 'D':
    case 'I':
      return blocked;
    case 'T':
    case 't':
      return suspended_blocked;
    case 'Z':
    case 'X':
      return terminated;
    default:
      return other;
  }
}

}  // namespace winrm::providers
