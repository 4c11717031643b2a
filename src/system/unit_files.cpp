#include "system/unit_files.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "system/text.hpp"

namespace winrm::system {

namespace {

using Names = std::vector<std::string>;

/// The first folder that has a unit wins (systemd.unit(5), "Unit File Load Path").
constexpr std::array unit_folders{"/etc/systemd/system", "/run/systemd/system",
                                  "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
                                  "/lib/systemd/system"};
constexpr std::string_view unit_suffix = ".service";
constexpr std::array multi_user_levels{"/etc/rc2.d", "/etc/rc3.d", "/etc/rc4.d", "/etc/rc5.d"};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// Units that some target or unit pulls in: links in *.wants and *.requires.
std::set<std::string> wanted_units(Host const& host) {
  std::set<std::string> wanted;
  for (auto const& folder : host.list("/etc/systemd/system").value_or(Names())) {
    if (!folder.ends_with(".wants") && !folder.ends_with(".requires")) continue;
    for (auto& unit : host.list("/etc/systemd/system/" + folder).value_or(Names()))
      wanted.insert(std::move(unit));
  }
  return wanted;
}

bool is_installable(std::string_view content) {
  return content.find("\n[Install]") != std::string_view::npos;
}

void read_dependencies(std::string_view setting, std::string_view units, UnitFile& unit) {
  using Kind = UnitDependency::Kind;
  std::optional<Kind> kind;
  if (setting == "Requires" || setting == "Requisite" || setting == "BindsTo") kind = Kind::required;
  if (setting == "Wants") kind = Kind::wanted;
  if (setting == "Conflicts") kind = Kind::conflicting;
  if (setting == "After") kind = Kind::earlier;
  if (!kind) return;
  for (auto name = text::next_word(units); !name.empty(); name = text::next_word(units)) {
    unit.dependencies.push_back({*kind, std::string(name)});
  }
}

void read_unit(std::string_view content, UnitFile& unit) {
  std::string_view section;
  while (auto const line = text::next_line(content)) {
    auto const trimmed = text::trim(*line);
    if (trimmed.starts_with('[')) section = trimmed;
    auto const equals = trimmed.find('=');
    if (equals == std::string_view::npos || trimmed.starts_with('#') || trimmed.starts_with(';')) continue;
    auto const name = text::trim(trimmed.substr(0, equals));
    auto const value = text::trim(trimmed.substr(equals + 1));
    if (section == "[Unit]" && name == "Description") unit.description = value;
    if (section == "[Unit]") read_dependencies(name, value, unit);
    if (section != "[Service]") continue;
    if (name == "Type") unit.type = value;
    if (name == "User") unit.user = value;
    if (name == "PIDFile") unit.pid_file = value;
    // Prefixes say how the program is run (systemd.service(5)); the first of several programs counts.
    if (name == "ExecStart" && unit.exec_start.empty()) {
      auto const program = value.find_first_not_of("-@:+!");
      if (program != std::string_view::npos) unit.exec_start = value.substr(program);
    }
  }
}

/// One assignment of a unit file, with the lines that a backslash at their end joins to it.
struct Setting {
  std::string section;  ///< "[Service]"
  std::string name;
  std::string lines;
};
std::vector<Setting> settings_in(std::string_view content) {
  std::vector<Setting> settings;
  std::string section;
  bool goes_on = false;
  while (auto const line = text::next_line(content)) {
    auto const trimmed = text::trim(*line);
    auto const equals = trimmed.find('=');
    if (goes_on) {
      settings.back().lines.append(*line) += '\n';
    } else if (trimmed.starts_with('[')) {
      section = trimmed;
    } else if (equals != std::string_view::npos && !trimmed.starts_with('#') && !trimmed.starts_with(';')) {
      settings.push_back(
          {section, std::string(text::trim(trimmed.substr(0, equals))), std::string(*line) + '\n'});
      goes_on = true;
    }
    goes_on = goes_on && line->ends_with('\\');
  }
  return settings;
}

/// NAME=/path or NAME="/path"; nothing when the value is computed.
std::string plain_path(std::string_view script, std::string_view name) {
  auto value = text::value_of(script, name, '=').value_or("");
  if (value.size() > 1 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
    value = value.substr(1, value.size() - 2);
  }
  bool const is_path = value.starts_with('/') && value.find_first_of("$`\"' ") == std::string_view::npos;
  return is_path ? std::string(value) : std::string();
}

/// "S01cron", "K80cron" -> "cron".
std::optional<std::string_view> script_of_link(std::string_view link, char kind) {
  if (link.size() < 4 || link.front() != kind) return std::nullopt;
  return link.substr(3);
}

std::map<std::string, bool, std::less<>> boot_links(Host const& host) {
  std::map<std::string, bool, std::less<>> starts;
  for (auto const* level : multi_user_levels) {
    for (auto const& link : host.list(level).value_or(Names())) {
      if (auto const name = script_of_link(link, 'S')) starts[std::string(*name)] = true;
      if (auto const name = script_of_link(link, 'K')) starts.emplace(*name, false);
    }
  }
  return starts;
}

}  // namespace

std::optional<UnitFile> unit_file(Host const& host, std::string const& path) {
  std::string content;
  if (!host.read(path, content)) return std::nullopt;
  UnitFile unit;
  auto const file = base_name(path);
  unit.name = file.substr(0, file.rfind(unit_suffix));
  unit.path = path;
  read_unit(content, unit);
  return unit;
}

std::string merged_settings(std::string_view before, std::string_view changes) {
  std::map<std::string, std::vector<Setting>, std::less<>> sections;
  auto const earlier = settings_in(before);
  auto const later = settings_in(changes);
  for (auto const& setting : earlier) {
    auto const is_same = [&](Setting const& other) {
      return other.section == setting.section && other.name == setting.name;
    };
    if (std::ranges::none_of(later, is_same)) sections[setting.section].push_back(setting);
  }
  for (auto const& setting : later) sections[setting.section].push_back(setting);
  std::string merged;
  for (auto const& [section, settings] : sections) {
    if (!merged.empty()) merged += '\n';
    merged += section + '\n';
    for (auto const& setting : settings) merged += setting.lines;
  }
  return merged;
}

std::vector<UnitFile> unit_files(Host const& host, std::optional<std::string> const& only) {
  auto const wanted = wanted_units(host);
  std::set<std::string> seen;
  std::vector<UnitFile> found;
  for (std::string const folder : unit_folders) {
    for (auto const& file : host.list(folder).value_or(Names())) {
      if (!file.ends_with(unit_suffix) || file.find("@.") != std::string::npos) continue;
      if (only && file != *only + std::string(unit_suffix)) continue;
      if (!seen.insert(file).second) continue;
      UnitFile unit;
      unit.name = file.substr(0, file.size() - unit_suffix.size());
      unit.path = folder + "/" + file;
      auto const target = host.link_target(unit.path);
      if (target && *target == "/dev/null") {
        unit.state = "masked";
        found.push_back(std::move(unit));
        continue;
      }
      if (target && base_name(*target) != file) continue;
      std::string content;
      if (!host.read(unit.path, content)) continue;
      read_unit(content, unit);
      unit.state = wanted.contains(file) ? "enabled" : is_installable(content) ? "disabled" : "static";
      found.push_back(std::move(unit));
    }
  }
  std::ranges::sort(found, {}, &UnitFile::name);
  return found;
}

std::vector<std::string> pulled_in_by(Host const& host, std::string const& unit) {
  std::set<std::string> units;
  for (std::string const folder : unit_folders) {
    for (auto const* kind : {".wants", ".requires"}) {
      auto names = host.list(folder + "/" + unit + kind).value_or(Names());
      std::ranges::move(names, std::inserter(units, units.end()));
    }
  }
  return {units.begin(), units.end()};
}

std::vector<Target> target_files(Host const& host) {
  constexpr std::string_view target_suffix = ".target";
  std::map<std::string, Target> by_name;
  for (std::string const folder : unit_folders) {
    for (auto const& file : host.list(folder).value_or(Names())) {
      auto const path = folder + "/" + file;
      if (!file.ends_with(target_suffix) || host.link_target(path)) continue;
      std::string content;
      if (!host.read(path, content)) continue;
      auto name = file.substr(0, file.size() - target_suffix.size());
      Target target{name, std::string(text::value_of(content, "Description", '=').value_or(""))};
      by_name.emplace(std::move(name), std::move(target));
    }
  }
  std::vector<Target> found;
  for (auto& [name, target] : by_name) found.push_back(std::move(target));
  return found;
}

std::vector<InitScript> init_scripts(Host const& host, std::optional<std::string> const& only) {
  auto const links = boot_links(host);
  std::vector<InitScript> found;
  for (auto const& name : host.list("/etc/init.d").value_or(Names())) {
    if (only && name != *only) continue;
    InitScript script;
    script.name = name;
    script.path = "/etc/init.d/" + name;
    std::string content;
    if (!host.read(script.path, content) || !content.starts_with("#!")) continue;
    if (auto const link = links.find(name); link != links.end()) script.starts_at_boot = link->second;
    script.description = text::value_of(content, "# Short-Description", ':').value_or("");
    script.daemon = plain_path(content, "DAEMON");
    script.pid_file = plain_path(content, "PIDFILE");
    found.push_back(std::move(script));
  }
  std::ranges::sort(found, {}, &InitScript::name);
  return found;
}

}  // namespace winrm::system
