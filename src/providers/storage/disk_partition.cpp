#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "cim/schema.hpp"
#include "providers/storage/classes.hpp"
#include "providers/storage/value_maps.hpp"
#include "system/disks.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"

namespace winrm::providers {

namespace {

struct DiskPartition {
  std::string device_id;
  std::string name;
  std::uint16_t access = 0;
  std::optional<std::uint64_t> block_size;
  std::optional<std::uint64_t> blocks;
  std::optional<bool> bootable;
  std::string description;
  std::uint32_t disk_index = 0;
  std::uint32_t index = 0;
  std::optional<bool> primary;
  std::uint64_t size = 0;
  std::uint64_t start = 0;
  std::string system_name;
  std::optional<std::string> type;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::DiskPartition> = [] {
  using P = winrm::providers::DiskPartition;
  namespace map = winrm::providers;
  using std::string_view, std::uint16_t, std::uint32_t, std::uint64_t;
  return describe(
      ClassName("root/cimv2", "Win32_DiskPartition", "CIM_DiskPartition")
          .described("An entry of a disk's partition table. What the entry says about its use comes from udev."),
      key<&P::device_id>("DeviceID").case_exact().described("The device: /dev/sda1."),
      prop<&P::access>("Access").values(map::accesses),
      prop<&P::block_size>("BlockSize").units("bytes"),
      prop<&P::bootable>("Bootable"),
      prop<&P::bootable>("BootPartition"),
      prop<&P::name>("Caption"),
      constant<string_view>("CreationClassName", "Win32_DiskPartition"),
      prop<&P::description>("Description"),
      prop<&P::disk_index>("DiskIndex"),
      prop<&P::index>("Index").described("In the order of the table, from 0."),
      prop<&P::name>("Name"),
      prop<&P::blocks>("NumberOfBlocks"),
      prop<&P::primary>("PrimaryPartition"),
      prop<&P::size>("Size").units("bytes"),
      prop<&P::start>("StartingOffset").units("bytes"),
      constant<string_view>("SystemCreationClassName", "Win32_ComputerSystem"),
      prop<&P::system_name>("SystemName"),
      prop<&P::type>("Type"),
      unknown<uint16_t>("AdditionalAvailability"), unknown<uint32_t>("HiddenSectors"),
      unknown<uint64_t>("MaxQuiesceTime"), unknown<uint64_t>("OtherIdentifyingInfo"),
      unknown<uint64_t>("PowerOnHours"), unknown<bool>("RewritePartition"),
      unknown<uint64_t>("TotalPowerOnHours"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Disk;
using system::Host;
using system::Partition;

using TypeName = std::pair<std::string_view, std::string_view>;
constexpr std::string_view efi_system = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
/// UEFI 5.3.3, and the discoverable partitions of the UAPI group.
constexpr std::array<TypeName, 9> gpt_types{
    {{efi_system, "GPT: System"},
     {"ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "GPT: Basic Data"},
     {"e3c9e316-0b5c-4db8-817d-f92df00215ae", "GPT: Reserved"},
     {"de94bba4-06d1-4d40-a16a-bfd50179d6ac", "GPT: Recovery"},
     {"21686148-6449-6e6f-744e-656564454649", "GPT: BIOS Boot"},
     {"0fc63daf-8483-4772-8e79-3d69d8477de4", "GPT: Linux Filesystem"},
     {"0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "GPT: Linux Swap"},
     {"e6d6d379-f507-44c2-a23c-238f2a3df928", "GPT: Linux LVM"},
     {"a19d880f-05fc-4d3b-a006-743f0f84911e", "GPT: Linux RAID"}}};
constexpr std::array<TypeName, 14> dos_types{{{"0x1", "12-bit FAT"},
                                              {"0x4", "16-bit FAT"},
                                              {"0x5", "Extended Partition"},
                                              {"0x6", "MS-DOS V4 Huge"},
                                              {"0x7", "Installable File System"},
                                              {"0xb", "Win95 w/Extended Int 13"},
                                              {"0xc", "Win95 w/Extended Int 13"},
                                              {"0xf", "Extended w/Extended Int 13"},
                                              {"0x42", "Logical Disk Manager"},
                                              {"0x82", "Linux Swap"},
                                              {"0x83", "Linux"},
                                              {"0x85", "Linux Extended"},
                                              {"0x8e", "Linux LVM"},
                                              {"0xfd", "Linux RAID"}}};

bool is_gpt(Partition const& partition) { return partition.scheme == "gpt"; }
bool is_dos(Partition const& partition) { return partition.scheme == "dos"; }

std::optional<std::string> type_of(Partition const& partition) {
  if (!partition.type || (!is_gpt(partition) && !is_dos(partition))) return std::nullopt;
  auto const named = [&](auto const& types) -> std::optional<std::string> {
    auto const* found = std::ranges::find(types, *partition.type, &TypeName::first);
    return found == types.end() ? std::nullopt : std::optional(std::string(found->second));
  };
  if (is_gpt(partition)) return named(gpt_types).value_or("GPT: " + *partition.type);
  return named(dos_types).value_or("MBR: " + *partition.type);
}

/// The partition that firmware starts from: a system partition of EFI, the active one of a dos table.
std::optional<bool> is_bootable(Partition const& partition) {
  constexpr std::uint64_t active = 0x80;
  if (is_gpt(partition) && partition.type) return *partition.type == efi_system;
  if (is_dos(partition)) return (partition.flags.value_or(0) & active) != 0;
  return std::nullopt;
}

/// A dos table has four entries; further partitions lie within an extended one.
std::optional<bool> is_primary(Partition const& partition) {
  if (is_gpt(partition)) return true;
  if (!is_dos(partition)) return std::nullopt;
  return partition.index <= 4 && partition.type != "0x5" && partition.type != "0xf" &&
         partition.type != "0x85";
}

DiskPartition fill(Disk const& disk, std::uint32_t disk_index, std::uint32_t index,
                   std::string const& system_name) {
  auto const& partition = disk.partitions[index];
  DiskPartition row;
  row.device_id = partition.path();
  row.name = fmt::format("Disk #{}, Partition #{}", disk_index, index);
  row.access = partition.read_only || disk.read_only ? readable : read_write;
  row.bootable = is_bootable(partition);
  row.type = type_of(partition);
  row.description = row.type.value_or("Partition");
  row.disk_index = disk_index;
  row.index = index;
  row.primary = is_primary(partition);
  row.size = partition.size;
  row.start = partition.start;
  row.system_name = system_name;
  if (disk.sector_bytes != 0) {
    row.block_size = disk.sector_bytes;
    row.blocks = partition.size / disk.sector_bytes;
  }
  return row;
}

cim::Generator<DiskPartition> enumerate(Host const& host, cim::Query const& /*query*/) {
  auto const system_name = system::short_name(host.kernel());
  std::uint32_t disk_index = 0;
  for (auto const& disk : system::disks(host)) {
    for (std::uint32_t index = 0; index < disk.partitions.size(); ++index) {
      auto const row = fill(disk, disk_index, index, system_name);
      co_yield row;
    }
    ++disk_index;
  }
}

}  // namespace

void add_disk_partition(cim::Registry& registry) { registry.add<DiskPartition>({.enumerate = enumerate}); }

}  // namespace winrm::providers
