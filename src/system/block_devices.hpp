#pragma once

#include <optional>
#include <string>

#include "system/host.hpp"

namespace winrm::system {

/// What the kernel and udev know about a block device.
struct BlockDevice {
  bool removable = false;
  std::optional<std::string> label;  ///< of the file system on it
  std::optional<std::string> uuid;
};

/// By "major:minor". A device that does not exist (of tmpfs, of a network file system) has no properties.
[[nodiscard]] BlockDevice block_device(Host const& host, std::string const& number);

}  // namespace winrm::system
