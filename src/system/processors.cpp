#include "system/processors.hpp"

#include <algorithm>
#include <set>

#include "system/proc.hpp"
#include "system/text.hpp"

namespace winrm::system {

namespace {

std::string folder_of(std::uint32_t logical) {
  return "/sys/devices/system/cpu/cpu" + std::to_string(logical);
}

std::optional<std::uint32_t> small_number_in(Host const& host, std::string const& path) {
  auto const number = proc::number_in(host, path);
  if (!number || *number > UINT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// One blank-separated block of /proc/cpuinfo.
class CpuInfo {
 public:
  explicit CpuInfo(std::string_view block) : block_(block) {}
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const {
    auto rest = block_;
    while (auto const line = text::next_line(rest)) {
      auto const colon = line->find(':');
      if (colon == std::string_view::npos || text::trim(line->substr(0, colon)) != name) continue;
      auto const value = text::trim(line->substr(colon + 1));
      if (value.empty()) return std::nullopt;
      return std::string(value);
    }
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::uint32_t> number(std::string_view name) const {
    auto const value = text(name);
    return value ? text::number<std::uint32_t>(value->substr(0, value->find('.'))) : std::nullopt;
  }

 private:
  std::string_view block_;
};

/// Puts one block after the other before `visit`.
template <class Visit>
void for_each_block(std::string_view content, Visit const& visit) {
  while (!content.empty()) {
    auto const end = content.find("\n\n");
    visit(CpuInfo(content.substr(0, end)));
    if (end == std::string_view::npos) return;
    content.remove_prefix(end + 2);
  }
}

ProcessorPackage described_by(CpuInfo const& info) {
  ProcessorPackage package;
  package.vendor = info.text("vendor_id");
  package.model_name = info.text("model name");
  package.family = info.number("cpu family");
  package.model = info.number("model");
  package.stepping = info.number("stepping");
  package.current_megahertz = info.number("cpu MHz");
  auto const flags = info.text("flags").value_or(info.text("Features").value_or(""));
  std::string_view rest = flags;
  for (auto flag = text::next_word(rest); !flag.empty(); flag = text::next_word(rest)) {
    package.flags.emplace_back(flag);
  }
  return package;
}

/// "512K" (ABI/testing/sysfs-devices-system-cpu).
std::optional<std::uint64_t> cache_bytes(std::string_view size) {
  size = text::trim(size);
  if (!size.ends_with('K')) return std::nullopt;
  size.remove_suffix(1);
  auto const kilobytes = text::number(size);
  if (!kilobytes) return std::nullopt;
  return *kilobytes * 1024;
}

void add_caches(Host const& host, ProcessorPackage& package) {
  std::set<std::string> seen;  // a cache shows up below each processor that shares it
  for (auto const logical : package.logical) {
    auto const folder = folder_of(logical) + "/cache";
    for (auto const& name : host.list(folder).value_or(std::vector<std::string>())) {
      if (!name.starts_with("index")) continue;
      auto const level = proc::number_in(host, folder + "/" + name + "/level");
      if (level != 2U && level != 3U) continue;
      std::string sharers;
      std::string size;
      if (!host.read(folder + "/" + name + "/shared_cpu_list", sharers) ||
          !host.read(folder + "/" + name + "/size", size) ||
          !seen.insert(std::to_string(*level) + ":" + sharers).second) {
        continue;
      }
      auto const bytes = cache_bytes(size);
      auto& sum = level == 2U ? package.level2_bytes : package.level3_bytes;
      if (bytes) sum = sum.value_or(0) + *bytes;
    }
  }
}

void add_frequency(Host const& host, ProcessorPackage& package) {
  auto const folder = folder_of(package.logical.front()) + "/cpufreq/";
  // In kilohertz.
  if (auto const most = small_number_in(host, folder + "cpuinfo_max_freq"))
    package.most_megahertz = *most / 1000;
  if (auto const current = small_number_in(host, folder + "scaling_cur_freq")) {
    package.current_megahertz = *current / 1000;
  }
}

}  // namespace

bool ProcessorPackage::has_flag(std::string_view flag) const {
  return std::ranges::find(flags, flag) != flags.end();
}

std::vector<ProcessorPackage> processor_packages(Host const& host) {
  std::string content;
  if (!host.read("/proc/cpuinfo", content)) return {};
  std::map<std::uint32_t, ProcessorPackage> by_id;
  std::map<std::uint32_t, std::set<std::uint32_t>> cores;
  for_each_block(content, [&](CpuInfo const& info) {
    auto const logical = info.number("processor");
    if (!logical) return;
    auto const topology = folder_of(*logical) + "/topology/";
    auto id = info.number("physical id");
    if (!id) id = small_number_in(host, topology + "physical_package_id").value_or(0);
    auto core = info.number("core id");
    if (!core) core = small_number_in(host, topology + "core_id").value_or(*logical);
    auto [package, is_new] = by_id.try_emplace(*id);
    if (is_new) package->second = described_by(info);
    package->second.id = *id;
    package->second.logical.push_back(*logical);
    cores[*id].insert(*core);
  });
  std::vector<ProcessorPackage> packages;
  for (auto& [id, package] : by_id) {
    package.cores = static_cast<std::uint32_t>(cores[id].size());
    add_caches(host, package);
    add_frequency(host, package);
    packages.push_back(std::move(package));
  }
  return packages;
}

std::map<std::uint32_t, ProcessorTimes> processor_times(Host const& host) {
  std::map<std::uint32_t, ProcessorTimes> times;
  std::string content;
  if (!host.read("/proc/stat", content)) return times;
  std::string_view rest = content;
  while (auto line = text::next_line(rest)) {
    auto const name = text::next_word(*line);
    if (!name.starts_with("cpu")) break;
    auto const logical = text::number<std::uint32_t>(name.substr(3));
    if (!logical) continue;  // the sum over all
    // proc(5): user nice system idle iowait irq softirq steal; guest time is part of user.
    std::uint64_t fields[8] = {};
    for (auto& field : fields) field = text::number(text::next_word(*line)).value_or(0);
    auto& found = times[*logical];
    found.idle = fields[3] + fields[4];
    found.busy = fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7];
  }
  return times;
}

}  // namespace winrm::system
