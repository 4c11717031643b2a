#pragma once

#include <memory>
#include <string>

namespace winrm::system {

enum class ServiceAction { start, stop, restart, freeze, thaw };
enum class StartMode { automatic, manual, disabled };

/// How a change to a service ended.
enum class ServiceOutcome {
  done,
  not_supported,  ///< nobody manages services here in a way that could do this
  access_denied,
  not_found,
  disabled,           ///< the unit is masked
  refused,            ///< the unit does not take it (systemd.unit(5): RefuseManualStart=, …)
  dependency_failed,  ///< what it requires did not start
  timed_out,
  failed
};

/// Changes services, as the calling account. Names are with or without ".service". Blocking; thread-safe.
class ServiceControl {
 public:
  virtual ~ServiceControl() = default;
  /// Returns when it is done, at the latest after limits::program_answer.
  [[nodiscard]] virtual ServiceOutcome run(ServiceAction action, std::string const& name) const = 0;
  /// `refused` to disable a unit that the administrator made: systemd masks those of packages alone.
  [[nodiscard]] virtual ServiceOutcome set_start_mode(std::string const& name, StartMode mode) const = 0;
  /// Writes a unit file of the administrator's, and has it read.
  [[nodiscard]] virtual ServiceOutcome install(std::string const& name, std::string const& content) const = 0;
  /// Writes settings that win over the unit's own (a drop-in), beside those written before, and has them
  /// read.
  [[nodiscard]] virtual ServiceOutcome override_settings(std::string const& name,
                                                         std::string const& content) const = 0;
  /// Removes what install() wrote, and the overriding settings. What runs is left running. `refused` for a
  /// unit that the administrator did not make.
  [[nodiscard]] virtual ServiceOutcome remove(std::string const& name) const = 0;
};

/// systemd over the system bus.
[[nodiscard]] std::unique_ptr<ServiceControl> make_systemd_control();
/// Where nobody can be asked: everything is not_supported.
[[nodiscard]] std::unique_ptr<ServiceControl> make_no_service_control();

}  // namespace winrm::system
