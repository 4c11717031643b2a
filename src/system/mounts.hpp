#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/host.hpp"

namespace winrm::system {

/// One line of /proc/self/mountinfo (proc(5)).
struct Mount {
  std::string device;  ///< "8:1"
  std::string root;    ///< the folder of the file system that is mounted: "/" unless it is a bind mount
  std::string point;
  bool read_only = false;
  std::string type;           ///< "ext4"
  std::string source;         ///< "/dev/sda1", "server:/export", "tmpfs"
  std::string options;        ///< of this mount: "rw,relatime"
  std::string super_options;  ///< of the file system, wherever it is mounted: "rw,errors=remount-ro,usrquota"

  /// Whether the file system has an option, with or without a value: "usrquota", "compress=zstd".
  [[nodiscard]] bool has_super_option(std::string_view name) const;
  /// The value of such an option: "zstd".
  [[nodiscard]] std::optional<std::string> super_option(std::string_view name) const;
  /// The device that holds the file system: "/dev/sda1"; nothing for what is in memory or elsewhere.
  [[nodiscard]] std::optional<std::string> block_device() const;
  /// The file system's files live on another machine, or in a program: asking it may take for ever.
  [[nodiscard]] bool is_remote() const;
  /// Exists in the kernel only (proc, sysfs, …): holds no files of anyone.
  [[nodiscard]] bool is_pseudo() const;
};

/// Every mount this process sees, in the order they were made. Never null.
[[nodiscard]] std::shared_ptr<std::vector<Mount> const> mounts(Host const& host);

/// Those not hidden under a later mount at the same place.
[[nodiscard]] std::vector<Mount> visible_mounts(Host const& host);

/// The mounts that df shows: no pseudo file systems, nothing hidden under a later mount, and each file system
/// once however often it is bound elsewhere.
[[nodiscard]] std::vector<Mount> disk_mounts(Host const& host);

/// The mount points of fstab(5), and whether each is mounted when the machine starts; nothing without that
/// file.
[[nodiscard]] std::optional<std::map<std::string, bool>> configured_mounts(Host const& host);

}  // namespace winrm::system
