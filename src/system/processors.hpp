#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "system/host.hpp"

/// What the kernel knows about each processor package (socket).
namespace winrm::system {

struct ProcessorPackage {
  std::uint32_t id = 0;
  std::vector<std::uint32_t> logical;  ///< numbers of its logical processors, ascending
  std::uint32_t cores = 0;
  std::optional<std::string> vendor;  ///< "GenuineIntel"
  std::optional<std::string> model_name;
  std::optional<std::uint32_t> family;
  std::optional<std::uint32_t> model;
  std::optional<std::uint32_t> stepping;
  std::vector<std::string> flags;
  std::optional<std::uint32_t> current_megahertz;
  std::optional<std::uint32_t> most_megahertz;
  std::optional<std::uint64_t> level2_bytes;  ///< all caches of that level together
  std::optional<std::uint64_t> level3_bytes;

  [[nodiscard]] bool has_flag(std::string_view flag) const;
};

/// In ascending order of their ids. From /proc/cpuinfo and /sys/devices/system/cpu.
[[nodiscard]] std::vector<ProcessorPackage> processor_packages(Host const& host);

/// How long each logical processor worked and idled since boot, in clock ticks (/proc/stat).
struct ProcessorTimes {
  std::uint64_t busy = 0;
  std::uint64_t idle = 0;
};
[[nodiscard]] std::map<std::uint32_t, ProcessorTimes> processor_times(Host const& host);

}  // namespace winrm::system
