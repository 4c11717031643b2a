#include "providers/service/service_methods.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/unicode.hpp"
#include "cim/failure.hpp"
#include "system/accounts.hpp"
#include "system/service_control.hpp"
#include "system/services.hpp"

namespace winrm::providers::service_methods {

namespace {

using system::Host;
using system::ServiceAction;
using system::ServiceOutcome;

enum Code : std::uint32_t {
  success = 0,
  not_supported = 1,
  access_denied = 2,
  invalid_control = 4,
  cannot_accept_control = 5,
  not_active = 6,
  timed_out = 7,
  unknown_failure = 8,
  path_not_found = 9,
  already_running = 10,
  dependency_failure = 13,
  disabled = 14,
  invalid_name = 20,
  invalid_parameter = 21,
  invalid_account = 22,
  exists = 23,
  already_paused = 24
};

[[noreturn]] void no_such_service(std::string const& name) {
  throw cim::Failure(cim::Status::not_found,
                     fmt::format("There is no service {}. Enumerate Win32_Service for the names.", name));
}

Code code_of(ServiceOutcome outcome, std::string const& name) {
  switch (outcome) {
    case ServiceOutcome::done:
      return success;
    case ServiceOutcome::not_supported:
      return not_supported;
    case ServiceOutcome::access_denied:
      return access_denied;
    case ServiceOutcome::not_found:
      no_such_service(name);
    case ServiceOutcome::disabled:
      return disabled;
    case ServiceOutcome::refused:
      return cannot_accept_control;
    case ServiceOutcome::dependency_failed:
      return dependency_failure;
    case ServiceOutcome::timed_out:
      return timed_out;
    case ServiceOutcome::failed:
      return unknown_failure;
  }
  return unknown_failure;
}

/// The service as it is now, with what takes a question of its own.
system::Service found(Host const& host, std::string const& name) {
  auto service = host.services().find(name);
  if (!service) no_such_service(name);
  host.services().detail(*service);
  return *std::move(service);
}

bool is_active(system::Service const& service) {
  return service.active_state == "active" || service.active_state == "reloading";
}
bool is_frozen(system::Service const& service) { return service.freezer_state == "frozen"; }

Code run(Host const& host, ServiceAction action, std::string const& name) {
  auto const outcome = host.services().control().run(action, name);
  // The service itself was found before: it is a unit that it requires.
  if (outcome == ServiceOutcome::not_found) return dependency_failure;
  return code_of(outcome, name);
}

/// The start modes a service can have; Boot and System are those of Windows' drivers.
std::optional<system::StartMode> start_mode_of(std::string const& text) {
  auto const mode = unicode::to_lower_ascii(text);
  if (mode == "automatic" || mode == "auto") return system::StartMode::automatic;
  if (mode == "manual") return system::StartMode::manual;
  if (mode == "disabled") return system::StartMode::disabled;
  return std::nullopt;
}

bool is_unit_name(std::string const& name) {
  constexpr std::size_t longest = 200;  // systemd takes 255 with the suffix
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
  return !name.empty() && name.size() <= longest && name.find_first_not_of(allowed) == std::string::npos &&
         !name.starts_with('.') && !name.ends_with(".service");
}

/// A value that stays on its line of a unit file. A backslash at the end that no other escapes would take the
/// next line in (systemd.syntax(7)), User= for one.
bool is_plain(std::string const& text) {
  auto const last = text.find_last_not_of('\\');
  auto const backslashes = text.size() - (last == std::string::npos ? 0 : last + 1);
  return backslashes % 2 == 0 && text.find_first_of(std::string_view("\n\r\0", 3)) == std::string::npos;
}
std::string escaped(std::string const& text) {
  std::string out;
  for (char const c : text) {
    out += c;
    if (c == '%') out += c;
  }
  return out;
}

/// What Create and Change have in common, checked.
struct Settings {
  std::optional<std::string> display_name;
  std::optional<std::string> command;
  std::optional<std::string> user;
  std::optional<system::StartMode> start_mode;
  std::vector<std::string> dependencies;
  std::optional<Code> problem;
};

/// The program is the first word; it has to be a path.
Code check_command(Host const& host, std::string const& command) {
  if (!is_plain(command)) return invalid_parameter;
  bool const is_quoted = command.starts_with('"');
  auto const end = is_quoted ? command.find('"', 1) : command.find(' ');
  auto const program =
      is_quoted ? command.substr(1, end == std::string::npos ? end : end - 1) : command.substr(0, end);
  if (!program.starts_with('/') || !host.exists(program)) return path_not_found;
  return success;
}

/// Windows' names for accounts with the machine's rights.
std::optional<std::string> unix_account(std::string name) {
  auto const folded = unicode::to_lower_ascii(name);
  if (folded == "localsystem" || folded == "nt authority\\system") return "root";
  if (name.starts_with(".\\")) name.erase(0, 2);
  if (!system::find_account(name)) return std::nullopt;
  return name;
}

Settings settings_of(Host const& host, cim::NamedValues const& in) {
  constexpr std::int64_t own_process = 16;
  Settings settings;
  settings.display_name = in.get<std::string>("DisplayName");
  if (settings.display_name && !is_plain(*settings.display_name)) settings.problem = invalid_parameter;
  settings.command = in.get<std::string>("PathName");
  if (settings.command) {
    if (auto const code = check_command(host, *settings.command); code != success) settings.problem = code;
  }
  auto const type = in.get<std::uint32_t>("ServiceType").value_or(own_process);
  if (type != own_process || in.get<bool>("DesktopInteract").value_or(false))
    settings.problem = invalid_parameter;
  if (auto const user = in.get<std::string>("StartName")) {
    settings.user = unix_account(*user);
    if (!settings.user) settings.problem = invalid_account;
  }
  if (auto const mode = in.get<std::string>("StartMode")) {
    settings.start_mode = start_mode_of(*mode);
    if (!settings.start_mode) settings.problem = invalid_parameter;
  }
  for (auto const& service :
       in.list<std::string>("ServiceDependencies").value_or(std::vector<std::string>())) {
    if (!is_unit_name(service)) settings.problem = invalid_parameter;
    settings.dependencies.push_back(service + ".service");
  }
  return settings;
}

/// Lines of a unit file for what is set. `resets` empties lists first, as a drop-in has to.
std::string unit_text(Settings const& settings, bool resets) {
  std::string unit = "[Unit]\n";
  if (settings.display_name) unit += fmt::format("Description={}\n", escaped(*settings.display_name));
  for (auto const& dependency : settings.dependencies) {
    unit += fmt::format("Requires={0}\nAfter={0}\n", dependency);
  }
  unit += "\n[Service]\n";
  if (settings.command)
    unit += fmt::format("{}ExecStart={}\n", resets ? "ExecStart=\n" : "", escaped(*settings.command));
  if (settings.user && *settings.user != "root") unit += fmt::format("User={}\n", *settings.user);
  if (settings.user == "root" && resets) unit += "User=\n";
  return unit;
}

}  // namespace

cim::MethodResult start(Host const& host, std::string const& name) {
  if (is_active(found(host, name))) return already_running;
  return run(host, ServiceAction::start, name);
}

cim::MethodResult stop(Host const& host, std::string const& name) {
  auto const service = found(host, name);
  if (service.active_state == "inactive" || service.active_state == "failed") return not_active;
  return run(host, ServiceAction::stop, name);
}

cim::MethodResult restart(Host const& host, std::string const& name) {
  return run(host, ServiceAction::restart, found(host, name).name);
}

cim::MethodResult pause(Host const& host, std::string const& name) {
  auto const service = found(host, name);
  if (!is_active(service)) return not_active;
  if (is_frozen(service)) return already_paused;
  if (!service.can_freeze.value_or(false)) return cannot_accept_control;
  return run(host, ServiceAction::freeze, name);
}

cim::MethodResult resume(Host const& host, std::string const& name) {
  auto const service = found(host, name);
  if (!is_active(service)) return not_active;
  if (!is_frozen(service)) return already_running;
  return run(host, ServiceAction::thaw, name);
}

cim::MethodResult interrogate(Host const& host, std::string const& name) {
  return is_active(found(host, name)) ? success : not_active;
}

cim::MethodResult user_control(cim::NamedValues const& in) {
  // Codes from 128 are a service's own; no unit of systemd has any.
  constexpr int first_own = 128;
  return in.get<std::uint8_t>("ControlCode").value_or(0) >= first_own ? not_supported : invalid_control;
}

cim::MethodResult change_start_mode(Host const& host, std::string const& name, cim::NamedValues const& in) {
  auto const mode = start_mode_of(in.get<std::string>("StartMode").value_or("Automatic"));
  if (!mode) return invalid_parameter;
  return code_of(host.services().control().set_start_mode(found(host, name).name, *mode), name);
}

cim::MethodResult change(Host const& host, std::string const& name, cim::NamedValues const& in) {
  auto const service = found(host, name);
  auto const settings = settings_of(host, in);
  if (settings.problem) return *settings.problem;
  auto const& control = host.services().control();
  bool const has_text =
      settings.display_name || settings.command || settings.user || !settings.dependencies.empty();
  if (has_text) {
    auto const code = code_of(control.override_settings(service.name, unit_text(settings, true)), name);
    if (code != success) return code;
  }
  if (settings.start_mode) return code_of(control.set_start_mode(service.name, *settings.start_mode), name);
  return success;
}

cim::MethodResult create(Host const& host, cim::NamedValues const& in) {
  auto const name = in.get<std::string>("Name").value_or("");
  if (!is_unit_name(name)) return invalid_name;
  auto const settings = settings_of(host, in);
  if (!settings.command) return invalid_parameter;
  if (settings.problem) return *settings.problem;
  // Before it is made: systemd masks no unit of the administrator's own.
  if (settings.start_mode == system::StartMode::disabled) return not_supported;
  if (host.services().find(name)) return exists;
  auto const& control = host.services().control();
  auto const text = unit_text(settings, false) + "\n[Install]\nWantedBy=multi-user.target\n";
  auto const code = code_of(control.install(name, text), name);
  if (code != success || settings.start_mode == system::StartMode::manual) return code;
  return code_of(control.set_start_mode(name, settings.start_mode.value_or(system::StartMode::automatic)),
                 name);
}

cim::MethodResult remove(Host const& host, std::string const& name) {
  auto const outcome = host.services().control().remove(found(host, name).name);
  // Units that packages bring go with their package.
  if (outcome == ServiceOutcome::refused) return not_supported;
  return code_of(outcome, name);
}

}  // namespace winrm::providers::service_methods
