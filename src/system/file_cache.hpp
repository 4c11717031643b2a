#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/unique_fd.hpp"

namespace winrm::system {

/// Files that are read for many requests and seldom change, kept in memory for as long as the kernel says
/// that they are what they were. Asking costs one system call in place of four. Thread-safe.
///
/// What tells of a change: the identity, size and times of an ordinary file; a poll event of mountinfo
/// (proc_pid_mountinfo(5)); the list of processors that are online for /proc/cpuinfo.
class FileCache {
 public:
  /// Replaces `content` by the file's; false when it cannot be read.
  bool read(std::string const& path, std::string& content);

 private:
  struct Entry {
    std::string state;  ///< of the file when it was read
    std::string content;
  };

  /// What must be unchanged for a content to be valid; "" when a content may not be kept.
  [[nodiscard]] std::string state_of(std::string const& path);
  [[nodiscard]] bool mounts_changed();

  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  UniqueFd mountinfo_;
  unsigned mount_changes_ = 0;
};

/// Replaces `content` by the file's, at most limits::system_file_bytes; false when it cannot be read.
[[nodiscard]] bool read_file(std::string const& path, std::string& content);

}  // namespace winrm::system
