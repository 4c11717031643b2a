#pragma once

#include <cstdint>

namespace winrm::providers::test {

/// Return values that the methods of Win32_Process, Win32_Service and Win32_ScheduledJob document.
enum Code : std::uint32_t {
  success = 0,
  not_supported = 1,
  access_denied = 2,
  privilege = 3,
  invalid_control = 4,
  cannot_accept = 5,
  not_active = 6,
  not_found = 9,
  running = 10,
  dependency_failure = 13,
  disabled = 14,
  invalid_name = 20,
  invalid = 21,
  bad_account = 22,
  exists = 23,
  paused = 24
};

}  // namespace winrm::providers::test
