#include <sdbus-c++/sdbus-c++.h>

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>

#include "system/service_control.hpp"
#include "system/services.hpp"
#include "system/unit_files.hpp"

namespace winrm::system {

namespace {

constexpr auto* bus_name = "org.freedesktop.systemd1";
constexpr auto* manager_path = "/org/freedesktop/systemd1";
constexpr auto* manager_interface = "org.freedesktop.systemd1.Manager";
constexpr auto* unit_interface = "org.freedesktop.systemd1.Unit";
constexpr auto* service_interface = "org.freedesktop.systemd1.Service";
constexpr std::string_view suffix = ".service";
constexpr std::string_view target_suffix = ".target";

/// ListUnitsByPatterns: name, description, load state, active state, sub state, followed unit, object, job
/// id, job type, job object (org.freedesktop.systemd1(5)).
using ListedUnit = sdbus::Struct<std::string, std::string, std::string, std::string, std::string, std::string,
                                 sdbus::ObjectPath, std::uint32_t, std::string, sdbus::ObjectPath>;
using ListedFile = sdbus::Struct<std::string, std::string>;
/// ExecStart: program, arguments, whether to ignore failure, and how the last run went.
using Command = sdbus::Struct<std::string, std::vector<std::string>, bool, std::uint64_t, std::uint64_t,
                              std::uint64_t, std::uint64_t, std::uint32_t, std::int32_t, std::int32_t>;

std::string without_suffix(std::string name) {
  if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  return name;
}

/// "getty@tty1.service" is made from "getty@.service".
std::string file_of_unit(std::string const& unit) {
  auto const at = unit.find('@');
  if (at == std::string::npos) return unit;
  return unit.substr(0, at + 1) + std::string(suffix);
}

bool is_template(std::string const& unit) { return unit.find("@.") != std::string::npos; }

std::string joined(std::vector<std::string> const& arguments) {
  std::string line;
  for (auto const& argument : arguments) {
    if (!line.empty()) line += ' ';
    line += argument;
  }
  return line;
}

class SystemdServices final : public ServiceManager {
 public:
  explicit SystemdServices(Host const& host) : host_(host) {}

 private:
  /// Runs one question over the connection, made when first needed and again after it broke.
  template <class Question>
  auto asking(Question const& question) const {
    try {
      if (!bus_) bus_ = sdbus::createSystemBusConnection();
      return question(*bus_);
    } catch (sdbus::Error const& error) {
      bus_.reset();
      throw std::runtime_error("systemd does not answer on the system bus: " + error.getMessage());
    }
  }

 public:
  std::vector<Service> list() const override {
    std::lock_guard const lock(mutex_);
    return asking([&](sdbus::IConnection& bus) { return list(bus); });
  }

  std::optional<Service> find(std::string const& name) const override {
    auto const unit = name.ends_with(suffix) ? name : name + std::string(suffix);
    std::lock_guard const lock(mutex_);
    return asking([&](sdbus::IConnection& bus) { return find(bus, unit); });
  }

  void detail(Service& service) const override {
    if (!service.handle.starts_with(manager_path)) {
      detail_from_file(service);
      return;
    }
    std::lock_guard const lock(mutex_);
    asking([&](sdbus::IConnection& bus) { detail_unless_gone(bus, service); });
  }

  std::vector<UnitDependency> dependencies(Service const& service) const override {
    std::lock_guard const lock(mutex_);
    return asking(
        [&](sdbus::IConnection& bus) { return dependencies(bus, service.name + std::string(suffix)); });
  }

  std::vector<Target> targets() const override {
    std::lock_guard const lock(mutex_);
    return asking([](sdbus::IConnection& bus) { return targets(bus); });
  }

  std::vector<std::string> members(Target const& target) const override {
    std::lock_guard const lock(mutex_);
    auto const found = asking(
        [&](sdbus::IConnection& bus) { return dependencies(bus, target.name + std::string(target_suffix)); });
    using Kind = UnitDependency::Kind;
    std::vector<std::string> units;
    for (auto const& dependency : found) {
      bool const pulls_in = dependency.kind == Kind::required || dependency.kind == Kind::wanted;
      if (pulls_in) units.push_back(dependency.unit);
    }
    return units;
  }

  ServiceControl const& control() const override { return *control_; }

