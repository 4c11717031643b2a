#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "system/host.hpp"

namespace winrm::system {

class ServiceControl;

/// A service in systemd's words, whoever manages it. What is not known is absent.
struct Service {
  std::string name;  ///< without ".service"
  std::optional<std::string> description;
  std::optional<std::string> active_state;  ///< active, reloading, inactive, failed, activating, deactivating
  std::optional<std::string>
      unit_file_state;  ///< enabled, disabled, static, masked, indirect, generated, alias …

  // Filled by ServiceManager::detail().
  std::optional<std::string> command;  ///< the program and its arguments
  std::optional<std::string> user;     ///< the account it runs as; "root" where none is set
  std::optional<std::string> type;     ///< simple, forking, oneshot, notify, dbus, idle, exec
  std::optional<std::uint32_t> main_pid;
  std::optional<std::uint32_t> exit_status;  ///< of the last run of the main process
  std::optional<bool> can_stop;
  std::optional<bool> can_freeze;
  std::optional<std::string> freezer_state;  ///< running, freezing, frozen, thawing
  std::optional<std::string> sub_state;  ///< what active_state means for a service: running, exited, dead …
  std::optional<std::string> unit_file;  ///< its path
  std::optional<std::string> slice;      ///< "system.slice"
  std::optional<std::string> control_group;  ///< "/system.slice/ssh.service"
  std::optional<std::uint64_t> memory;       ///< bytes that its control group uses now
  std::optional<std::uint64_t> tasks;        ///< in its control group now

  std::string handle;  ///< the manager's own name for it (an object path, a file)
};

/// What one service says of another unit (systemd.unit(5)).
struct UnitDependency {
  enum class Kind { required, wanted, conflicting, earlier };
  Kind kind;
  std::string unit;  ///< with its suffix: "ssh.service", "network.target"
};

/// A unit that only groups others.
struct Target {
  std::string name;  ///< without ".target"
  std::string description;
};

/// What starts and stops services on a machine. Blocking; thread-safe.
class ServiceManager {
 public:
  virtual ~ServiceManager() = default;
  /// Every installed or running service, with what one question tells about all.
  [[nodiscard]] virtual std::vector<Service> list() const = 0;
  /// One service by its exact name, with or without ".service".
  [[nodiscard]] virtual std::optional<Service> find(std::string const& name) const = 0;
  /// Fills in what takes a question of its own for each service.
  virtual void detail(Service& service) const = 0;
  /// A unit may be named several times, with different kinds.
  [[nodiscard]] virtual std::vector<UnitDependency> dependencies(Service const& service) const = 0;
  [[nodiscard]] virtual std::vector<Target> targets() const = 0;
  /// The units that a target requires or wants, with their suffixes.
  [[nodiscard]] virtual std::vector<std::string> members(Target const& target) const = 0;
  [[nodiscard]] virtual ServiceControl const& control() const = 0;
};

/// systemd over the system bus. Throws std::runtime_error when it does not answer. Units that systemd does
/// not keep in memory are described by their files, read through `host`, which outlives this.
[[nodiscard]] std::unique_ptr<ServiceManager> make_systemd_services(Host const& host);
/// Init scripts and unit files as they lie on disk, for a machine that systemd does not run. `host` outlives
/// it.
[[nodiscard]] std::unique_ptr<ServiceManager> make_file_services(Host const& host);

}  // namespace winrm::system
