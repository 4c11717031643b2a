#pragma once

#include <optional>
#include <string>

#include "providers/storage/value_maps.hpp"
#include "system/block_devices.hpp"
#include "system/mounts.hpp"

/// What Win32_LogicalDisk and Win32_Volume tell alike about a file system.
namespace winrm::providers {

[[nodiscard]] DriveType drive_type_of(system::Mount const& mount, system::BlockDevice const& device);

/// udev's word, else the file system's own.
[[nodiscard]] std::optional<std::string> label_of(system::Host const& host, system::Mount const& mount,
                                                  system::BlockDevice const& device);
/// Throws cim::Failure.
void set_label(system::Host const& host, std::string const& mount_point, std::string const& label);

/// Nothing where it is not known of a kind of file system.
struct FileSystemAbilities {
  std::optional<bool> compressed;
  std::optional<bool> supports_compression;
  std::optional<bool> supports_quotas;
  std::optional<bool> quotas_disabled;
};
[[nodiscard]] FileSystemAbilities abilities_of(system::Mount const& mount);

}  // namespace winrm::providers