 private:
  static std::vector<Service> list(sdbus::IConnection& bus) {
    auto const manager = sdbus::createProxy(bus, bus_name, manager_path);
    std::vector<std::string> const any_state;
    std::vector<std::string> const patterns{"*.service"};
    std::vector<ListedUnit> units;
    manager->callMethod("ListUnitsByPatterns")
        .onInterface(manager_interface)
        .withArguments(any_state, patterns)
        .storeResultsTo(units);
    std::vector<ListedFile> files;
    manager->callMethod("ListUnitFilesByPatterns")
        .onInterface(manager_interface)
        .withArguments(any_state, patterns)
        .storeResultsTo(files);

    std::map<std::string, ListedFile const*> by_file;
    for (auto const& file : files) by_file[file.get<0>().substr(file.get<0>().rfind('/') + 1)] = &file;
    std::map<std::string, Service> by_name;
    for (auto const& unit : units) {
      // A name that others refer to and no file defines.
      if (unit.get<2>() == "not-found") continue;
      auto& service = by_name[unit.get<0>()];
      service.name = without_suffix(unit.get<0>());
      service.description = unit.get<1>();
      service.active_state = unit.get<3>();
      service.handle = unit.get<6>();
      auto const file = by_file.find(file_of_unit(unit.get<0>()));
      if (file != by_file.end()) service.unit_file_state = file->second->get<1>();
    }
    for (auto const& [name, file] : by_file) {
      if (is_template(name) || file->get<1>() == "alias" || by_name.contains(name)) continue;
      auto& service = by_name[name];
      service.name = without_suffix(name);
      service.unit_file_state = file->get<1>();
      service.handle = file->get<0>();
      service.active_state = "inactive";  // systemd keeps no unit in memory that does anything else
    }
    std::vector<Service> services;
    services.reserve(by_name.size());
    for (auto& [name, service] : by_name) services.push_back(std::move(service));
    return services;
  }

  static std::optional<Service> find(sdbus::IConnection& bus, std::string const& unit) {
    auto const manager = sdbus::createProxy(bus, bus_name, manager_path);
    sdbus::ObjectPath object;
    try {
      manager->callMethod("LoadUnit")
          .onInterface(manager_interface)
          .withArguments(unit)
          .storeResultsTo(object);
    } catch (sdbus::Error const& error) {
      // A name that no unit can have.
      if (error.getName() == "org.freedesktop.DBus.Error.InvalidArgs") return std::nullopt;
      throw;
    }
    auto const proxy = sdbus::createProxy(bus, bus_name, object);
    auto const text = [&](char const* name) {
      return proxy->getProperty(name).onInterface(unit_interface).get<std::string>();
    };
    if (text("LoadState") == "not-found") return std::nullopt;
    Service service;
    service.name = without_suffix(text("Id"));
    service.description = text("Description");
    service.active_state = text("ActiveState");
    if (auto state = text("UnitFileState"); !state.empty()) service.unit_file_state = std::move(state);
    service.handle = object;
    return service;
  }

  /// Loading every unit only to look at it would make systemd read all of them again and again.
  void detail_from_file(Service& service) const {
    auto const unit = unit_file(host_, service.handle);
    if (!unit) return;
    if (!unit->description.empty()) service.description = unit->description;
    if (!unit->exec_start.empty()) service.command = unit->exec_start;
    service.user = unit->user.empty() ? "root" : unit->user;
    service.type = unit->type.empty() ? "simple" : unit->type;
    service.main_pid = 0;
    service.unit_file = service.handle;
  }

  static void detail_unless_gone(sdbus::IConnection& bus, Service& service) {
    try {
      detail(bus, service);
    } catch (sdbus::Error const& error) {
      // A transient unit vanishes when it stops, perhaps since it was listed.
      auto const& name = error.getName();
      if (name != "org.freedesktop.systemd1.NoSuchUnit" && name != "org.freedesktop.DBus.Error.UnknownObject")
        throw;
    }
  }

