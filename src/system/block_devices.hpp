#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "system/host.hpp"

namespace winrm::system {

/// What udev keeps about a device: empty where udev does not run.
class UdevProperties {
 public:
  explicit UdevProperties(std::string database_entry) : entry_(std::move(database_entry)) {}
  /// The value with udev's escapes undone; nothing when it is missing or empty.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;

 private:
  std::string entry_;
};

/// By udev's id of a device: "b8:1", "n2" of the network interface with index 2.
[[nodiscard]] UdevProperties udev_entry(Host const& host, std::string const& id);
/// Of a block device, by "major:minor".
[[nodiscard]] UdevProperties udev_properties(Host const& host, std::string const& number);

/// What the kernel and udev know about a block device.
struct BlockDevice {
  bool removable = false;
  std::optional<std::string> label;  ///< of the file system on it
  std::optional<std::string> uuid;
  std::optional<std::string> file_system;  ///< "ext4"; of a partition nobody mounted too
};

/// By "major:minor". A device that does not exist (of tmpfs, of a network file system) has no properties.
[[nodiscard]] BlockDevice block_device(Host const& host, std::string const& number);

}  // namespace winrm::system
