#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "system/host.hpp"

namespace winrm::system {

enum class PowerAction { reboot, power_off };

/// What changes the machine as a whole. Each throws std::system_error with EPERM or EACCES when the calling
/// account may not do it, and with ENOTSUP where the machine has no way to. Blocking; thread-safe.
class MachineControl {
 public:
  virtual ~MachineControl() = default;
  /// Begins at once, or after `delay`; `message` is shown to those who are logged on, when it is not empty.
  virtual void power(PowerAction action, std::chrono::seconds delay, std::string const& message) const = 0;
  /// Sets the clock.
  virtual void set_time(SystemTime time) const = 0;
  /// Gives the running machine another name and keeps it in /etc/hostname.
  virtual void rename(std::string const& name) const = 0;
};

/// The machine this process runs on: through systemd-logind, or shutdown(8) where systemd does not run it.
/// `host` outlives it.
[[nodiscard]] std::unique_ptr<MachineControl> make_machine_control(Host const& host);

}  // namespace winrm::system
