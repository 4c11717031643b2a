#pragma once

/// What a service manager that started this process is told (sd_notify(3)).
namespace winrm::system {

/// The service accepts connections. Without a manager that wants to know, nothing happens. Call once: what
/// this process starts later cannot speak for it. Not thread-safe.
void tell_service_manager_ready();

}  // namespace winrm::system
