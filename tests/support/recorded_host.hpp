#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "support/recorded_journal.hpp"
#include "support/recorded_network.hpp"
#include "system/account_database.hpp"
#include "system/files.hpp"
#include "system/host.hpp"
#include "system/machine_control.hpp"
#include "system/proc.hpp"
#include "system/program.hpp"
#include "system/services.hpp"
#include "system/volumes.hpp"

namespace winrm::test {

/// The accounts of a recorded machine: lines of its passwd, group and shadow files.
class RecordedAccounts final : public system::AccountDatabase {
 public:
  explicit RecordedAccounts(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::vector<system::User> users() const override {
    std::vector<system::User> users;
    for (auto const& f : fields_of("passwd")) users.push_back({f[0], id(f[2]), id(f[3]), f[4], f[5], f[6]});
    return users;
  }
  std::vector<system::Group> groups() const override {
    std::vector<system::Group> groups;
    for (auto const& f : fields_of("group")) groups.push_back({f[0], id(f[2]), split(f[3], ',')});
    return groups;
  }
  std::optional<system::User> find_user(std::string const& name) const override {
    for (auto const& user : users()) {
      if (user.name == name) return user;
    }
    return std::nullopt;
  }
  std::optional<system::Group> find_group(std::string const& name) const override {
    for (auto const& group : groups()) {
      if (group.name == name) return group;
    }
    return std::nullopt;
  }
  std::optional<system::PasswordRules> password_rules(std::string const& user) const override {
    for (auto const& f : fields_of("shadow")) {
      if (f[0] != user) continue;
      system::PasswordRules rules;
      rules.empty = f[1].empty();
      rules.locked = f[1].starts_with('!') || f[1].starts_with('*');
      rules.last_change = days(f[2]);
      rules.minimum_age = days(f[3]);
      rules.maximum_age = days(f[4]);
      rules.account_expires = days(f[7]);
      return rules;
    }
    return std::nullopt;
  }
  bool may_be_changed() const override { return may_change; }

  bool may_change = true;

 private:
  static uid_t id(std::string const& text) { return static_cast<uid_t>(std::stoul(text)); }
  static std::optional<std::int64_t> days(std::string const& text) {
    if (text.empty()) return std::nullopt;
    return std::stoll(text);
  }
  static std::vector<std::string> split(std::string const& text, char at) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, at);) parts.push_back(part);
    return parts;
  }
  [[nodiscard]] std::vector<std::vector<std::string>> fields_of(char const* name) const {
    std::vector<std::vector<std::string>> lines;
    std::ifstream in(folder_ / name);
    for (std::string line; std::getline(in, line);) {
      auto fields = split(line, ':');
      fields.resize(9);
      lines.push_back(std::move(fields));
    }
    return lines;
  }

  std::filesystem::path folder_;
};

/// Writes down what it is asked, instead of doing it.
class RecordingControl final : public system::MachineControl {
 public:
  void power(system::PowerAction action, std::chrono::seconds delay,
             std::string const& message) const override {
    fail_when_told();
    asked.push_back(std::string(action == system::PowerAction::reboot ? "reboot" : "power off") + " in " +
                    std::to_string(delay.count()) + " s: " + message);
  }
  void set_time(system::SystemTime time) const override {
    fail_when_told();
    asked.push_back("time " + std::to_string(time.time_since_epoch().count()));
  }
  void rename(std::string const& name) const override {
    fail_when_told();
    asked.push_back("name " + name);
  }

  mutable std::vector<std::string> asked;
  int error = 0;  ///< an errno: every question fails with it

 private:
  void fail_when_told() const {
    if (error != 0) throw std::system_error(error, std::generic_category());
  }
};

/// What udev does not tell about the labels of a recorded machine nobody knows.
class RecordedVolumes final : public system::Volumes {
 public:
  std::optional<std::string> label(std::string const&) const override { return std::nullopt; }
  std::error_code set_label(std::string const&, std::string const&) const override { return refused(); }
  std::error_code mount(std::string const&, std::string const&, std::string const&) const override {
    return refused();
  }
  std::error_code unmount(std::string const& mount_point, bool) const override {
    unmounted.push_back(mount_point);
    return {};
  }

