#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.hpp"

namespace winrm::service::front {

/// What the network process still is after it gave its rights up.
struct Confinement {
  bool privileged = false;  ///< started as root: take another account and root folder first
  uid_t uid = 0;
  gid_t gid = 0;
  std::string empty_folder;
};

/// Gives up, for good: the account (when root), the file system (when root), new privileges, core files, and
/// by a system call filter everything a network process has no use for: programs, files, new sockets, other
/// processes. Every step is checked. Call before any thread is started.
[[nodiscard]] Result<void> confine(Confinement const& confinement);

/// No further processes and no file growth; once the threads are there, because they count as processes.
void forbid_processes_and_files();

}  // namespace winrm::service::front
