#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/host.hpp"

/// What the kernel counts since it was booted. Everything is absent, or a list empty, where its file is.
namespace winrm::system::counters {

/// One "cpu" line of /proc/stat, in clock ticks.
struct ProcessorTimes {
  std::string name;  ///< "0"; "" for all together
  std::uint64_t user = 0;
  std::uint64_t nice = 0;
  std::uint64_t system = 0;
  std::uint64_t idle = 0;
  std::uint64_t io_wait = 0;
  std::uint64_t irq = 0;
  std::uint64_t soft_irq = 0;
};

/// /proc/stat.
struct Machine {
  std::vector<ProcessorTimes> processors;  ///< all together first
  std::optional<std::uint64_t> interrupts;
  std::optional<std::uint64_t> soft_interrupts;
  std::optional<std::uint64_t> context_switches;
  std::optional<std::uint64_t> running;  ///< threads that run or could run
};
[[nodiscard]] std::optional<Machine> machine(Host const& host);

/// /proc/vmstat and /proc/meminfo: a number for each name, without its unit.
using Numbers = std::map<std::string, std::uint64_t, std::less<>>;
[[nodiscard]] Numbers numbers_in(Host const& host, std::string const& path);
[[nodiscard]] std::optional<std::uint64_t> find(Numbers const& numbers, std::string_view name);

/// /proc/interrupts or /proc/softirqs: how many each processor had, by its number ("0"). The one lists those
/// that are online, the other all that there may be.
[[nodiscard]] Numbers interrupts_by_processor(Host const& host, std::string const& path);

/// One line of /proc/diskstats (Documentation/admin-guide/iostats.rst of the kernel).
struct Disk {
  std::string number;  ///< "8:1"
  std::string name;    ///< "sda1"
  std::uint64_t reads = 0;
  std::uint64_t sectors_read = 0;  ///< of 512 bytes, whatever the disk's own are
  std::uint64_t read_milliseconds = 0;
  std::uint64_t writes = 0;
  std::uint64_t sectors_written = 0;
  std::uint64_t write_milliseconds = 0;
  std::uint64_t in_progress = 0;
  std::uint64_t busy_milliseconds = 0;
  std::uint64_t queue_milliseconds = 0;  ///< of all requests together
};
[[nodiscard]] std::vector<Disk> disks(Host const& host);

/// One line of /proc/net/dev.
struct Interface {
  std::string name;
  std::uint64_t bytes_received = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t receive_errors = 0;
  std::uint64_t receive_drops = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t send_errors = 0;
  std::uint64_t send_drops = 0;
};
[[nodiscard]] std::vector<Interface> interfaces(Host const& host);

/// All threads of the machine (/proc/loadavg).
[[nodiscard]] std::optional<std::uint64_t> threads(Host const& host);

}  // namespace winrm::system::counters
