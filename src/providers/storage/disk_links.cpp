#include <algorithm>
#include <optional>

#include "cim/schema.hpp"
#include "providers/common/references.hpp"
#include "providers/storage/classes.hpp"
#include "system/disks.hpp"
#include "system/host.hpp"
#include "system/mounts.hpp"

namespace winrm::providers {

namespace {

struct DiskOfPartition {
  cim::Reference disk;
  cim::Reference partition;
};

struct PartitionOfDisk {
  cim::Reference partition;
  cim::Reference logical_disk;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::DiskOfPartition> = [] {
  using L = winrm::providers::DiskOfPartition;
  return describe(
      ClassName("root/cimv2", "Win32_DiskDriveToDiskPartition", "CIM_MediaPresent").association(),
      key<&L::disk>("Antecedent").refers_to("Win32_DiskDrive"),
      key<&L::partition>("Dependent").refers_to("Win32_DiskPartition"));
}();

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::PartitionOfDisk> = [] {
  using L = winrm::providers::PartitionOfDisk;
  return describe(
      ClassName("root/cimv2", "Win32_LogicalDiskToPartition", "CIM_LogicalDiskBasedOnPartition").association()
          .described("The partitions a mounted file system lies on, through LVM, RAID and encryption. A file system "
                     "on a whole disk has none."),
      key<&L::partition>("Antecedent").refers_to("Win32_DiskPartition"),
      key<&L::logical_disk>("Dependent").refers_to("Win32_LogicalDisk"),
      prop<&L::end>("EndingAddress").units("bytes"),
      prop<&L::start>("StartingAddress").units("bytes"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
using system::Partition;

cim::Reference reference_to_partition(Partition const& partition) {
  return reference_to("Win32_DiskPartition", "DeviceID", partition.path());
}

cim::Generator<DiskOfPartition> enumerate_drives(Host const& host, cim::Query const& /*query*/) {
  for (auto const& disk : system::disks(host)) {
    for (auto const& partition : disk.partitions) {
      DiskOfPartition row;
      row.disk = reference_to("Win32_DiskDrive", "DeviceID", disk.path());
      row.partition = reference_to_partition(partition);
      co_yield row;
    }
  }
}

/// A file system of several devices (btrfs) has a number of its own: it tells one device by its name.
bool lies_on(system::Mount const& mount, std::vector<std::string> const& numbers,
             Partition const& partition) {
  return std::ranges::find(numbers, partition.number) != numbers.end() ||
         (mount.device.starts_with("0:") && mount.source == partition.path());
}

cim::Generator<PartitionOfDisk> enumerate_logical_disks(Host const& host, cim::Query const& /*query*/) {
  auto const disks = system::disks(host);
  for (auto const& mount : system::disk_mounts(host)) {
    auto const numbers = system::physical_devices(host, mount.device);
    for (auto const& disk : disks) {
      for (auto const& partition : disk.partitions) {
        if (!lies_on(mount, numbers, partition)) continue;
        PartitionOfDisk row;
        row.partition = reference_to_partition(partition);
        row.logical_disk = reference_to("Win32_LogicalDisk", "DeviceID", mount.point);
        row.start = partition.start;
        row.end = partition.start + partition.size - 1;
        co_yield row;
      }
    }
  }
}

}  // namespace

void add_disk_links(cim::Registry& registry) {
  registry.add<DiskOfPartition>({.enumerate = enumerate_drives});
  registry.add<PartitionOfDisk>({.enumerate = enumerate_logical_disks});
}

}  // namespace winrm::providers
