#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "base/unique_fd.hpp"

namespace winrm::system {

/// Files that are read for many requests and seldom change, kept in memory for as long as the kernel says
/// that they are what they were. Asking costs one system call in place of four. Thread-safe.
///
/// An answer of the kernel is trusted for a time, so that many requests in a row ask it once. Whoever changes
/// the machine calls distrust(): only what others change may be seen that much later.
///
/// What tells of a change: the identity, size and times of an ordinary file; a poll event of mountinfo
/// (proc_pid_mountinfo(5)); for /proc/cpuinfo the list of processors that are online, asked once a second.
/// /proc/meminfo and the settings in /proc/sys tell nothing: they are read again when the trust ends.
class FileCache {
 public:
  explicit FileCache(Milliseconds trust = Milliseconds(0)) : trust_(trust) {}

  /// Makes of a content what it says.
  using Parse = std::shared_ptr<void const> (*)(std::string_view content);

  /// Replaces `content` by the file's; false when it cannot be read.
  bool read(std::string const& path, std::string& content);
  /// What `parse` makes of the content, worked out again only when that has changed; null when the file
  /// cannot be read. One file is always parsed by the same function.
  std::shared_ptr<void const> parsed(std::string const& path, Parse parse);
  /// The next look at a file asks the kernel whether it has changed.
  void distrust();

 private:
  struct Entry {
    std::string state;              ///< of the file when it was read
    SteadyClock::time_point asked;  ///< when the kernel said so
    std::string content;
    bool is_missing = false;
    std::shared_ptr<void const> fact;  ///< what was made of the content; null as long as nobody asked
  };

  /// The valid entry of a file; null when the file may not be kept. The caller holds the mutex.
  [[nodiscard]] Entry* refreshed(std::string const& path);

  /// What must be unchanged for a content to be valid; "" when a content may not be kept.
  [[nodiscard]] std::string state_of(std::string const& path);
  [[nodiscard]] bool mounts_changed();
  [[nodiscard]] std::string const& online_processors();

  Milliseconds const trust_;
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  UniqueFd mountinfo_;
  unsigned mount_changes_ = 0;
  std::uint64_t readings_ = 0;
  std::string online_;
  SteadyClock::time_point online_asked_;
};

/// Replaces `content` by the file's, at most limits::system_file_bytes; false when it cannot be read.
[[nodiscard]] bool read_file(std::string const& path, std::string& content);

}  // namespace winrm::system
