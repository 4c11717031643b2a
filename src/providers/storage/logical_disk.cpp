#include <algorithm>

#include "cim/schema.hpp"
#include "providers/storage/classes.hpp"
#include "providers/storage/file_system.hpp"
#include "providers/storage/value_maps.hpp"
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
  std::optional<bool> compressed;
  std::optional<bool> supports_compression;
  std::optional<bool> supports_quotas;
  std::optional<bool> quotas_disabled;
  std::string system_name;
};

enum MediaType : std::uint32_t { removable_media = 11, fixed_media = 12 };
constexpr cim::ValueName media_types[] = {{0, "Unknown"}, {11, "Removable, not floppy"}, {12, "Fixed disk"}};
constexpr cim::ValueName autochk_results[] = {{0, "Success"},
                                              {1, "Error - Remote Drive"},
                                              {2, "Error - Removable Drive"},
                                              {3, "Error - Drive Not Root Directory"},
                                              {4, "Error - Unknown Drive"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::LogicalDisk> = [] {
  using D = winrm::providers::LogicalDisk;
  namespace map = winrm::providers;
  using std::string_view;
  return describe(
      ClassName("root/cimv2", "Win32_LogicalDisk", "CIM_LogicalDisk")
          .described("A mounted file system, as df shows them. How it is mounted is told by Linux_MountPoint."),
      key<&D::device_id>("DeviceID").case_exact().described("The mount point."),
      prop<&D::access>("Access").values(map::accesses),
      prop<&D::block_size>("BlockSize").units("bytes"),
      prop<&D::device_id>("Caption").case_exact(),
      prop<&D::compressed>("Compressed"),
      constant<string_view>("CreationClassName", "Win32_LogicalDisk"),
      prop<&D::description>("Description"),
      prop<&D::drive_type>("DriveType").values(map::drive_types),
      prop<&D::file_system>("FileSystem"),
      prop<&D::free_space>("FreeSpace").units("bytes").changing(),
      prop<&D::longest_name>("MaximumComponentLength").units("characters"),
      prop<&D::media_type>("MediaType").values(map::media_types),
      prop<&D::device_id>("Name").case_exact(),
      prop<&D::blocks>("NumberOfBlocks"),
      prop<&D::provider_name>("ProviderName"),
      prop<&D::quotas_disabled>("QuotasDisabled"),
      prop<&D::size>("Size").units("bytes"),
      prop<&D::supports_quotas>("SupportsDiskQuotas"),
      prop<&D::supports_compression>("SupportsFileBasedCompression"),
      constant<string_view>("SystemCreationClassName", "Win32_ComputerSystem"),
      prop<&D::system_name>("SystemName"),
      prop<&D::volume_name>("VolumeName").writable(),
      prop<&D::volume_serial_number>("VolumeSerialNumber"),
      unknown<bool>("QuotasIncomplete"), unknown<bool>("QuotasRebuilding"), unknown<bool>("VolumeDirty"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
using system::Mount;

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
    auto const type = drive_type_of(mount, device);
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
    if (query_.wants<&D::volume_name>()) row.volume_name = label_of(host_, mount, device);
    row.volume_serial_number = device.uuid;
    auto const abilities = abilities_of(mount);
    row.compressed = abilities.compressed;
    row.supports_compression = abilities.supports_compression;
    row.supports_quotas = abilities.supports_quotas;
    row.quotas_disabled = abilities.quotas_disabled;
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

void put(Host const& host, LogicalDisk const& row, cim::NamedValues const& changes) {
  if (changes.has("VolumeName"))
    set_label(host, row.device_id, changes.get<std::string>("VolumeName").value_or(""));
}

/// A mounted file system is checked by fsck before it is mounted, not while it is in use.
cim::MethodResult chkdsk(Host const& /*host*/, LogicalDisk const& /*row*/, cim::NamedValues const& /*in*/) {
  constexpr std::uint32_t unsupported_file_system = 4;
  return unsupported_file_system;
}

[[noreturn]] cim::MethodResult schedule_check(Host const& /*host*/, cim::NamedValues const& /*in*/) {
  throw cim::Failure(cim::Status::not_supported,
                     "checks at boot are set in the sixth field of /etc/fstab and with tune2fs(8), not here");
}

constexpr cim::Parameter autochk_parameters[] = {cim::in<std::vector<std::string>>("LogicalDisk")};
constexpr cim::Method<LogicalDisk> methods[] = {
    {.name = "Chkdsk", .parameters = chkdsk_parameters, .return_values = chkdsk_results, .run = chkdsk},
    {.name = "ExcludeFromAutochk",
     .parameters = autochk_parameters,
     .return_values = autochk_results,
     .run_static = schedule_check},
    {.name = "ScheduleAutoChk",
     .parameters = autochk_parameters,
     .return_values = autochk_results,
     .run_static = schedule_check}};

}  // namespace

void add_logical_disk(cim::Registry& registry) {
  registry.add<LogicalDisk>({.enumerate = enumerate, .methods = methods, .put = put});
}

}  // namespace winrm::providers
