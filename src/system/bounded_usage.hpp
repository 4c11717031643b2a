#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/limits.hpp"
#include "base/time.hpp"
#include "system/host.hpp"

namespace winrm::system {

/// statvfs(3), which may block for ever on a network file system.
[[nodiscard]] std::optional<FileSystemUsage> ask_kernel(std::string const& mount_point);

/// statvfs(3) that always returns. A network file system whose server is gone blocks its caller in the
/// kernel, beyond any signal; so each question runs on a thread of its own and is given up after a time.
/// While it is open nobody asks about that mount point again: they wait for the same answer, for the rest of
/// that time. Thread-safe.
class BoundedUsage {
 public:
  using Ask = std::optional<FileSystemUsage> (*)(std::string const& mount_point);
  explicit BoundedUsage(Ask ask = ask_kernel, Milliseconds patience = limits::file_system_answer);
  ~BoundedUsage();
  BoundedUsage(BoundedUsage const&) = delete;
  BoundedUsage& operator=(BoundedUsage const&) = delete;

  [[nodiscard]] std::optional<FileSystemUsage> ask(std::string const& mount_point) const;

 private:
  struct Questions;
  Ask ask_;
  Milliseconds patience_;
  std::shared_ptr<Questions> questions_;
};

}  // namespace winrm::system
