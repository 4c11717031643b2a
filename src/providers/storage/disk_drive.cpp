#include <optional>

#include "cim/schema.hpp"
#include "providers/storage/classes.hpp"
#include "providers/storage/value_maps.hpp"
#include "system/disks.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"

namespace winrm::providers {

namespace {

struct DiskDrive {
  std::string device_id;
  std::uint32_t index = 0;
  std::string caption;
  std::optional<std::uint16_t> availability;
  std::optional<std::uint32_t> bytes_per_sector;
  std::vector<std::uint16_t> capabilities;
  std::vector<std::string> capability_descriptions;
  std::optional<std::string> firmware;
  std::optional<std::string> interface_type;
  std::optional<std::string> manufacturer;
  bool media_loaded = false;
  std::string media_type;
  std::optional<std::string> model;
  std::uint32_t partitions = 0;
  std::optional<std::uint16_t> scsi_port;
  std::optional<std::uint32_t> scsi_bus;
  std::optional<std::uint16_t> scsi_target;
  std::optional<std::uint16_t> scsi_unit;
  std::optional<std::string> serial_number;
  std::optional<std::uint32_t> signature;
  std::uint64_t size = 0;
  std::optional<std::string> status;
  std::optional<std::uint64_t> total_sectors;
  std::string system_name;
};

constexpr cim::ValueName disk_capabilities[] = {{0, "Unknown"},
                                                {1, "Other"},
                                                {2, "Sequential Access"},
                                                {3, "Random Access"},
                                                {4, "Supports Writing"},
                                                {5, "Encryption"},
                                                {6, "Compression"},
                                                {7, "Supports Removeable Media"},
                                                {8, "Manual Cleaning"},
                                                {9, "Automatic Cleaning"},
                                                {10, "SMART Notification"},
                                                {11, "Supports Dual Sided Media"},
                                                {12, "Predismount Eject Not Required"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::DiskDrive> = [] {
  using D = winrm::providers::DiskDrive;
  namespace map = winrm::providers;
  using std::string, std::string_view, std::uint16_t, std::uint32_t, std::uint64_t, std::vector;
  return describe(
      ClassName("root/cimv2", "Win32_DiskDrive", "CIM_DiskDrive")
          .described("A disk with a medium in it, by its device (/dev/sda). A disk image attached to a loop device "
                     "is one; volumes made of other disks (LVM, RAID) and memory are not."),
      key<&D::device_id>("DeviceID").case_exact(),
      prop<&D::availability>("Availability").values(map::availabilities),
      prop<&D::bytes_per_sector>("BytesPerSector").units("bytes"),
      prop<&D::capabilities>("Capabilities").values(map::disk_capabilities),
      prop<&D::capability_descriptions>("CapabilityDescriptions"),
      prop<&D::caption>("Caption"),
      constant<string_view>("CreationClassName", "Win32_DiskDrive"),
      constant<string_view>("Description", "Disk drive"),
      prop<&D::firmware>("FirmwareRevision"),
      prop<&D::index>("Index").described("In the order of device numbers."),
      prop<&D::interface_type>("InterfaceType"),
      prop<&D::manufacturer>("Manufacturer"),
      prop<&D::media_loaded>("MediaLoaded"),
      prop<&D::media_type>("MediaType"),
      prop<&D::model>("Model"),
      prop<&D::device_id>("Name").case_exact(),
      prop<&D::partitions>("Partitions"),
      prop<&D::scsi_bus>("SCSIBus"),
      prop<&D::scsi_unit>("SCSILogicalUnit"),
      prop<&D::scsi_port>("SCSIPort"),
      prop<&D::scsi_target>("SCSITargetId"),
      prop<&D::serial_number>("SerialNumber"),
      prop<&D::signature>("Signature"),
      prop<&D::size>("Size").units("bytes"),
      prop<&D::status>("Status"),
      constant<string_view>("SystemCreationClassName", "Win32_ComputerSystem"),
      prop<&D::system_name>("SystemName"),
      prop<&D::total_sectors>("TotalSectors"),
      // The geometry of cylinders and heads is an invention of firmware that Linux does not keep.
      unknown<uint32_t>("SectorsPerTrack"), unknown<uint64_t>("TotalCylinders"), unknown<uint32_t>("TotalHeads"),
      unknown<uint64_t>("TotalTracks"), unknown<uint32_t>("TracksPerCylinder"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Disk;
using system::Host;

/// Windows knows SCSI, HDC, IDE, USB and 1394; it names SATA disks IDE. Others have none of these names.
std::optional<std::string> interface_type(std::string_view bus) {
  if (bus == "usb") return "USB";
  if (bus == "ata") return "IDE";
  if (bus == "scsi") return "SCSI";
  return std::nullopt;
}

std::string media_type(Disk const& disk) {
  if (disk.removable) return "Removable media";
  return disk.bus == "usb" ? "External hard disk media" : "Fixed hard disk media";
}

void fill_capabilities(DiskDrive& row, Disk const& disk) {
  row.capabilities = {3};  // Random Access
  if (!disk.read_only) row.capabilities.push_back(4);
  if (disk.removable) row.capabilities.push_back(7);
  for (auto const code : row.capabilities)
    row.capability_descriptions.emplace_back(disk_capabilities[code].name);
}

void fill_state(DiskDrive& row, Disk const& disk) {
  if (!disk.state) return;
  bool const runs = *disk.state == "running" || *disk.state == "live";
  row.availability = runs ? running_full_power : off_line;
  row.status = runs ? "OK" : "Error";
}

DiskDrive fill(Disk const& disk, std::uint32_t index, std::string const& system_name) {
  DiskDrive row;
  row.device_id = disk.path();
  row.index = index;
  row.caption = disk.model.value_or(row.device_id);
  row.firmware = disk.firmware;
  row.interface_type = interface_type(disk.bus);
  row.manufacturer = disk.vendor;
  row.media_loaded = disk.size != 0;
  row.media_type = media_type(disk);
  row.model = disk.model;
  row.partitions = static_cast<std::uint32_t>(disk.partitions.size());
  row.serial_number = disk.serial;
  row.signature = disk.signature;
  row.size = disk.size;
  row.system_name = system_name;
  if (disk.sector_bytes != 0) {
    row.bytes_per_sector = static_cast<std::uint32_t>(disk.sector_bytes);
    row.total_sectors = disk.size / disk.sector_bytes;
  }
  if (disk.scsi) {
    row.scsi_port = disk.scsi->host;
    row.scsi_bus = disk.scsi->channel;
    row.scsi_target = disk.scsi->target;
    row.scsi_unit = disk.scsi->unit;
  }
  fill_capabilities(row, disk);
  fill_state(row, disk);
  return row;
}

cim::Generator<DiskDrive> enumerate(Host const& host, cim::Query const& /*query*/) {
  auto const system_name = system::short_name(host.kernel());
  std::uint32_t index = 0;
  for (auto const& disk : system::disks(host)) {
    auto const row = fill(disk, index++, system_name);
    co_yield row;
  }
}

}  // namespace

void add_disk_drive(cim::Registry& registry) { registry.add<DiskDrive>({.enumerate = enumerate}); }

}  // namespace winrm::providers