  static void detail(sdbus::IConnection& bus, Service& service) {
    auto const proxy = sdbus::createProxy(bus, bus_name, service.handle);
    auto const unit = properties(*proxy, unit_interface);
    auto const run = properties(*proxy, service_interface);
    if (!service.description) service.description = value<std::string>(unit, "Description");
    if (!service.unit_file_state) {
      auto state = value<std::string>(unit, "UnitFileState");
      if (state && !state->empty()) service.unit_file_state = std::move(state);
    }
    service.can_stop = value<bool>(unit, "CanStop");
    service.can_freeze = value<bool>(unit, "CanFreeze");
    service.freezer_state = value<std::string>(unit, "FreezerState");
    service.sub_state = value<std::string>(unit, "SubState");
    service.unit_file = non_empty(value<std::string>(unit, "FragmentPath"));
    service.slice = non_empty(value<std::string>(run, "Slice"));
    service.control_group = non_empty(value<std::string>(run, "ControlGroup"));
    service.memory = counted(value<std::uint64_t>(run, "MemoryCurrent"));
    service.tasks = counted(value<std::uint64_t>(run, "TasksCurrent"));
    service.type = value<std::string>(run, "Type");
    service.main_pid = value<std::uint32_t>(run, "MainPID");
    auto const user = value<std::string>(run, "User");
    if (user) service.user = user->empty() ? "root" : *user;
    auto const commands = value<std::vector<Command>>(run, "ExecStart");
    if (commands && !commands->empty()) service.command = joined(commands->front().get<1>());
    if (value<std::uint64_t>(run, "ExecMainExitTimestamp").value_or(0) != 0) {
      if (auto const status = value<std::int32_t>(run, "ExecMainStatus")) {
        service.exit_status = static_cast<std::uint32_t>(*status);
      }
    }
  }

  static std::vector<UnitDependency> dependencies(sdbus::IConnection& bus, std::string const& unit) {
    auto const manager = sdbus::createProxy(bus, bus_name, manager_path);
    sdbus::ObjectPath object;
    manager->callMethod("LoadUnit").onInterface(manager_interface).withArguments(unit).storeResultsTo(object);
    auto const facts = properties(*sdbus::createProxy(bus, bus_name, object), unit_interface);
    using Kind = UnitDependency::Kind;
    std::vector<UnitDependency> found;
    for (auto const& [name, kind] :
         std::initializer_list<std::pair<char const*, Kind>>{{"Requires", Kind::required},
                                                             {"Requisite", Kind::required},
                                                             {"BindsTo", Kind::required},
                                                             {"Wants", Kind::wanted},
                                                             {"Conflicts", Kind::conflicting},
                                                             {"After", Kind::earlier}}) {
      for (auto& other : value<std::vector<std::string>>(facts, name).value_or(std::vector<std::string>())) {
        found.push_back({kind, std::move(other)});
      }
    }
    return found;
  }

  static std::vector<Target> targets(sdbus::IConnection& bus) {
    auto const manager = sdbus::createProxy(bus, bus_name, manager_path);
    std::vector<std::string> const any_state;
    std::vector<std::string> const patterns{"*.target"};
    std::vector<ListedUnit> units;
    manager->callMethod("ListUnitsByPatterns")
        .onInterface(manager_interface)
        .withArguments(any_state, patterns)
        .storeResultsTo(units);
    std::vector<Target> found;
    for (auto const& unit : units) {
      auto const& name = unit.get<0>();
      if (unit.get<2>() == "not-found") continue;
      found.push_back({name.substr(0, name.size() - target_suffix.size()), unit.get<1>()});
    }
    return found;
  }

  using Properties = std::map<std::string, sdbus::Variant>;
  static Properties properties(sdbus::IProxy& proxy, std::string const& interface) {
    Properties found;
    proxy.callMethod("GetAll")
        .onInterface("org.freedesktop.DBus.Properties")
        .withArguments(interface)
        .storeResultsTo(found);
    return found;
  }
  /// Nothing for what this version of systemd does not have.
  template <class T>
  static std::optional<T> value(Properties const& properties, char const* name) {
    auto const found = properties.find(name);
    if (found == properties.end()) return std::nullopt;
    return found->second.get<T>();
  }

  static std::optional<std::string> non_empty(std::optional<std::string> text) {
    return text && text->empty() ? std::nullopt : std::move(text);
  }
  /// systemd's largest number says that nobody counts.
  static std::optional<std::uint64_t> counted(std::optional<std::uint64_t> number) {
    return number == std::numeric_limits<std::uint64_t>::max() ? std::nullopt : number;
  }

  Host const& host_;
  mutable std::mutex mutex_;  // sd-bus connections are for one thread at a time
  mutable std::unique_ptr<sdbus::IConnection> bus_;
  std::unique_ptr<ServiceControl> control_ = make_systemd_control();
};

}  // namespace

std::unique_ptr<ServiceManager> make_systemd_services(Host const& host) {
  return std::make_unique<SystemdServices>(host);
}

}  // namespace winrm::system
