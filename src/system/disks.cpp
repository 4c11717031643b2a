#include "system/disks.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "system/block_devices.hpp"
#include "system/text.hpp"

namespace winrm::system {

namespace {

using namespace std::string_view_literals;

/// sysfs counts in these, whatever a disk's sectors are (Documentation/ABI/stable/sysfs-block).
constexpr std::uint64_t sysfs_sector = 512;

constexpr std::array not_disks{"dm-"sv, "md"sv, "zram"sv, "ram"sv, "sr"sv, "fd"sv};

std::optional<std::string> line_in(Host const& host, std::string const& path) {
  std::string content;
  if (!host.read(path, content)) return std::nullopt;
  auto const text = text::trim(content);
  if (text.empty()) return std::nullopt;
  return std::string(text);
}

std::uint64_t number_in_file(Host const& host, std::string const& path) {
  auto const line = line_in(host, path);
  return line ? text::number(*line).value_or(0) : 0;
}

std::optional<std::uint64_t> hexadecimal(std::string_view digits) {
  if (digits.starts_with("0x")) digits.remove_prefix(2);
  std::uint64_t value = 0;
  auto const* const end = digits.data() + digits.size();
  auto const [stopped, error] = std::from_chars(digits.data(), end, value, 16);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::string bus_of(std::string_view name, std::string_view device_path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> signs{{{"/usb", "usb"},
                                                                                {"/ata", "ata"},
                                                                                {"/nvme", "nvme"},
                                                                                {"/mmc_host", "mmc"},
                                                                                {"/virtio", "virtio"},
                                                                                {"/host", "scsi"}}};
  if (name.starts_with("loop")) return "loop";
  auto const* const found = std::ranges::find_if(
      signs, [&](auto const& sign) { return device_path.find(sign.first) != std::string_view::npos; });
  return found == signs.end() ? std::string() : std::string(found->second);
}

std::optional<ScsiAddress> scsi_address(Host const& host, std::string const& folder) {
  auto const target = host.link_target(folder + "/device");
  if (!target) return std::nullopt;
  auto rest = std::string_view(*target).substr(target->rfind('/') + 1);
  std::array<std::uint16_t, 4> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto const colon = rest.find(':');
    if ((colon == std::string_view::npos) != (i + 1 == parts.size())) return std::nullopt;
    auto const part = text::number<std::uint16_t>(rest.substr(0, colon));
    if (!part) return std::nullopt;
    parts[i] = *part;
    rest.remove_prefix(std::min(rest.size(), colon == std::string_view::npos ? rest.size() : colon + 1));
  }
  return ScsiAddress{parts[0], parts[1], parts[2], parts[3]};
}

/// A vendor that names someone: not the kernel's "ATA" for every SATA disk, not a number of a bus.
std::optional<std::string> vendor_of(Host const& host, std::string const& folder) {
  auto vendor = line_in(host, folder + "/device/vendor");
  if (vendor && (*vendor == "ATA" || vendor->starts_with("0x"))) vendor.reset();
  return vendor;
}

template <class... Paths>
std::optional<std::string> first_of(Host const& host, Paths const&... paths) {
  std::optional<std::string> found;
  ((found || (found = line_in(host, paths))), ...);
  return found;
}

Partition read_partition(Host const& host, std::string const& folder, std::string const& name) {
  Partition partition;
  partition.name = name;
  partition.number = line_in(host, folder + "/dev").value_or("");
  partition.index = number_in_file(host, folder + "/partition");
  partition.start = number_in_file(host, folder + "/start") * sysfs_sector;
  partition.size = number_in_file(host, folder + "/size") * sysfs_sector;
  partition.read_only = line_in(host, folder + "/ro") == "1";
  auto const udev = udev_properties(host, partition.number);
  partition.scheme = udev.find("ID_PART_ENTRY_SCHEME");
  partition.type = udev.find("ID_PART_ENTRY_TYPE");
  if (auto const flags = udev.find("ID_PART_ENTRY_FLAGS")) partition.flags = hexadecimal(*flags);
  return partition;
}

std::vector<Partition> read_partitions(Host const& host, std::string const& folder,
                                       std::string const& disk_name) {
  std::vector<Partition> partitions;
  for (auto const& name : host.list(folder).value_or(std::vector<std::string>())) {
    if (!name.starts_with(disk_name) || !host.exists(folder + "/" + name + "/partition")) continue;
    partitions.push_back(read_partition(host, folder + "/" + name, name));
  }
  std::ranges::sort(partitions, {}, &Partition::index);
  return partitions;
}

Disk read_disk(Host const& host, std::string const& name, std::uint64_t size) {
  auto const folder = "/sys/block/" + name;
  Disk disk;
  disk.name = name;
  disk.number = line_in(host, folder + "/dev").value_or("");
  disk.size = size;
  disk.sector_bytes = number_in_file(host, folder + "/queue/logical_block_size");
  disk.read_only = line_in(host, folder + "/ro") == "1";
  disk.removable = line_in(host, folder + "/removable") == "1";
  disk.bus = bus_of(name, host.link_target(folder).value_or(""));
  disk.vendor = vendor_of(host, folder);
  disk.model = first_of(host, folder + "/device/model", folder + "/device/name");
  disk.firmware = first_of(host, folder + "/device/firmware_rev", folder + "/device/rev");
  disk.state = line_in(host, folder + "/device/state");
  disk.scsi = scsi_address(host, folder);
  auto const udev = udev_properties(host, disk.number);
  disk.serial = udev.find("ID_SERIAL_SHORT");
  if (!disk.serial) disk.serial = first_of(host, folder + "/serial", folder + "/device/serial");
  if (udev.find("ID_PART_TABLE_TYPE") == "dos") {
    auto const signature = hexadecimal(udev.find("ID_PART_TABLE_UUID").value_or(""));
    if (signature && *signature <= UINT32_MAX) disk.signature = static_cast<std::uint32_t>(*signature);
  }
  disk.partitions = read_partitions(host, folder, name);
  return disk;
}

std::pair<std::uint64_t, std::uint64_t> major_and_minor(Disk const& disk) {
  std::string_view const number = disk.number;
  auto const colon = std::min(number.find(':'), number.size());
  auto const minor = colon < number.size() ? number.substr(colon + 1) : std::string_view();
  return {text::number(number.substr(0, colon)).value_or(0), text::number(minor).value_or(0)};
}

void add_physical(Host const& host, std::string const& number, std::set<std::string>& seen,
                  std::vector<std::string>& found) {
  if (!seen.insert(number).second) return;
  auto const folder = "/sys/dev/block/" + number + "/slaves";
  auto const below = host.list(folder).value_or(std::vector<std::string>());
  if (below.empty()) found.push_back(number);
  for (auto const& name : below) {
    if (auto const next = line_in(host, folder + "/" + name + "/dev")) add_physical(host, *next, seen, found);
  }
}

}  // namespace

std::vector<Disk> disks(Host const& host) {
  std::vector<Disk> found;
  for (auto const& name : host.list("/sys/block").value_or(std::vector<std::string>())) {
    if (std::ranges::any_of(not_disks, [&](auto prefix) { return name.starts_with(prefix); })) continue;
    // A path of a multipath disk is hidden: the disk itself is listed once (Documentation/ABI sysfs-block).
    auto const size = number_in_file(host, "/sys/block/" + name + "/size") * sysfs_sector;
    if (size == 0 || line_in(host, "/sys/block/" + name + "/hidden") == "1") continue;
    found.push_back(read_disk(host, name, size));
  }
  std::ranges::sort(found, {}, major_and_minor);
  return found;
}

std::vector<std::string> physical_devices(Host const& host, std::string const& number) {
  std::vector<std::string> found;
  std::set<std::string> seen;
  add_physical(host, number, seen, found);
  return found;
}

}  // namespace winrm::system
