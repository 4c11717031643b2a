#include <algorithm>

#include "cim/schema.hpp"
#include "providers/storage/classes.hpp"
#include "system/block_devices.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/mounts.hpp"

namespace winrm::providers {

namespace {

struct LogicalDisk {
  std::string device_id;  ///< the mount point
  std::string description;
  std::uint16_t access = 0;
  std::uint32_t drive_type = 0;
  std::optional<std::uint32_t> media_type;
  std::string file_system;
  std::optional<std::string> provider_name;
  std::optional<std::string> volume_name;
  std::optional<std::string> volume_serial_number;
  std::optional<std::uint64_t> block_size;
  std::optional<std::uint64_t> blocks;
  std::optional<std::uint64_t> size;
  std::optional<std::uint64_t> free_space;
  std::optional<std::uint32_t> longest_name;
  std::string system_name;
};

enum DriveType : std::uint32_t { removable = 2, local = 3, network = 4, compact_disc = 5, ram_disk = 6 };
constexpr cim::ValueName drive_types[] = {{0, "Unknown"},    {1, "No Root Directory"}, {2, "Removable Disk"},
                                          {3, "Local Disk"}, {4, "Network Drive"},     {5, "Compact Disc"},
                                          {6, "RAM Disk"}};
enum MediaType : std::uint32_t { removable_media = 11, fixed_media = 12 };
constexpr cim::ValueName media_types[] = {{0, "Unknown"}, {11, "Removable, not floppy"}, {12, "Fixed disk"}};
enum Access : std::uint16_t { readable = 1, read_write = 3 };
constexpr cim::ValueName accesses[] = {
    {0, "Unknown"}, {1, "Readable"}, {2, "Writeable"}, {3, "Read/Write Supported"}, {4, "Write Once"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::LogicalDisk> = [] {
  using D = winrm::providers::LogicalDisk;
  namespace map = winrm::providers;
  using std::string_view;
  return describe(
      ClassName("root/cimv2", "Win32_LogicalDisk", "CIM_LogicalDisk"),
      key<&D::device_id>("DeviceID").case_exact(),
      prop<&D::access>("Access").values(map::accesses),
      prop<&D::block_size>("BlockSize").units("bytes"),
      prop<&D::device_id>("Caption").case_exact(),
      constant<string_view>("CreationClassName", "Win32_LogicalDisk"),
      prop<&D::description>("Description"),
      prop<&D::drive_type>("DriveType").values(map::drive_types),
      prop<&D::file_system>("FileSystem"),
      prop<&D::free_space>("FreeSpace").units("bytes"),
      prop<&D::longest_name>("MaximumComponentLength").units("characters"),
      prop<&D::media_type>("MediaType").values(map::media_types),
      prop<&D::device_id>("Name").case_exact(),
      prop<&D::blocks>("NumberOfBlocks"),
      prop<&D::provider_name>("ProviderName"),
      prop<&D::size>("Size").units("bytes"),
      constant<string_view>("SystemCreationClassName", "Win32_ComputerSystem"),
      prop<&D::system_name>("SystemName"),
      prop<&D::volume_name>("VolumeName").writable(),
      prop<&D::volume_serial_number>("VolumeSerialNumber"),
      unknown<bool>("Compressed"), unknown<bool>("QuotasDisabled"), unknown<bool>("QuotasIncomplete"),
      unknown<bool>("QuotasRebuilding"), unknown<bool>("SupportsDiskQuotas"),
      unknown<bool>("SupportsFileBasedCompression"), unknown<bool>("VolumeDirty"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
using system::Mount;

DriveType drive_type(Mount const& mount, system::BlockDevice const& device) {
  if (mount.is_remote()) return network;
  if (mount.type == "tmpfs" || mount.type == "ramfs" || mount.type == "devtmpfs") return ram_disk;
  if (mount.type == "iso9660" || mount.type == "udf") return compact_disc;
  return device.removable ? removable : local;
}

std::string_view description_of(DriveType type) {
  auto const* found = std::ranges::find(drive_types, static_cast<std::int64_t>(type), &cim::ValueName::value);
  return found->name;
}

class Filler {
 public:
  Filler(Host const& host, cim::Query const& query)
      : host_(host), query_(query), system_name_(system::short_name(host.kernel())) {}

  [[nodiscard]] LogicalDisk fill(Mount const& mount) const {
    using D = LogicalDisk;
    auto const device = system::block_device(host_, mount.device);
    auto const type = drive_type(mount, device);
    LogicalDisk row;
    row.device_id = mount.point;
    row.drive_type = type;
    row.description = description_of(type);
    row.access = mount.read_only ? readable : read_write;
    row.file_system = mount.type;
    row.system_name = system_name_;
    if (type == network) row.provider_name = mount.source;
    if (type == local) row.media_type = fixed_media;
    if (type == removable || type == compact_disc) row.media_type = removable_media;
    row.volume_name = device.label;
    row.volume_serial_number = device.uuid;
    if (query_.wants<&D::size, &D::free_space, &D::block_size, &D::blocks, &D::longest_name>()) {
      fill_usage(row, mount);
    }
    return row;
  }

 private:
  void fill_usage(LogicalDisk& row, Mount const& mount) const {
    auto const usage = host_.usage(mount.point, mount.is_remote());
    if (!usage) return;
    row.size = usage->total;
    row.free_space = usage->available;
    row.block_size = usage->block_size;
    row.longest_name = usage->longest_name;
    if (usage->block_size != 0) row.blocks = usage->total / usage->block_size;
  }

  Host const& host_;
  cim::Query const& query_;
  std::string system_name_;
};

cim::Generator<LogicalDisk> enumerate(Host const& host, cim::Query const& query) {
  Filler const filler(host, query);
  auto const wanted = query.equals<&LogicalDisk::device_id>();
  for (auto const& mount : system::disk_mounts(host)) {
    if (wanted && mount.point != *wanted) continue;
    auto const row = filler.fill(mount);
    co_yield row;
  }
}

}  // namespace

void add_logical_disk(cim::Registry& registry) { registry.add<LogicalDisk>({.enumerate = enumerate}); }

}  // namespace winrm::providers
