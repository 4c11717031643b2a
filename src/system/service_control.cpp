#include "system/service_control.hpp"

#include <poll.h>
#include <sdbus-c++/sdbus-c++.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/limits.hpp"
#include "base/time.hpp"
#include "system/file_cache.hpp"
#include "system/replace_file.hpp"
#include "system/unit_files.hpp"

namespace winrm::system {

namespace {

constexpr auto* bus_name = "org.freedesktop.systemd1";
constexpr auto* manager_path = "/org/freedesktop/systemd1";
constexpr auto* manager_interface = "org.freedesktop.systemd1.Manager";
constexpr std::string_view suffix = ".service";
/// The administrator's own units (systemd.unit(5)).
constexpr auto* unit_folder = "/etc/systemd/system/";
constexpr auto* drop_in_name = "/openwinrm.conf";

/// What a change of unit files did: type, link, its target.
using FileChange = sdbus::Struct<std::string, std::string, std::string>;

std::string unit_of(std::string const& name) {
  return name.ends_with(suffix) ? name : name + std::string(suffix);
}

ServiceOutcome outcome_of(sdbus::Error const& error) {
  auto const& name = error.getName();
  if (name == "org.freedesktop.DBus.Error.AccessDenied" || name == "org.freedesktop.DBus.Error.AuthFailed" ||
      name == "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired") {
    return ServiceOutcome::access_denied;
  }
  if (name == "org.freedesktop.systemd1.NoSuchUnit" || name == "org.freedesktop.DBus.Error.FileNotFound" ||
      name == "org.freedesktop.DBus.Error.InvalidArgs") {
    return ServiceOutcome::not_found;
  }
  if (name == "org.freedesktop.systemd1.UnitMasked") return ServiceOutcome::disabled;
  if (name == "org.freedesktop.systemd1.OnlyByDependency" ||
      name == "org.freedesktop.systemd1.TransactionIsDestructive" ||
      name == "org.freedesktop.DBus.Error.NotSupported") {
    return ServiceOutcome::refused;
  }
  return ServiceOutcome::failed;
}

ServiceOutcome outcome_of(std::system_error const& error) {
  auto const number = error.code().value();
  if (number == EACCES || number == EPERM || number == EROFS) return ServiceOutcome::access_denied;
  return number == ENOENT ? ServiceOutcome::not_found : ServiceOutcome::failed;
}

/// The results that systemd gives jobs (org.freedesktop.systemd1(5), JobRemoved).
ServiceOutcome outcome_of(std::string const& job_result) {
  if (job_result == "done") return ServiceOutcome::done;
  if (job_result == "timeout") return ServiceOutcome::timed_out;
  if (job_result == "dependency") return ServiceOutcome::dependency_failed;
  return ServiceOutcome::failed;
}

char const* method_of(ServiceAction action) {
  switch (action) {
    case ServiceAction::start:
      return "StartUnit";
    case ServiceAction::stop:
      return "StopUnit";
    case ServiceAction::restart:
      return "RestartUnit";
    case ServiceAction::freeze:
      return "FreezeUnit";
    case ServiceAction::thaw:
      return "ThawUnit";
  }
  return "";
}

/// A question to systemd over a connection of its own, on which the ends of jobs are heard. A frozen or slow
/// unit keeps its own question waiting and no other.
class Manager {
 public:
  Manager()
      : bus_(sdbus::createSystemBusConnection()), proxy_(sdbus::createProxy(*bus_, bus_name, manager_path)) {
    bus_->setMethodCallTimeout(limits::program_answer);
    proxy_->uponSignal("JobRemoved")
        .onInterface(manager_interface)
        .call([this](std::uint32_t, sdbus::ObjectPath const& job, std::string const&,
                     std::string const& result) { ended_.emplace_back(job, result); });
    proxy_->finishRegistration();
  }

  template <class... Arguments>
  void call(char const* method, Arguments const&... arguments) {
    proxy_->callMethod(method).onInterface(manager_interface).withArguments(arguments...);
  }

  ServiceOutcome run_job(char const* method, std::string const& unit) {
    call("Subscribe");
    sdbus::ObjectPath job;
    proxy_->callMethod(method)
        .onInterface(manager_interface)
        .withArguments(unit, std::string("replace"))
        .storeResultsTo(job);
    auto const deadline = SteadyClock::now() + limits::program_answer;
    while (true) {
      while (bus_->processPendingRequest()) {
      }
      for (auto const& [ended, result] : ended_) {
        if (ended == job) return outcome_of(result);
      }
      auto const left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now()).count();
      if (left <= 0) return ServiceOutcome::timed_out;
      auto const wait = bus_->getEventLoopPollData();
      pollfd waiting{wait.fd, wait.events, 0};
      ::poll(&waiting, 1, static_cast<int>(left));
    }
  }

