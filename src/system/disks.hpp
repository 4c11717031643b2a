#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "system/host.hpp"

/// Disks and their partitions, as the kernel (sysfs) and udev know them. What udev alone knows is absent
/// where it does not run.
namespace winrm::system {

struct Partition {
  std::string name;         ///< "sda1"
  std::string number;       ///< "8:1"
  std::uint64_t index = 0;  ///< in the partition table, from 1
  std::uint64_t start = 0;  ///< bytes from the beginning of the disk
  std::uint64_t size = 0;   ///< bytes
  bool read_only = false;
  std::optional<std::string> scheme;   ///< "gpt", "dos"
  std::optional<std::string> type;     ///< a GUID, or "0x83" in a dos table
  std::optional<std::uint64_t> flags;  ///< of the entry: 0x80 makes one of a dos table active

  [[nodiscard]] std::string path() const { return "/dev/" + name; }
};

/// host:channel:target:lun
struct ScsiAddress {
  std::uint16_t host = 0;
  std::uint16_t channel = 0;
  std::uint16_t target = 0;
  std::uint16_t unit = 0;
};

struct Disk {
  std::string name;                ///< "sda"
  std::string number;              ///< "8:0"
  std::uint64_t size = 0;          ///< bytes
  std::uint64_t sector_bytes = 0;  ///< of a logical sector; 0 when unknown
  bool read_only = false;
  bool removable = false;
  std::string bus;  ///< "usb", "ata", "nvme", "virtio", "mmc", "scsi", "loop"; "" for others
  std::optional<std::string> vendor;
  std::optional<std::string> model;
  std::optional<std::string> serial;
  std::optional<std::string> firmware;
  std::optional<std::string> state;  ///< "running", "offline", … where the driver says
  std::optional<ScsiAddress> scsi;
  std::optional<std::uint32_t> signature;  ///< of a dos partition table
  std::vector<Partition> partitions;       ///< in the order of their indexes

  [[nodiscard]] std::string path() const { return "/dev/" + name; }
};

/// Every disk with a medium in it, ordered by device number. Volumes made of other disks (device mapper,
/// RAID) are none, nor is memory (zram, brd), nor are optical drives; an image attached to a loop device is
/// one.
[[nodiscard]] std::vector<Disk> disks(Host const& host);

/// The device numbers that a block device ("8:1") is made of: itself, or what lies below a mapped or RAID
/// device, through any number of layers.
[[nodiscard]] std::vector<std::string> physical_devices(Host const& host, std::string const& number);

}  // namespace winrm::system