  /// What was unmounted, as if it had been.
  mutable std::vector<std::string> unmounted;

 private:
  static std::error_code refused() { return std::make_error_code(std::errc::operation_not_permitted); }
};

/// A machine written down under tests/fixtures/host/<name>: its files under files/, symbolic links in
/// links.txt (path, blank, target), mounts in usage.txt (mount point, block size, total, available, longest
/// name), links and addresses in network.txt, and the rest in machine.txt (key=value). Remembers what was
/// asked of it.
class RecordedHost final : public system::Host {
 public:
  explicit RecordedHost(std::string const& name)
      : folder_(std::filesystem::path(WINRM_SOURCE_DIR) / "tests/fixtures/host" / name),
        network_(folder_ / "network.txt") {
    for (auto const& line : lines("machine.txt")) {
      auto const equals = line.find('=');
      facts_[line.substr(0, equals)] = line.substr(equals + 1);
    }
    for (auto const& line : lines("links.txt")) {
      auto const blank = line.find(' ');
      links_[line.substr(0, blank)] = line.substr(blank + 1);
    }
    for (auto const& line : lines("usage.txt")) {
      std::istringstream words(line);
      std::string point;
      system::FileSystemUsage usage;
      words >> point >> usage.block_size >> usage.total >> usage.available >> usage.longest_name;
      usage_[point] = usage;
    }
    services_ = system::make_file_services(*this);
  }

  /// Puts another service manager in the place of the recorded files.
  void manage_services_with(std::unique_ptr<system::ServiceManager> services) {
    services_ = std::move(services);
  }

  bool read(std::string const& path, std::string& content) const override {
    note(path);
    if (auto const found = written.find(path); found != written.end()) {
      content = found->second;
      return true;
    }
    std::ifstream file(folder_ / "files" / path.substr(1), std::ios::binary);
    if (!file || std::filesystem::is_directory(folder_ / "files" / path.substr(1))) return false;
    content.assign(std::istreambuf_iterator<char>(file), {});
    return true;
  }
  std::optional<std::vector<std::string>> list(std::string const& path) const override {
    note(path);
    if (hidden.contains(path)) return std::nullopt;
    std::set<std::string> names;
    std::error_code missing;
    for (auto const& entry :
         std::filesystem::directory_iterator(folder_ / "files" / path.substr(1), missing)) {
      names.insert(entry.path().filename());
    }
    for (auto const& [link, target] : links_) {
      if (!link.starts_with(path + "/")) continue;
      auto const rest = std::string_view(link).substr(path.size() + 1);
      names.emplace(rest.substr(0, rest.find('/')));
    }
    for (auto const& [file, content] : written) {
      if (file.substr(0, file.rfind('/')) == path) names.insert(file.substr(path.size() + 1));
    }
    if (names.empty()) return std::nullopt;
    return std::vector<std::string>(names.begin(), names.end());
  }
  std::optional<std::string> link_target(std::string const& path) const override {
    note(path);
    auto const found = links_.find(path);
    if (found == links_.end()) return std::nullopt;
    return found->second;
  }
  bool exists(std::string const& path) const override {
    return written.contains(path) || links_.contains(path) ||
           std::filesystem::exists(folder_ / "files" / path.substr(1));
  }
  std::optional<system::SystemTime> birth_time(std::string const&) const override {
    auto const found = facts_.find("birth");
    if (found == facts_.end()) return std::nullopt;
    return time(found->second);
  }
  std::optional<system::SystemTime> change_time(std::string const& path) const override {
    auto const found = facts_.find("changed");
    if (found == facts_.end() || !exists(path)) return std::nullopt;
    return time(found->second);
  }
  void replace_file(std::string const& path, std::string_view content) const override {
    if (write_error != 0) throw std::system_error(write_error, std::generic_category(), path);
    written[path] = content;
  }
  system::ProgramResult run(std::vector<std::string> const& arguments, Milliseconds) const override {
    ran.push_back(arguments);
    return answer;
  }
  std::optional<system::FileSystemUsage> usage(std::string const& mount_point, bool may_hang) const override {
    usage_asked_.emplace_back(mount_point, may_hang);
    auto const found = usage_.find(mount_point);
    if (found == usage_.end()) return std::nullopt;
    return found->second;
  }
  system::KernelName kernel() const override {
    return {"Linux", facts_.at("node"), facts_.at("release"), facts_.at("version"), facts_.at("machine")};
  }
  system::SystemTime now() const override { return time(facts_.at("now")) + paused_; }
  /// Time passes at once, and files change as after_pause() said.
  void pause(std::chrono::milliseconds time) const override {
    paused_ += time;
    for (auto const& [path, content] : after_pause_) written[path] = content;
  }
  void after_pause(std::string const& path, std::string const& content) { after_pause_[path] = content; }
  DateTime local(system::SystemTime when) const override {
    return {when, static_cast<std::int16_t>(std::stoi(facts_.at("offset")))};
  }
  std::optional<system::SystemTime> boot_time() const override { return system::proc::read_boot_time(*this); }
  std::uint32_t process_count() const override {
    return static_cast<std::uint32_t>(system::proc::pids(*this).size());
  }
  std::uint64_t page_bytes() const override { return 4096; }
  std::uint64_t clock_ticks_per_second() const override { return 100; }
  std::optional<std::vector<system::Session>> sessions() const override {
    return std::vector<system::Session>{{"alice", "tty1", "", 510, std::nullopt},
                                        {"bob", "pts/0", "192.0.2.7", 620, std::nullopt}};
  }
  system::ServiceManager const& services() const override { return *services_; }
  system::AccountDatabase const& accounts() const override { return accounts_; }
  system::ProcessControl const& processes() const override {
    throw std::logic_error("the processes of a recorded machine cannot be changed");
  }
  system::Journal const& journal() const override { return journal_; }
  system::MachineControl const& control() const override { return machine_control; }
  system::Network const& network() const override { return network_; }
  system::Volumes const& volumes() const override { return recorded_volumes; }
  /// Files a test makes itself, on this machine.
  system::Files const& files() const override { return *files_; }