  void change_files(std::string const& method, std::string const& unit, bool force) {
    std::vector<std::string> const units{unit};
    bool const until_reboot = false;
    bool carries_install_info = false;
    std::vector<FileChange> changes;
    auto question = proxy_->callMethod(method);  // refers to `method`
    question.onInterface(manager_interface);
    if (method == "EnableUnitFiles") {
      question.withArguments(units, until_reboot, force).storeResultsTo(carries_install_info, changes);
    } else if (method == "MaskUnitFiles") {
      question.withArguments(units, until_reboot, force).storeResultsTo(changes);
    } else {
      question.withArguments(units, until_reboot).storeResultsTo(changes);
    }
  }

 private:
  std::unique_ptr<sdbus::IConnection> bus_;
  std::unique_ptr<sdbus::IProxy> proxy_;
  std::vector<std::pair<std::string, std::string>> ended_;  // jobs and their results
};

template <class Change>
ServiceOutcome attempt(Change const& change) {
  try {
    return change();
  } catch (sdbus::Error const& error) {
    return outcome_of(error);
  } catch (std::system_error const& error) {
    return outcome_of(error);
  }
}

bool is_of_administrator(std::string const& unit) {
  std::error_code error;
  return std::filesystem::is_regular_file(std::filesystem::symlink_status(unit_folder + unit, error));
}

class SystemdControl final : public ServiceControl {
 public:
  ServiceOutcome run(ServiceAction action, std::string const& name) const override {
    return attempt([&] {
      Manager manager;
      if (action != ServiceAction::freeze && action != ServiceAction::thaw) {
        return manager.run_job(method_of(action), unit_of(name));
      }
      manager.call(method_of(action), unit_of(name));
      return ServiceOutcome::done;
    });
  }

  ServiceOutcome set_start_mode(std::string const& name, StartMode mode) const override {
    return attempt([&] {
      auto const unit = unit_of(name);
      bool const force = false;
      // The link that masks a unit would stand where its file is; seen before anything is changed.
      if (mode == StartMode::disabled && is_of_administrator(unit) && ::access(unit_folder, W_OK) == 0)
        return ServiceOutcome::refused;
      Manager manager;
      manager.change_files(mode == StartMode::disabled ? "DisableUnitFiles" : "UnmaskUnitFiles", unit, force);
      if (mode == StartMode::automatic) manager.change_files("EnableUnitFiles", unit, force);
      if (mode == StartMode::manual) manager.change_files("DisableUnitFiles", unit, force);
      if (mode == StartMode::disabled) manager.change_files("MaskUnitFiles", unit, force);
      manager.call("Reload");
      return ServiceOutcome::done;
    });
  }

  ServiceOutcome install(std::string const& name, std::string const& content) const override {
    return attempt([&] {
      replace_file(unit_folder + unit_of(name), content);
      Manager().call("Reload");
      return ServiceOutcome::done;
    });
  }

  ServiceOutcome override_settings(std::string const& name, std::string const& content) const override {
    return attempt([&] {
      auto const folder = unit_folder + unit_of(name) + ".d";
      std::error_code error;
      std::filesystem::create_directory(folder, error);
      if (error) throw std::system_error(error);
      // What was changed before stays: a service that was given an account keeps it when its command changes.
      std::string before;
      (void)read_file(folder + drop_in_name, before);  // there may be none yet
      replace_file(folder + drop_in_name, merged_settings(before, content));
      Manager().call("Reload");
      return ServiceOutcome::done;
    });
  }

  ServiceOutcome remove(std::string const& name) const override {
    return attempt([&] {
      auto const unit = unit_of(name);
      auto const path = unit_folder + unit;
      if (!is_of_administrator(unit)) return ServiceOutcome::refused;
      std::error_code error;
      Manager manager;
      manager.change_files("DisableUnitFiles", unit, false);
      if (!std::filesystem::remove(path, error) && error) throw std::system_error(error);
      std::filesystem::remove(path + ".d" + drop_in_name, error);
      std::filesystem::remove(path + ".d", error);  // only when it is empty
      manager.call("Reload");
      return ServiceOutcome::done;
    });
  }
};

class NoServiceControl final : public ServiceControl {
 public:
  ServiceOutcome run(ServiceAction, std::string const&) const override { return nobody; }
  ServiceOutcome set_start_mode(std::string const&, StartMode) const override { return nobody; }
  ServiceOutcome install(std::string const&, std::string const&) const override { return nobody; }
  ServiceOutcome override_settings(std::string const&, std::string const&) const override { return nobody; }
  ServiceOutcome remove(std::string const&) const override { return nobody; }

 private:
  static constexpr auto nobody = ServiceOutcome::not_supported;
};

}  // namespace

std::unique_ptr<ServiceControl> make_systemd_control() { return std::make_unique<SystemdControl>(); }

std::unique_ptr<ServiceControl> make_no_service_control() { return std::make_unique<NoServiceControl>(); }

}  // namespace winrm::system
