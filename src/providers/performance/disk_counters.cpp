#include <map>

#include "providers/performance/classes.hpp"
#include "providers/performance/counters.hpp"
#include "system/kernel_counters.hpp"
#include "system/mounts.hpp"

/// Win32_Perf*_PerfDisk_PhysicalDisk and _LogicalDisk: the same counters, of whole disks and of what is
/// mounted, which also has free space.
namespace winrm::providers {

namespace {

struct Disk {
  Stamp stamp = 0;
  std::string name;
  std::optional<std::uint64_t> bytes_per_read;
  std::optional<std::uint64_t> bytes_per_write;
  std::optional<std::uint64_t> bytes_per_transfer;
  std::optional<std::uint64_t> queue;
  std::optional<std::uint64_t> read_queue;
  std::optional<std::uint64_t> write_queue;
  std::optional<std::uint32_t> seconds_per_read;
  std::optional<std::uint32_t> seconds_per_write;
  std::optional<std::uint32_t> seconds_per_transfer;
  std::optional<std::uint32_t> current_queue;
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> bytes_read;
  std::optional<std::uint64_t> bytes_written;
  std::optional<std::uint32_t> reads;
  std::optional<std::uint32_t> writes;
  std::optional<std::uint32_t> transfers;
  std::optional<std::uint64_t> busy;
  std::optional<std::uint64_t> read_time;
  std::optional<std::uint64_t> write_time;
  std::optional<std::uint64_t> idle;
  std::optional<std::uint64_t> clock;  ///< base of the times
  std::optional<std::uint32_t> free_megabytes;
  std::optional<std::uint32_t> percent_free;
  std::optional<std::uint32_t> total_megabytes;

