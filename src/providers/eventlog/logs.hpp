#pragma once

#include <array>
#include <string_view>

#include "system/journal.hpp"

/// The classic logs of Windows over the one journal of systemd.
namespace winrm::providers {

inline constexpr std::array<std::string_view, 3> log_names{"Application", "Security", "System"};

/// Security has what was sent to the facilities auth and authpriv and what the audit system reports; System
/// what the kernel, the daemons, cron and the log itself report; Application everything else.
[[nodiscard]] std::string_view log_of(system::JournalEntry const& entry);

}  // namespace winrm::providers
