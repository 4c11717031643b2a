#include "system/machine_control.hpp"

#include <sdbus-c++/sdbus-c++.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "system/program.hpp"

namespace winrm::system {

namespace {

constexpr auto* logind_name = "org.freedesktop.login1";
constexpr auto* logind_path = "/org/freedesktop/login1";
constexpr auto* logind_interface = "org.freedesktop.login1.Manager";
constexpr auto* systemd_name = "org.freedesktop.systemd1";
constexpr auto* systemd_path = "/org/freedesktop/systemd1";
constexpr auto* systemd_interface = "org.freedesktop.systemd1.Manager";

constexpr auto* host_name_file = "/etc/hostname";

[[noreturn]] void throw_error(int number, std::string const& what) {
  throw std::system_error(number, std::generic_category(), what);
}

bool says_nobody_answers(sdbus::Error const& error) {
  return error.getName() == "org.freedesktop.DBus.Error.ServiceUnknown" ||
         error.getName() == "org.freedesktop.DBus.Error.NameHasNoOwner";
}

int error_number(sdbus::Error const& error) {
  auto const& name = error.getName();
  if (name == "org.freedesktop.DBus.Error.AccessDenied" || name == "org.freedesktop.DBus.Error.AuthFailed" ||
      name == "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired") {
    return EACCES;
  }
  if (name == "org.freedesktop.login1.OperationInProgress") return EALREADY;
  if (name.starts_with("org.freedesktop.login1.Blocked")) return EBUSY;
  return EIO;
}

/// logind's method, the type it schedules by, systemd's target, and the switch of shutdown(8).
struct ActionNames {
  char const* method;
  char const* type;
  char const* target;
  char const* option;
};
ActionNames names_of(PowerAction action) {
  if (action == PowerAction::reboot) return {"Reboot", "reboot", "reboot.target", "-r"};
  return {"PowerOff", "poweroff", "poweroff.target", "-P"};
}

void ask_logind(sdbus::IConnection& bus, ActionNames const& names, std::chrono::seconds delay,
                std::string const& message) {
  auto const manager = sdbus::createProxy(bus, logind_name, logind_path);
  bool const interactive = false;  // there is nobody who could be asked for a password
  if (!message.empty()) {
    manager->callMethod("SetWallMessage").onInterface(logind_interface).withArguments(message, true);
  }
  if (delay.count() > 0) {
    auto const at = std::chrono::system_clock::now().time_since_epoch() + delay;
    auto const microseconds =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(at).count());
    manager->callMethod("ScheduleShutdown")
        .onInterface(logind_interface)
        .withArguments(std::string(names.type), microseconds);
  } else {
    manager->callMethod(names.method).onInterface(logind_interface).withArguments(interactive);
  }
}

/// systemd itself, where no logind runs: what systemctl does then. Only for root.
void start_target(sdbus::IConnection& bus, ActionNames const& names) {
  auto const manager = sdbus::createProxy(bus, systemd_name, systemd_path);
  sdbus::ObjectPath job;
  manager->callMethod("StartUnit")
      .onInterface(systemd_interface)
      .withArguments(std::string(names.target), std::string("replace-irreversibly"))
      .storeResultsTo(job);
}

void ask_systemd(ActionNames const& names, std::chrono::seconds delay, std::string const& message) {
  try {
    auto const bus = sdbus::createSystemBusConnection();
    try {
      ask_logind(*bus, names, delay, message);
    } catch (sdbus::Error const& error) {
      if (!says_nobody_answers(error) || delay.count() > 0) throw;
      start_target(*bus, names);
    }
  } catch (sdbus::Error const& error) {
    throw_error(error_number(error), std::string(names.method) + ": " + error.getMessage());
  }
}

/// Systems with another init have the shutdown(8) that belongs to it; it counts in minutes.
void run_shutdown(Host const& host, ActionNames const& names, std::chrono::seconds delay,
                  std::string const& message) {
  if (::geteuid() != 0) throw_error(EPERM, "only root ends the machine");
  for (auto const* program : {"/sbin/shutdown", "/usr/sbin/shutdown"}) {
    if (!host.exists(program)) continue;
    auto const minutes = std::chrono::ceil<std::chrono::minutes>(delay).count();
    std::vector<std::string> arguments{program, names.option,
                                       minutes > 0 ? "+" + std::to_string(minutes) : std::string("now")};
    if (!message.empty()) arguments.push_back(message);
    auto const result = host.run(arguments);
    if (result.exit_status != 0) throw_error(EIO, result.errors);
    return;
  }
  throw_error(ENOTSUP, "no init system that could end this machine in order");
}

class RealMachineControl final : public MachineControl {
 public:
  explicit RealMachineControl(Host const& host) : host_(host) {}

  void power(PowerAction action, std::chrono::seconds delay, std::string const& message) const override {
    // sd_booted(3): this folder exists exactly when systemd runs the machine.
    if (host_.exists("/run/systemd/system")) {
      ask_systemd(names_of(action), delay, message);
    } else {
      run_shutdown(host_, names_of(action), delay, message);
    }
  }

  void set_time(SystemTime time) const override {
    auto const since_epoch = time.time_since_epoch();
    auto const seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    timespec const value{seconds.count(), (since_epoch - seconds).count() * 1000};
    if (::clock_settime(CLOCK_REALTIME, &value) != 0) throw_error(errno, "clock_settime");
  }

  void rename(std::string const& name) const override {
    auto const before = host_.kernel().node;
    if (::sethostname(name.data(), name.size()) != 0) throw_error(errno, "sethostname");
    try {
      host_.replace_file(host_name_file, name + "\n");
    } catch (std::system_error const&) {
      if (::sethostname(before.data(), before.size()) != 0)
        throw_error(errno, "sethostname, back to the old name");
      throw;
    }
  }

 private:
  Host const& host_;
};

}  // namespace

std::unique_ptr<MachineControl> make_machine_control(Host const& host) {
  return std::make_unique<RealMachineControl>(host);
}

}  // namespace winrm::system
