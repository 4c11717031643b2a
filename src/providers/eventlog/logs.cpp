#include "providers/eventlog/logs.hpp"

namespace winrm::providers {

namespace {

/// syslog(3).
enum Facility : std::uint32_t {
  kern = 0,
  daemon = 3,
  auth = 4,
  syslog = 5,
  cron = 9,
  auth_private = 10,
  audit = 13
};

}  // namespace

std::string_view log_of(system::JournalEntry const& entry) {
  if (entry.from_audit) return "Security";
  if (entry.from_kernel) return "System";
  if (!entry.facility) return "Application";
  switch (*entry.facility) {
    case auth:
    case auth_private:
    case audit:
      return "Security";
    case kern:
    case daemon:
    case syslog:
    case cron:
      return "System";
    default:
      return "Application";
  }
}

}  // namespace winrm::providers
