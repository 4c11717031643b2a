#include <algorithm>
#include <map>

#include "system/proc.hpp"
#include "system/service_control.hpp"
#include "system/services.hpp"
#include "system/text.hpp"
#include "system/unit_files.hpp"

namespace winrm::system {

namespace {

/// The running processes, read at most once for one question.
class Running {
 public:
  explicit Running(Host const& host) : host_(host) {}

  /// The process that a pid file names, when it runs.
  [[nodiscard]] std::optional<proc::Pid> from_pid_file(std::string const& path) const {
    if (path.empty()) return std::nullopt;
    auto const pid = proc::number_in(host_, path);
    if (!pid || *pid > UINT32_MAX || !host_.exists("/proc/" + std::to_string(*pid))) return std::nullopt;
    return static_cast<proc::Pid>(*pid);
  }

  struct Verdict {
    std::optional<bool>
        runs;  ///< absent: a process of that name runs, and it cannot be seen which program it is
    std::optional<proc::Pid> pid;
  };
  /// Whether a process of this program runs: by the file it executes, or as the script an interpreter was
  /// given.
  [[nodiscard]] Verdict of_program(std::string const& program) {
    read();
    auto const name = program.substr(program.rfind('/') + 1).substr(0, comm_bytes);
    Verdict verdict{false, std::nullopt};
    for (auto const& process : processes_) {
      auto line = std::string_view(process.command_line);
      auto const first = text::next_word(line);
      if (process.executable == program || first == program || text::next_word(line) == program) {
        return {true, process.pid};
      }
      if (process.name == name && process.executable.empty()) verdict.runs = std::nullopt;
    }
    return verdict;
  }

 private:
  static constexpr std::size_t comm_bytes = 15;
  struct Process {
    proc::Pid pid;
    std::string name;
    std::string executable;
    std::string command_line;
  };

  void read() {
    if (was_read_) return;
    was_read_ = true;
    for (auto const pid : proc::pids(host_)) {
      auto stat = proc::stat(host_, pid);
      if (!stat) continue;
      processes_.push_back({pid, std::move(stat->name), proc::executable(host_, pid).value_or(""),
                            proc::command_line(host_, pid).value_or("")});
    }
  }

  Host const& host_;
  bool was_read_ = false;
  std::vector<Process> processes_;
};

std::optional<std::string> non_empty(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

class FileServices final : public ServiceManager {
 public:
  explicit FileServices(Host const& host) : host_(host) {}

  std::vector<Service> list() const override { return described(std::nullopt); }

  std::optional<Service> find(std::string const& name) const override {
    auto const wanted = name.ends_with(".service") ? name.substr(0, name.size() - 8) : name;
    auto services = described(wanted);
    if (services.empty()) return std::nullopt;
    return std::move(services.front());
  }

  void detail(Service&) const override {}  // the files told everything at once

  std::vector<UnitDependency> dependencies(Service const& service) const override {
    auto const unit = unit_file(host_, service.handle);
    return unit ? unit->dependencies : std::vector<UnitDependency>();
  }

  std::vector<Target> targets() const override { return target_files(host_); }

  std::vector<std::string> members(Target const& target) const override {
    return pulled_in_by(host_, target.name + ".target");
  }

  ServiceControl const& control() const override { return *control_; }

 private:
  /// Every service, or the one with this name.
  [[nodiscard]] std::vector<Service> described(std::optional<std::string> const& only) const {
    std::map<std::string, Service> by_name;
    Running running(host_);
    auto const units = unit_files(host_, only);
    auto const scripts = init_scripts(host_, only);
    for (auto const& unit : units) add(by_name[unit.name], unit, running);
    for (auto const& script : scripts) add(by_name[script.name], script, running);
    std::vector<Service> services;
    services.reserve(by_name.size());
    for (auto& [name, service] : by_name) services.push_back(std::move(service));
    return services;
  }

  static void add(Service& service, UnitFile const& unit, Running& running) {
    service.name = unit.name;
    service.handle = unit.path;
    service.unit_file = unit.path;
    service.unit_file_state = unit.state;
    service.description = non_empty(unit.description);
    service.command = non_empty(unit.exec_start);
    service.type = unit.type.empty() ? "simple" : unit.type;
    if (unit.state == "masked") return;
    service.user = unit.user.empty() ? "root" : unit.user;
    auto words = std::string_view(unit.exec_start);
    settle_state(service, unit.pid_file, std::string(text::next_word(words)), running);
  }

  static void add(Service& service, InitScript const& script, Running& running) {
    service.name = script.name;
    if (!service.description) service.description = non_empty(script.description);
    if (!service.command) service.command = non_empty(script.daemon);
    if (service.handle.empty()) service.handle = script.path;
    // Without systemd it is the script's links that decide what starts with the machine.
    if (script.starts_at_boot) service.unit_file_state = *script.starts_at_boot ? "enabled" : "disabled";
    settle_state(service, script.pid_file, script.daemon, running);
  }

  static void settle_state(Service& service, std::string const& pid_file, std::string const& program,
                           Running& running) {
    if (service.active_state == "active") return;
    if (auto const pid = running.from_pid_file(pid_file)) {
      service.active_state = "active";
      service.main_pid = pid;
    } else if (!program.empty() && service.type.value_or("") != "oneshot") {
      auto const verdict = running.of_program(program);
      if (!verdict.runs) return;
      service.active_state = *verdict.runs ? "active" : "inactive";
      service.main_pid = *verdict.runs ? verdict.pid : std::optional<proc::Pid>(0);
    }
  }

  Host const& host_;
  std::unique_ptr<ServiceControl> control_ = make_no_service_control();
};

}  // namespace

std::unique_ptr<ServiceManager> make_file_services(Host const& host) {
  return std::make_unique<FileServices>(host);
}

}  // namespace winrm::system
