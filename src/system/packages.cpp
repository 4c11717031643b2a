#include "system/packages.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include "system/program.hpp"
#include "system/text.hpp"

namespace winrm::system {

namespace {

constexpr std::string_view dpkg_folder = "/var/lib/dpkg/";

/// When dpkg last unpacked the package: it writes the list of its files then.
std::optional<SystemTime> unpacked(Host const& host, Package const& package) {
  auto const list = std::string(dpkg_folder) + "info/" + package.name;
  if (auto const time = host.change_time(list + ".list")) return time;
  return host.change_time(list + ":" + package.architecture + ".list");
}

/// One paragraph of /var/lib/dpkg/status (deb-control(5)); nothing for a package that is not installed.
std::optional<Package> dpkg_package(Host const& host, std::string_view paragraph) {
  Package package;
  bool is_installed = false;
  while (auto const line = text::next_line(paragraph)) {
    if (line->empty() || line->front() == ' ') continue;  // more of a field with several lines
    auto const colon = line->find(':');
    if (colon == std::string_view::npos) continue;
    auto const field = line->substr(0, colon);
    auto const value = text::trim(line->substr(colon + 1));
    if (field == "Package") package.name = value;
    if (field == "Version") package.version = value;
    if (field == "Architecture") package.architecture = value;
    if (field == "Maintainer") package.maintainer = value;
    if (field == "Homepage") package.home_page = value;
    if (field == "Description") package.summary = value;
    if (field == "Status") is_installed = value.ends_with(" installed");
  }
  if (!is_installed || package.name.empty() || package.version.empty()) return std::nullopt;
  package.id = package.name + ":" + package.architecture;
  package.installed = unpacked(host, package);
  return package;
}

void add_dpkg_packages(Host const& host, std::optional<std::string> const& only_name,
                       std::vector<Package>& packages) {
  std::string content;
  if (!host.read(std::string(dpkg_folder) + "status", content)) return;
  // dpkg writes the name first.
  auto const first_line = only_name ? "Package: " + *only_name + "\n" : std::string();
  std::string_view rest = content;
  while (!rest.empty()) {
    auto const end = rest.find("\n\n");
    auto const paragraph = rest.substr(0, end);
    if (paragraph.starts_with(first_line)) {
      if (auto package = dpkg_package(host, paragraph)) packages.push_back(*std::move(package));
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 2);
  }
}

/// Fields of one line that rpm was told to write.
std::optional<Package> rpm_package(std::string_view line) {
  std::array<std::string_view, 7> fields;
  for (auto& field : fields) {
    auto const end = line.find('\t');
    field = line.substr(0, end);
    line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
  }
  auto const& [name, version, architecture, vendor, url, time, summary] = fields;
  if (name.empty() || version.empty()) return std::nullopt;
  // rpm writes "(none)" for an empty tag.
  auto const tag = [](std::string_view value) {
    return std::string(value == "(none)" ? std::string_view() : value);
  };
  Package package;
  package.name = name;
  package.version = version;
  package.architecture = tag(architecture);
  package.id = package.name + "." + package.architecture;
  package.maintainer = tag(vendor);
  package.home_page = tag(url);
  package.summary = tag(summary);
  if (auto const seconds = text::number<std::int64_t>(time))
    package.installed = SystemTime(std::chrono::seconds(*seconds));
  return package;
}

void add_rpm_packages(Host const& host, std::vector<Package>& packages) {
  constexpr auto* rpm = "/usr/bin/rpm";
  bool const has_database = host.exists("/usr/lib/sysimage/rpm") || host.exists("/var/lib/rpm");
  if (!host.exists(rpm) || !has_database) return;
  std::string const format =
      "%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{VENDOR}\\t%{URL}\\t%{INSTALLTIME}"
      "\\t%{SUMMARY}\\n";
  auto const result = host.run({rpm, "--query", "--all", "--queryformat", format});
  std::string_view rest = result.output;
  while (auto const line = text::next_line(rest)) {
    if (auto package = rpm_package(*line)) packages.push_back(*std::move(package));
  }
}

}  // namespace

std::vector<Package> installed_packages(Host const& host, std::optional<std::string> const& only_name) {
  std::vector<Package> packages;
  add_dpkg_packages(host, only_name, packages);
  add_rpm_packages(host, packages);
  return packages;
}

std::vector<PackageUpgrade> package_upgrades(Host const& host) {
  std::vector<PackageUpgrade> upgrades;
  // Older logs are compressed.
  for (auto const* log : {"/var/log/dpkg.log.1", "/var/log/dpkg.log"}) {
    std::string content;
    if (!host.read(log, content)) continue;
    std::string_view rest = content;
    while (auto line = text::next_line(rest)) {
      auto const date = text::next_word(*line);
      auto const time = text::next_word(*line);
      if (text::next_word(*line) != "upgrade") continue;
      PackageUpgrade upgrade;
      upgrade.time = std::string(date) + " " + std::string(time);
      upgrade.package = text::next_word(*line);
      upgrade.old_version = text::next_word(*line);
      upgrade.new_version = text::next_word(*line);
      if (!upgrade.new_version.empty()) upgrades.push_back(std::move(upgrade));
    }
  }
  return upgrades;
}

}  // namespace winrm::system
