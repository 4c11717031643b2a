#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/host.hpp"

/// What /proc says (proc(5)). Every function opens one file and returns nothing when it is not there, because
/// the process ended or the account may not read it.
namespace winrm::system::proc {

using Pid = std::uint32_t;

/// /proc/PID/stat.
struct Stat {
  Pid pid = 0;
  std::string name;  ///< comm: at most 15 bytes
  char state = '?';
  Pid parent = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::int64_t nice = 0;
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0;  ///< since boot
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
  bool is_thread = false;  ///< of a process, and none itself
};

/// /proc/PID/status: memory in KiB. A kernel thread has none.
struct Memory {
  std::optional<std::uint64_t> peak_virtual;
  std::optional<std::uint64_t> peak_resident;
  std::optional<std::uint64_t> resident_anonymous;
  std::optional<std::uint64_t> swapped;
};
[[nodiscard]] Memory parse_memory(std::string_view text);

/// /proc/PID/io.
struct Io {
  std::uint64_t bytes_read = 0;  ///< through read(2) and its like, from whatever file
  std::uint64_t bytes_written = 0;
  std::uint64_t read_calls = 0;
  std::uint64_t write_calls = 0;
};
[[nodiscard]] Io parse_io(std::string_view text);

/// /proc/meminfo, in KiB.
struct MachineMemory {
  std::uint64_t total = 0;
  std::uint64_t available = 0;
  std::uint64_t swap_total = 0;
  std::uint64_t swap_free = 0;
};

/// The text of /proc/PID/stat or /proc/PID/task/TID/stat. False when it is not whole.
[[nodiscard]] bool parse_stat(std::string_view text, Stat& stat);
/// The text of /proc/PID/cmdline: arguments joined by blanks, quoted as a shell would need them.
[[nodiscard]] std::string join_command_line(std::string_view text);

/// In ascending order.
[[nodiscard]] std::vector<Pid> pids(Host const& host);
[[nodiscard]] std::optional<Stat> stat(Host const& host, Pid pid);
[[nodiscard]] std::optional<Memory> memory(Host const& host, Pid pid);
[[nodiscard]] std::optional<Io> io(Host const& host, Pid pid);
/// Arguments joined by blanks, quoted as a shell would need them; empty for a kernel thread.
[[nodiscard]] std::optional<std::string> command_line(Host const& host, Pid pid);
[[nodiscard]] std::optional<std::string> executable(Host const& host, Pid pid);
[[nodiscard]] std::optional<std::uint32_t> open_files(Host const& host, Pid pid);
/// The audit session, absent where no login set one.
[[nodiscard]] std::optional<std::uint32_t> session(Host const& host, Pid pid);

/// Of the unified hierarchy: "/system.slice/cron.service" (cgroups(7)).
[[nodiscard]] std::optional<std::string> control_group(Host const& host, Pid pid);
[[nodiscard]] std::optional<std::uint32_t> oom_score(Host const& host, Pid pid);
/// Nothing where SELinux is off.
[[nodiscard]] std::optional<std::string> selinux_label(Host const& host, Pid pid);

[[nodiscard]] std::optional<MachineMemory> machine_memory(Host const& host);
[[nodiscard]] std::optional<SystemTime> read_boot_time(Host const& host);
/// A file that holds one number, as most of /proc/sys does.
[[nodiscard]] std::optional<std::uint64_t> number_in(Host const& host, std::string const& path);

/// /proc/cpuinfo and /sys/devices/system/cpu.
struct Processors {
  std::uint32_t logical = 0;
  std::uint32_t sockets = 0;
  bool hypervisor = false;  ///< the processor says that it is a virtual one
  bool no_execute = false;  ///< pages can be marked as not executable
};
[[nodiscard]] std::optional<Processors> processors(Host const& host);

}  // namespace winrm::system::proc