  /// Files and folders opened, links read, in order.
  [[nodiscard]] std::vector<std::string> const& opened() const { return opened_; }
  /// Mount points whose usage was asked, and whether with a time limit.
  [[nodiscard]] std::vector<std::pair<std::string, bool>> const& usage_asked() const { return usage_asked_; }

  [[nodiscard]] RecordedAccounts& recorded_accounts() { return accounts_; }
  RecordingControl machine_control;
  RecordedVolumes recorded_volumes;
  /// What was written over the recorded files, by path; `write_error` (an errno) refuses it.
  mutable std::map<std::string, std::string> written;
  int write_error = 0;
  /// Folders that this machine has not.
  std::set<std::string> hidden;
  /// The programs that were started, and what each of them answers.
  mutable std::vector<std::vector<std::string>> ran;
  system::ProgramResult answer;

 private:
  void note(std::string const& path) const { opened_.push_back(path); }
  static system::SystemTime time(std::string const& seconds) {
    return system::SystemTime(std::chrono::seconds(std::stoll(seconds)));
  }
  [[nodiscard]] std::vector<std::string> lines(char const* file) const {
    std::ifstream in(folder_ / file);
    if (!in) throw std::runtime_error("no recorded machine: " + (folder_ / file).string());
    std::vector<std::string> all;
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string> facts_;
  std::map<std::string, std::string> links_;
  std::map<std::string, system::FileSystemUsage> usage_;
  std::unique_ptr<system::ServiceManager> services_;
  RecordedAccounts accounts_{folder_ / "files/etc"};
  RecordedJournal journal_{folder_ / "journal.txt"};
  mutable std::chrono::milliseconds paused_{0};
  std::map<std::string, std::string> after_pause_;
  RecordedNetwork network_;
  std::unique_ptr<system::Files> files_ = system::make_files();
  mutable std::vector<std::string> opened_;
  mutable std::vector<std::pair<std::string, bool>> usage_asked_;
};

}  // namespace winrm::test