  [[nodiscard]] std::string const& id() const { return name; }
};

using D = Disk;
using std::uint32_t;
using std::uint64_t;

constexpr std::array disk_counters{
    counter<&D::bytes_per_read>("AvgDiskBytesPerRead", Rule::average)
        .over<&D::reads>("AvgDiskBytesPerRead_Base")
        .units("bytes"),
    counter<&D::bytes_per_write>("AvgDiskBytesPerWrite", Rule::average)
        .over<&D::writes>("AvgDiskBytesPerWrite_Base")
        .units("bytes"),
    counter<&D::bytes_per_transfer>("AvgDiskBytesPerTransfer", Rule::average)
        .over<&D::transfers>("AvgDiskBytesPerTransfer_Base")
        .units("bytes"),
    counter<&D::queue>("AvgDiskQueueLength", Rule::average_over_time),
    counter<&D::read_queue>("AvgDiskReadQueueLength", Rule::average_over_time),
    counter<&D::write_queue>("AvgDiskWriteQueueLength", Rule::average_over_time),
    counter<&D::seconds_per_read>("AvgDisksecPerRead", Rule::average_seconds)
        .over<&D::reads>("AvgDisksecPerRead_Base")
        .units("seconds"),
    counter<&D::seconds_per_write>("AvgDisksecPerWrite", Rule::average_seconds)
        .over<&D::writes>("AvgDisksecPerWrite_Base")
        .units("seconds"),
    counter<&D::seconds_per_transfer>("AvgDisksecPerTransfer", Rule::average_seconds)
        .over<&D::transfers>("AvgDisksecPerTransfer_Base")
        .units("seconds"),
    counter<&D::current_queue>("CurrentDiskQueueLength", Rule::value),
    counter<&D::bytes>("DiskBytesPersec", Rule::per_second).units("bytes"),
    counter<&D::bytes_read>("DiskReadBytesPersec", Rule::per_second).units("bytes"),
    counter<&D::bytes_written>("DiskWriteBytesPersec", Rule::per_second).units("bytes"),
    counter<&D::reads>("DiskReadsPersec", Rule::per_second),
    counter<&D::writes>("DiskWritesPersec", Rule::per_second),
    counter<&D::transfers>("DiskTransfersPersec", Rule::per_second),
    counter<&D::busy>("PercentDiskTime", Rule::percent_of_time)
        .over<&D::clock>("PercentDiskTime_Base")
        .units("percent")
        .described("Time in which at least one request was in progress."),
    counter<&D::read_time>("PercentDiskReadTime", Rule::percent_of_time)
        .over<&D::clock>("PercentDiskReadTime_Base")
        .units("percent"),
    counter<&D::write_time>("PercentDiskWriteTime", Rule::percent_of_time)
        .over<&D::clock>("PercentDiskWriteTime_Base")
        .units("percent"),
    counter<&D::idle>("PercentIdleTime", Rule::percent_of_time)
        .over<&D::clock>("PercentIdleTime_Base")
        .units("percent"),
    no_counter<D, uint32_t>("SplitIOPerSec")};

constexpr std::array space_counters{
    counter<&D::free_megabytes>("FreeMegabytes", Rule::value).units("megabytes"),
    counter<&D::percent_free>("PercentFreeSpace", Rule::percent_of_base)
        .over<&D::total_megabytes>("PercentFreeSpace_Base")
        .units("percent")};

constexpr auto logical_counters = [] {
  std::array<Counter<D>, disk_counters.size() + space_counters.size()> all{};
  auto const next = std::ranges::copy(disk_counters, all.begin()).out;
  std::ranges::copy(space_counters, next);
  return all;
}();

constexpr auto physical_raw = describe_raw<disk_counters>(
    raw_class("Win32_PerfRawData_PerfDisk_PhysicalDisk"), cim::key<&D::name>("Name"));
constexpr auto physical_formatted = describe_formatted<disk_counters>(
    formatted_class("Win32_PerfFormattedData_PerfDisk_PhysicalDisk"), cim::key<&D::name>("Name"));
constexpr auto logical_raw = describe_raw<logical_counters>(
    raw_class("Win32_PerfRawData_PerfDisk_LogicalDisk"), cim::key<&D::name>("Name").case_exact());
constexpr auto logical_formatted =
    describe_formatted<logical_counters>(formatted_class("Win32_PerfFormattedData_PerfDisk_LogicalDisk")
                                             .described("What is mounted from disks of this machine."),
                                         cim::key<&D::name>("Name").case_exact());

namespace kernel = system::counters;

constexpr uint64_t sector_bytes = 512;
constexpr uint64_t megabyte = 1024 * 1024;

Disk disk(kernel::Disk const& counted, Stamp now) {
  Disk row;
  row.stamp = now;
  row.clock = now;
  row.name = counted.name;
  row.reads = counted.reads;
  row.writes = counted.writes;
  row.transfers = counted.reads + counted.writes;
  row.bytes_read = counted.sectors_read * sector_bytes;
  row.bytes_written = counted.sectors_written * sector_bytes;
  row.bytes = *row.bytes_read + *row.bytes_written;
  row.bytes_per_read = row.bytes_read;
  row.bytes_per_write = row.bytes_written;
  row.bytes_per_transfer = row.bytes;
  row.read_time = counted.read_milliseconds * ticks_per_millisecond;
  row.write_time = counted.write_milliseconds * ticks_per_millisecond;
  row.seconds_per_read = row.read_time;
  row.seconds_per_write = row.write_time;
  row.seconds_per_transfer = *row.read_time + *row.write_time;
  row.read_queue = row.read_time;
  row.write_queue = row.write_time;
  row.queue = counted.queue_milliseconds * ticks_per_millisecond;
  row.busy = counted.busy_milliseconds * ticks_per_millisecond;
  row.idle = now - *row.busy;  // its difference is the time in which nothing was done
  row.current_queue = static_cast<uint32_t>(counted.in_progress);
  return row;
}

/// All together; times are those of an average disk.
kernel::Disk total(std::vector<kernel::Disk> const& disks) {
  kernel::Disk sum;
  for (auto const& disk : disks) {
    sum.reads += disk.reads;
    sum.sectors_read += disk.sectors_read;
    sum.read_milliseconds += disk.read_milliseconds;
    sum.writes += disk.writes;
    sum.sectors_written += disk.sectors_written;
    sum.write_milliseconds += disk.write_milliseconds;
    sum.in_progress += disk.in_progress;
    sum.busy_milliseconds += disk.busy_milliseconds;
    sum.queue_milliseconds += disk.queue_milliseconds;
  }
  if (!disks.empty()) sum.busy_milliseconds /= disks.size();
  sum.name = "_Total";
  return sum;
}

std::vector<Disk> physical_sample(system::Host const& host) {
  std::vector<kernel::Disk> disks;
  // Partitions have no folder there; loop, RAM and mapped devices are no hardware.
  for (auto& disk : kernel::disks(host)) {
    if (host.exists("/sys/block/" + disk.name + "/device")) disks.push_back(std::move(disk));
  }
  auto const now = stamp_of(host.now());
  std::vector<Disk> rows;
  for (auto const& counted : disks) rows.push_back(disk(counted, now));
  rows.push_back(disk(total(disks), now));
  return rows;
}

void fill_space(Disk& row, std::uint64_t available, std::uint64_t bytes) {
  row.free_megabytes = static_cast<uint32_t>(available / megabyte);
  row.percent_free = row.free_megabytes;
  row.total_megabytes = static_cast<uint32_t>(bytes / megabyte);
}

std::vector<Disk> logical_sample(system::Host const& host) {
  std::map<std::string, kernel::Disk> by_number;
  for (auto& disk : kernel::disks(host)) by_number.emplace(disk.number, std::move(disk));
  auto const now = stamp_of(host.now());
  std::vector<kernel::Disk> mounted;
  std::vector<Disk> rows;
  uint64_t available = 0;
  uint64_t bytes = 0;
  for (auto const& mount : system::disk_mounts(host)) {
    auto const found = by_number.find(mount.device);
    if (found == by_number.end()) continue;
    mounted.push_back(found->second);
    auto row = disk(found->second, now);
    row.name = mount.point;
    if (auto const usage = host.usage(mount.point, mount.is_remote())) {
      fill_space(row, usage->available, usage->total);
      available += usage->available;
      bytes += usage->total;
    }
    rows.push_back(std::move(row));
  }
  rows.push_back(disk(total(mounted), now));
  fill_space(rows.back(), available, bytes);
  return rows;
}

}  // namespace

void add_disk_counters(cim::Registry& registry) {
  add_twins<disk_counters, physical_sample>(registry, physical_raw, physical_formatted);
  add_twins<logical_counters, logical_sample>(registry, logical_raw, logical_formatted);
}

}  // namespace winrm::providers
