#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "cim/schema.hpp"
#include "providers/storage/classes.hpp"
#include "providers/storage/file_system.hpp"
#include "providers/storage/value_maps.hpp"
#include "system/disks.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/mounts.hpp"
#include "system/program.hpp"
#include "system/volumes.hpp"

namespace winrm::providers {

namespace {

struct Volume {
  std::string device_id;
  std::string name;
  std::optional<std::string> drive_letter;
  std::optional<std::uint16_t> access;
  std::optional<bool> automount;
  std::optional<std::uint64_t> block_size;
  std::optional<std::uint64_t> blocks;
  std::optional<std::uint64_t> capacity;
  std::optional<std::uint64_t> free_space;
  std::optional<std::uint32_t> longest_name;
  std::optional<bool> compressed;
  std::optional<bool> supports_compression;
  std::optional<bool> supports_quotas;
  std::optional<bool> quotas_enabled;
  std::uint32_t drive_type = 0;
  std::string file_system;
  std::optional<std::string> label;
  std::optional<std::uint32_t> serial_number;
  std::string system_name;
};

constexpr cim::ValueName add_mount_point_results[] = {{0, "Success"},
                                                      {1, "Access Denied"},
                                                      {2, "Invalid Argument"},
                                                      {3, "Specified Directory Not Empty"},
                                                      {4, "Specified Directory Not Found"},
                                                      {5, "Volume Mount Points Not Supported"},
                                                      {6, "Unknown Error"}};
constexpr cim::ValueName dismount_results[] = {{0, "Success"},
                                               {1, "Access Denied"},
                                               {2, "Volume Has Mount Points"},
                                               {3, "Volume Does Not Support The No-Autoremount State"},
                                               {4, "Force Option Required"}};
constexpr cim::ValueName mount_results[] = {{0, "Success"}, {1, "Access Denied"}, {2, "Unknown Error"}};
constexpr cim::ValueName defrag_results[] = {{0, "Success"}, {1, "Access Denied"}, {2, "Not Supported"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::Volume> = [] {
  using V = winrm::providers::Volume;
  namespace map = winrm::providers;
  using std::string_view, std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_Volume", "CIM_StorageVolume")
          .described("A file system on a block device, mounted or not. One that nothing mounts is known where udev "
                     "runs."),
      key<&V::device_id>("DeviceID").case_exact().described("The device: /dev/sda1, /dev/mapper/data."),
      prop<&V::access>("Access").values(map::accesses),
      prop<&V::automount>("Automount").described("/etc/fstab mounts it when the machine starts."),
      prop<&V::block_size>("BlockSize").units("bytes"),
      prop<&V::capacity>("Capacity").units("bytes"),
      prop<&V::name>("Caption").case_exact(),
      prop<&V::compressed>("Compressed"),
      constant<string_view>("CreationClassName", "Win32_Volume"),
      prop<&V::drive_letter>("DriveLetter").case_exact().described("Where it is mounted: the DeviceID of a "
                                                                   "Win32_LogicalDisk."),
      prop<&V::drive_type>("DriveType").values(map::drive_types),
      prop<&V::file_system>("FileSystem"),
      prop<&V::free_space>("FreeSpace").units("bytes").changing(),
      prop<&V::label>("Label").writable(),
      prop<&V::longest_name>("MaximumFileNameLength").units("characters"),
      prop<&V::name>("Name").case_exact(),
      prop<&V::blocks>("NumberOfBlocks"),
      prop<&V::quotas_enabled>("QuotasEnabled"),
      prop<&V::serial_number>("SerialNumber").described("Of FAT file systems; others have a UUID, which "
                                                        "Win32_LogicalDisk tells."),
      prop<&V::supports_quotas>("SupportsDiskQuotas"),
      prop<&V::supports_compression>("SupportsFileBasedCompression"),
      constant<string_view>("SystemCreationClassName", "Win32_ComputerSystem"),
      prop<&V::system_name>("SystemName"),
      unknown<bool>("DirtyBitSet"), unknown<bool>("IndexingEnabled"), unknown<bool>("QuotasIncomplete"),
      unknown<bool>("QuotasRebuilding"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using cim::MethodResult;
using cim::NamedValues;
using system::BlockDevice;
using system::Host;
using system::Mount;

/// "1234-ABCD" of FAT.
std::optional<std::uint32_t> serial_number(std::optional<std::string> const& uuid) {
  if (!uuid || uuid->size() != 9 || (*uuid)[4] != '-') return std::nullopt;
  std::uint32_t number = 0;
  auto const digits = uuid->substr(0, 4) + uuid->substr(5);
  auto const [stopped, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (error != std::errc() || stopped != digits.data() + digits.size()) return std::nullopt;
  return number;
}

class Filler {
 public:
  Filler(Host const& host, cim::Query const& query)
      : host_(host), query_(query), system_name_(system::short_name(host.kernel())) {
    if (query.wants<&Volume::automount>()) boot_ = system::configured_mounts(host);
  }

  [[nodiscard]] Volume mounted(Mount const& mount, std::string const& device_path) const {
    using V = Volume;
    auto const device = system::block_device(host_, mount.device);
    auto row = of_device(device_path, device);
    row.name = mount.point;
    row.drive_letter = mount.point;
    row.access = mount.read_only ? readable : read_write;
    row.drive_type = drive_type_of(mount, device);
    row.file_system = mount.type;
    if (query_.wants<&V::label>()) row.label = label_of(host_, mount, device);
    if (boot_) {
      auto const at = boot_->find(mount.point);
      row.automount = at != boot_->end() && at->second;
    }
    fill_abilities(row, mount);
    if (query_.wants<&V::capacity, &V::free_space, &V::block_size, &V::blocks, &V::longest_name>()) {
      fill_usage(row, mount);
    }
    return row;
  }

  /// Nothing when no file system is known to be on it.
  [[nodiscard]] std::optional<Volume> unmounted(std::string const& path, std::string const& number) const {
    auto const device = system::block_device(host_, number);
    if (!device.file_system) return std::nullopt;
    auto row = of_device(path, device);
    row.name = path;
    row.drive_type = device.removable ? removable : local;
    row.file_system = *device.file_system;
    row.label = device.label;
    return row;
  }

 private:
  [[nodiscard]] Volume of_device(std::string const& path, BlockDevice const& device) const {
    Volume row;
    row.device_id = path;
    row.serial_number = serial_number(device.uuid);
    row.system_name = system_name_;
    return row;
  }

  static void fill_abilities(Volume& row, Mount const& mount) {
    auto const abilities = abilities_of(mount);
    row.compressed = abilities.compressed;
    row.supports_compression = abilities.supports_compression;
    row.supports_quotas = abilities.supports_quotas;
    if (abilities.quotas_disabled) row.quotas_enabled = !*abilities.quotas_disabled;
  }

  void fill_usage(Volume& row, Mount const& mount) const {
    auto const usage = host_.usage(mount.point, mount.is_remote());
    if (!usage) return;
    row.capacity = usage->total;
    row.free_space = usage->available;
    row.block_size = usage->block_size;
    row.longest_name = usage->longest_name;
    if (usage->block_size != 0) row.blocks = usage->total / usage->block_size;
  }

  Host const& host_;
  cim::Query const& query_;
  std::string system_name_;
  std::optional<std::map<std::string, bool>> boot_;
};

struct Device {
  std::string path;
  std::string number;
};

/// Disks and partitions.
std::vector<Device> devices(Host const& host) {
  std::vector<Device> found;
  for (auto const& disk : system::disks(host)) {
    found.push_back({disk.path(), disk.number});
    for (auto const& partition : disk.partitions) found.push_back({partition.path(), partition.number});
  }
  return found;
}

cim::Generator<Volume> enumerate(Host const& host, cim::Query const& query) {
  Filler const filler(host, query);
  auto const wanted = query.equals<&Volume::device_id>();
  std::map<std::string, bool> seen;  // by path and by number
  for (auto const& mount : system::disk_mounts(host)) {
    auto const path = mount.block_device();
    // A file system of several subvolumes is mounted several times, with a number for each.
    if (!path || std::exchange(seen[*path], true)) continue;
    seen[mount.device] = true;
    if (wanted && *path != *wanted) continue;
    auto const row = filler.mounted(mount, *path);
    co_yield row;
  }
  for (auto const& [path, number] : devices(host)) {
    if (seen.contains(path) || seen.contains(number) || (wanted && path != *wanted)) continue;
    auto const row = filler.unmounted(path, number);
    if (row) co_yield *row;
  }
}

void put(Host const& host, Volume const& row, NamedValues const& changes) {
  if (!changes.has("Label")) return;
  if (!row.drive_letter) {
    throw cim::Failure(cim::Status::not_supported,
                       row.device_id + " is not mounted: only a mounted file system takes a label");
  }
  set_label(host, *row.drive_letter, changes.get<std::string>("Label").value_or(""));
}

bool is_denied(std::error_code const& refused) {
  return refused == std::errc::operation_not_permitted || refused == std::errc::permission_denied;
}

MethodResult add_mount_point(Host const& host, Volume const& row, NamedValues const& in) {
  enum { success, access_denied, invalid_argument, not_empty, not_found, unsupported, unknown_error };
  auto const folder = in.get<std::string>("Directory").value_or("");
  if (!folder.starts_with('/')) return invalid_argument;
  auto const content = host.list(folder);
  if (!content) return host.exists(folder) ? invalid_argument : not_found;
  if (!content->empty()) return not_empty;
  auto const refused = host.volumes().mount(row.device_id, folder, row.file_system);
  if (!refused) return success;
  if (is_denied(refused)) return access_denied;
  return refused == std::errc::no_such_device ? unsupported : unknown_error;
}

MethodResult dismount(Host const& host, Volume const& row, NamedValues const& in) {
  enum { success, access_denied, has_mount_points, no_autoremount_state, force_required };
  if (in.get<bool>("Permanent").value_or(false))
    return no_autoremount_state;  // /etc/fstab is not ours to change
  if (!row.drive_letter) return success;
  // The kernel does not refuse it: it makes the root read-only, or with force takes every mount away
  // (umount(2)).
  if (*row.drive_letter == "/") return access_denied;
  auto const refused = host.volumes().unmount(*row.drive_letter, in.get<bool>("Force").value_or(false));
  if (!refused) return success;
  if (is_denied(refused)) return access_denied;
  if (refused == std::errc::device_or_resource_busy) return force_required;
  throw cim::Failure(cim::Status::failed, *row.drive_letter + " cannot be unmounted: " + refused.message());
}

/// Where /etc/fstab says, by mount(8), which knows its options and to whom they give the right.
MethodResult mount(Host const& host, Volume const& row, NamedValues const& /*in*/) {
  enum { success, access_denied, unknown_error };
  if (row.drive_letter) return success;
  auto const result = host.run({"/usr/bin/mount", "--", row.device_id});
  if (result.exit_status == 0) return success;
  auto const says = [&](std::string_view words) { return result.errors.find(words) != std::string::npos; };
  if (says("must be superuser") || says("only root") || says("ermission denied")) return access_denied;
  if (says("can't find in /etc/fstab")) {
    throw cim::Failure(cim::Status::not_supported,
                       "/etc/fstab does not say where to mount " + row.device_id + ": call AddMountPoint");
  }
  return unknown_error;
}

MethodResult chkdsk(Host const& /*host*/, Volume const& /*row*/, NamedValues const& /*in*/) {
  constexpr std::uint32_t unsupported_file_system = 4;
  return unsupported_file_system;
}

/// Linux file systems keep themselves in order.
MethodResult defrag(Host const& /*host*/, Volume const& /*row*/, NamedValues const& /*in*/) {
  constexpr std::uint32_t not_supported = 2;
  return not_supported;
}

[[noreturn]] MethodResult format(Host const& /*host*/, Volume const& row, NamedValues const& /*in*/) {
  throw cim::Failure(cim::Status::not_supported,
                     "file systems are not made through management: run mkfs(8) on " + row.device_id);
}

[[noreturn]] MethodResult schedule_check(Host const& /*host*/, NamedValues const& /*in*/) {
  throw cim::Failure(cim::Status::not_supported,
                     "checks at boot are set in the sixth field of /etc/fstab and with tune2fs(8), not here");
}

constexpr cim::Parameter directory_parameters[] = {cim::in<std::string>("Directory")};
constexpr cim::Parameter dismount_parameters[] = {cim::in<bool>("Force").optional(),
                                                  cim::in<bool>("Permanent").optional()};
constexpr cim::Parameter defrag_parameters[] = {cim::in<bool>("Force").optional()};
constexpr cim::Parameter analysis_parameters[] = {cim::out<bool>("DefragRecommended")};
constexpr cim::Parameter format_parameters[] = {
    cim::in<std::string>("FileSystem").optional(), cim::in<bool>("QuickFormat").optional(),
    cim::in<std::uint32_t>("ClusterSize").optional(), cim::in<std::string>("Label").optional(),
    cim::in<bool>("EnableCompression").optional()};
constexpr cim::Parameter volumes_parameters[] = {cim::in<std::vector<std::string>>("Volume")};

constexpr cim::Method<Volume> methods[] = {
    {.name = "AddMountPoint",
     .parameters = directory_parameters,
     .return_values = add_mount_point_results,
     .run = add_mount_point},
    {.name = "Chkdsk", .parameters = chkdsk_parameters, .return_values = chkdsk_results, .run = chkdsk},
    {.name = "Defrag", .parameters = defrag_parameters, .return_values = defrag_results, .run = defrag},
    {.name = "DefragAnalysis",
     .parameters = analysis_parameters,
     .return_values = defrag_results,
     .run = defrag},
    {.name = "Dismount",
     .parameters = dismount_parameters,
     .return_values = dismount_results,
     .run = dismount},
    {.name = "ExcludeFromAutoChk", .parameters = volumes_parameters, .run_static = schedule_check},
    {.name = "Format", .parameters = format_parameters, .run = format},
    {.name = "Mount", .return_values = mount_results, .run = mount},
    {.name = "ScheduleAutoChk", .parameters = volumes_parameters, .run_static = schedule_check}};

}  // namespace

void add_volume(cim::Registry& registry) {
  registry.add<Volume>({.enumerate = enumerate, .methods = methods, .put = put});
}

}  // namespace winrm::providers
