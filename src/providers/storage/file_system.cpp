#include "providers/storage/file_system.hpp"

#include <algorithm>
#include <array>

#include "providers/common/failures.hpp"
#include "system/volumes.hpp"

namespace winrm::providers {

namespace {

using namespace std::string_view_literals;

constexpr std::array in_memory{"tmpfs"sv, "ramfs"sv, "devtmpfs"sv};
constexpr std::array optical{"iso9660"sv, "udf"sv};
constexpr std::array compressing{"btrfs"sv, "zfs"sv, "ntfs3"sv};
constexpr std::array not_compressing{"ext2"sv, "ext3"sv, "ext4"sv, "xfs"sv, "vfat"sv, "exfat"sv, "tmpfs"sv};
constexpr std::array with_quotas{"ext2"sv, "ext3"sv, "ext4"sv, "xfs"sv, "f2fs"sv, "jfs"sv};
constexpr std::array without_quotas{"vfat"sv, "exfat"sv, "iso9660"sv, "udf"sv};
/// quotactl(8), xfs(5), ext4(5): any of these switches quotas on.
constexpr std::array quota_options{"quota"sv,  "usrquota"sv, "grpquota"sv,  "prjquota"sv,  "uquota"sv,
                                   "gquota"sv, "pquota"sv,   "usrjquota"sv, "grpjquota"sv, "uqnoenforce"sv};

bool one_of(auto const& types, std::string_view type) {
  return std::ranges::find(types, type) != types.end();
}

std::optional<bool> yes_or_no(auto const& yes, auto const& no, std::string_view type) {
  if (one_of(yes, type)) return true;
  if (one_of(no, type)) return false;
  return std::nullopt;
}

}  // namespace

DriveType drive_type_of(system::Mount const& mount, system::BlockDevice const& device) {
  if (mount.is_remote()) return network;
  if (one_of(in_memory, mount.type)) return ram_disk;
  if (one_of(optical, mount.type)) return compact_disc;
  return device.removable ? removable : local;
}

std::optional<std::string> label_of(system::Host const& host, system::Mount const& mount,
                                    system::BlockDevice const& device) {
  // The file system knows it first: udev looks again only when the device changes. A network file system may
  // not answer at all.
  if (mount.block_device()) {
    auto label = host.volumes().label(mount.point);
    if (label && !label->empty()) return label;
  }
  return device.label;
}

void set_label(system::Host const& host, std::string const& mount_point, std::string const& label) {
  auto const refused = host.volumes().set_label(mount_point, label);
  if (refused) throw failure_of(refused, "the label of " + mount_point + " cannot be set");
}

FileSystemAbilities abilities_of(system::Mount const& mount) {
  FileSystemAbilities abilities;
  abilities.supports_compression = yes_or_no(compressing, not_compressing, mount.type);
  if (mount.type == "btrfs") {
    abilities.compressed = mount.has_super_option("compress") || mount.has_super_option("compress-force");
  } else if (abilities.supports_compression == false) {
    abilities.compressed = false;
  }
  abilities.supports_quotas = yes_or_no(with_quotas, without_quotas, mount.type);
  if (abilities.supports_quotas == true) {
    abilities.quotas_disabled = std::ranges::none_of(
        quota_options, [&](std::string_view option) { return mount.has_super_option(option); });
  }
  return abilities;
}

}  // namespace winrm::providers
