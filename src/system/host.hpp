#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/time.hpp"
#include "system/file_cache.hpp"

namespace winrm::system {

class AccountDatabase;
class Files;
class Journal;
class MachineControl;
class Network;
class ProcessControl;
class ServiceManager;
class Volumes;
struct ProgramResult;

using SystemTime = std::chrono::sys_time<std::chrono::microseconds>;

/// uname(2).
struct KernelName {
  std::string system;
  std::string node;
  std::string release;
  std::string version;
  std::string machine;
};

/// statvfs(3), in bytes.
struct FileSystemUsage {
  std::uint64_t block_size = 0;
  std::uint64_t total = 0;
  std::uint64_t available = 0;  ///< to an ordinary user, as df shows it
  std::uint32_t longest_name = 0;
};

/// One logon in utmp.
struct Session {
  std::string user;
  std::string terminal;       ///< "tty1", "pts/0", ":0"
  std::string remote;         ///< the host it comes from; empty for a local one
  std::uint32_t process = 0;  ///< that leads it
  std::optional<SystemTime> began;

  [[nodiscard]] bool at_console() const { return terminal.starts_with("tty") || terminal.starts_with(':'); }
};

/// The machine. Everything that is known about it is asked here, so that a test can put a recorded machine in
/// its place. What the calling account may not see is absent, as if it did not exist. Blocking; thread-safe.
class Host {
 public:
  virtual ~Host() = default;

  /// Replaces `content` by the file's; false when it cannot be read. At most limits::system_file_bytes.
  [[nodiscard]] virtual bool read(std::string const& path, std::string& content) const = 0;
  /// The same for "/proc/<path>", a file that the kernel writes in one piece (stat, status, io, cmdline of a
  /// process): opened below a descriptor of /proc that stays open, and read at once.
  [[nodiscard]] virtual bool read_proc(char const* path, std::string& content) const {
    return read(std::string("/proc/") + path, content);
  }
  /// The same for a file that is read often and seldom changes: it may come from memory. What this process
  /// changes is seen at once, what others change after limits::file_cache_trust. For files of /etc, /sys and
  /// /proc/sys, /proc/cpuinfo, /proc/meminfo and /proc/self/mountinfo.
  [[nodiscard]] virtual bool read_cached(std::string const& path, std::string& content) const {
    return read(path, content);
  }
  /// What `parse` makes of such a file, worked out once for each content; null when it cannot be read. One
  /// file is always parsed by the same function: see parsed_file().
  [[nodiscard]] virtual std::shared_ptr<void const> parsed(std::string const& path,
                                                           FileCache::Parse parse) const {
    std::string content;
    return read_cached(path, content) ? parse(content) : nullptr;
  }
  /// Names in a folder, in no order; nothing when it cannot be listed.
  [[nodiscard]] virtual std::optional<std::vector<std::string>> list(std::string const& path) const = 0;
  [[nodiscard]] virtual std::optional<std::string> link_target(std::string const& path) const = 0;
  [[nodiscard]] virtual bool exists(std::string const& path) const = 0;
  /// When the file or folder was created, where the file system keeps it.
  [[nodiscard]] virtual std::optional<SystemTime> birth_time(std::string const& path) const = 0;
  /// When its content last changed.
  [[nodiscard]] virtual std::optional<SystemTime> change_time(std::string const& path) const = 0;
  /// As system::replace_file().
  virtual void replace_file(std::string const& path, std::string_view content) const = 0;
  /// As system::run_program().
  [[nodiscard]] virtual ProgramResult run(std::vector<std::string> const& arguments,
                                          Milliseconds patience = limits::program_answer) const = 0;

  /// With `may_hang` (a network file system) it gives up after limits::file_system_answer: a dead mount must
  /// not hold up an enumeration.
  [[nodiscard]] virtual std::optional<FileSystemUsage> usage(std::string const& mount_point,
                                                             bool may_hang) const = 0;

  [[nodiscard]] virtual KernelName kernel() const = 0;
  [[nodiscard]] virtual SystemTime now() const = 0;
  /// Lets time pass.
  virtual void pause(std::chrono::milliseconds time) const = 0;
  /// When the machine was started, to the second, as the kernel reckons it from the clock it has now.
  [[nodiscard]] virtual std::optional<SystemTime> boot_time() const = 0;
  /// `time` with this machine's offset from UTC at that time.
  [[nodiscard]] virtual DateTime local(SystemTime time) const = 0;
  /// How many processes there are; counted at most once a second, because the kernel visits every one for it.
  [[nodiscard]] virtual std::uint32_t process_count() const = 0;
  [[nodiscard]] virtual std::uint64_t page_bytes() const = 0;
  [[nodiscard]] virtual std::uint64_t clock_ticks_per_second() const = 0;
  /// Who is logged on; nothing where the machine keeps no utmp.
  [[nodiscard]] virtual std::optional<std::vector<Session>> sessions() const = 0;

  [[nodiscard]] virtual ServiceManager const& services() const = 0;
  [[nodiscard]] virtual AccountDatabase const& accounts() const = 0;
  [[nodiscard]] virtual MachineControl const& control() const = 0;
  [[nodiscard]] virtual ProcessControl const& processes() const = 0;
  [[nodiscard]] virtual Network const& network() const = 0;
  [[nodiscard]] virtual Volumes const& volumes() const = 0;
  [[nodiscard]] virtual Files const& files() const = 0;
  [[nodiscard]] virtual Journal const& journal() const = 0;
};

/// What `parse`, a function from a content to a value, makes of a file that is read often and seldom changes;
/// null when it cannot be read.
template <auto parse>
[[nodiscard]] auto parsed_file(Host const& host, std::string const& path) {
  using Fact = decltype(parse(std::string_view()));
  FileCache::Parse const keep = [](std::string_view content) -> std::shared_ptr<void const> {
    return std::make_shared<Fact const>(parse(content));
  };
  return std::static_pointer_cast<Fact const>(host.parsed(path, keep));
}

/// The machine this process runs on.
[[nodiscard]] std::unique_ptr<Host> make_host();

}  // namespace winrm::system
