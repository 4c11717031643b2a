#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "system/host.hpp"
#include "system/services.hpp"

namespace winrm::test {

/// A machine written down under tests/fixtures/host/<name>: its files under files/, symbolic links in
/// links.txt (path, blank, target), mounts in usage.txt (mount point, block size, total, available, longest
/// name), and the rest in machine.txt (key=value). Remembers what was asked of it.
class RecordedHost final : public system::Host {
 public:
  explicit RecordedHost(std::string const& name)
      : folder_(std::filesystem::path(WINRM_SOURCE_DIR) / "tests/fixtures/host" / name) {
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
    std::ifstream file(folder_ / "files" / path.substr(1), std::ios::binary);
    if (!file || std::filesystem::is_directory(folder_ / "files" / path.substr(1))) return false;
    content.assign(std::istreambuf_iterator<char>(file), {});
    return true;
  }
  std::optional<std::vector<std::string>> list(std::string const& path) const override {
    note(path);
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
    return links_.contains(path) || std::filesystem::exists(folder_ / "files" / path.substr(1));
  }
  std::optional<system::SystemTime> birth_time(std::string const&) const override {
    auto const found = facts_.find("birth");
    if (found == facts_.end()) return std::nullopt;
    return time(found->second);
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
  system::SystemTime now() const override { return time(facts_.at("now")); }
  DateTime local(system::SystemTime when) const override {
    return {when, static_cast<std::int16_t>(std::stoi(facts_.at("offset")))};
  }
  std::uint64_t page_bytes() const override { return 4096; }
  std::uint64_t clock_ticks_per_second() const override { return 100; }
  std::optional<std::vector<system::Session>> sessions() const override {
    return std::vector<system::Session>{{"alice", "tty1"}, {"bob", "pts/0"}};
  }
  system::ServiceManager const& services() const override { return *services_; }

  /// Files and folders opened, links read, in order.
  [[nodiscard]] std::vector<std::string> const& opened() const { return opened_; }
  /// Mount points whose usage was asked, and whether with a time limit.
  [[nodiscard]] std::vector<std::pair<std::string, bool>> const& usage_asked() const { return usage_asked_; }

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
  mutable std::vector<std::string> opened_;
  mutable std::vector<std::pair<std::string, bool>> usage_asked_;
};

}  // namespace winrm::test
