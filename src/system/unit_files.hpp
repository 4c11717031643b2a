#pragma once

#include <optional>
#include <string>
#include <vector>

#include "system/host.hpp"
#include "system/services.hpp"

/// Services as their files describe them, without asking whoever runs them.
namespace winrm::system {

/// A systemd unit file (systemd.unit(5)). Drop-ins are not read.
struct UnitFile {
  std::string name;  ///< without ".service"
  std::string path;
  std::string state;  ///< enabled, disabled, static, masked
  std::string description;
  std::string exec_start;
  std::string user;
  std::string type;
  std::string pid_file;
  std::vector<UnitDependency> dependencies;  ///< those it names itself
};

/// One unit file; nothing when it cannot be read. Its state is left empty.
[[nodiscard]] std::optional<UnitFile> unit_file(Host const& host, std::string const& path);

/// Unit files of services in systemd's load path, or the one with this name; templates and aliases are left
/// out.
[[nodiscard]] std::vector<UnitFile> unit_files(Host const& host,
                                               std::optional<std::string> const& only = std::nullopt);

/// The settings of a drop-in after a change: each setting that `changes` has takes the place of all of that
/// name in the same section of `before`; the others stay, in the order they had.
[[nodiscard]] std::string merged_settings(std::string_view before, std::string_view changes);

/// The target units of systemd's load path; aliases are left out.
[[nodiscard]] std::vector<Target> target_files(Host const& host);

/// The units that links in *.wants and *.requires folders of a unit pull in.
[[nodiscard]] std::vector<std::string> pulled_in_by(Host const& host, std::string const& unit);

/// A System V init script with its LSB header.
struct InitScript {
  std::string name;
  std::string path;
  std::optional<bool> starts_at_boot;  ///< by the links of the multi-user run levels; absent without any link
  std::string description;
  std::string daemon;  ///< the program it says it starts; "" when it does not say so plainly
  std::string pid_file;
};

/// All of them, or the one with this name.
[[nodiscard]] std::vector<InitScript> init_scripts(Host const& host,
                                                   std::optional<std::string> const& only = std::nullopt);

}  // namespace winrm::system
