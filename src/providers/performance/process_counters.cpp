#include <fmt/format.h>

#include <map>
#include <set>

#include "providers/performance/classes.hpp"
#include "providers/performance/counters.hpp"
#include "providers/process/process_facts.hpp"
#include "system/process_reader.hpp"

namespace winrm::providers {

namespace {

struct Process {
  Stamp stamp = 0;
  std::string name;
  std::optional<std::uint32_t> pid;
  std::optional<std::uint32_t> parent;
  std::optional<std::uint64_t> started;
  std::optional<std::uint32_t> handles;
  std::optional<std::uint32_t> threads;
  std::optional<std::uint32_t> priority;
  std::optional<std::uint64_t> processor_time;
  std::optional<std::uint64_t> user_time;
  std::optional<std::uint64_t> privileged_time;
  std::optional<std::uint32_t> page_faults;
  std::optional<std::uint64_t> page_file;
  std::optional<std::uint64_t> private_bytes;
  std::optional<std::uint64_t> virtual_bytes;
  std::optional<std::uint64_t> peak_virtual_bytes;
  std::optional<std::uint64_t> resident;
  std::optional<std::uint64_t> peak_resident;
  std::optional<std::uint64_t> private_resident;
  std::optional<std::uint64_t> reads;
  std::optional<std::uint64_t> writes;
  std::optional<std::uint64_t> transfers;
  std::optional<std::uint64_t> bytes_read;
  std::optional<std::uint64_t> bytes_written;
  std::optional<std::uint64_t> bytes;

  /// A number may be given to another process between two samples.
  [[nodiscard]] std::pair<std::uint32_t, std::uint64_t> id() const {
    return {pid.value_or(0), started.value_or(0)};
  }
};

using P = Process;
using std::uint32_t;
using std::uint64_t;

constexpr Counter<P> counters[] = {
    counter<&P::parent>("CreatingProcessID", Rule::value),
    counter<&P::started>("ElapsedTime", Rule::seconds_since).units("seconds"),
    counter<&P::handles>("HandleCount", Rule::value),
    counter<&P::pid>("IDProcess", Rule::value),
    counter<&P::bytes>("IODataBytesPersec", Rule::per_second).units("bytes"),
    counter<&P::transfers>("IODataOperationsPersec", Rule::per_second),
    counter<&P::bytes_read>("IOReadBytesPersec", Rule::per_second).units("bytes"),
    counter<&P::reads>("IOReadOperationsPersec", Rule::per_second),
    counter<&P::bytes_written>("IOWriteBytesPersec", Rule::per_second).units("bytes"),
    counter<&P::writes>("IOWriteOperationsPersec", Rule::per_second),
    counter<&P::page_faults>("PageFaultsPersec", Rule::per_second),
    counter<&P::page_file>("PageFileBytes", Rule::value).units("bytes"),
    counter<&P::privileged_time>("PercentPrivilegedTime", Rule::percent_of_time).units("percent"),
    counter<&P::processor_time>("PercentProcessorTime", Rule::percent_of_time)
        .units("percent")
        .described("Of one processor: several threads may come to more than 100."),
    counter<&P::user_time>("PercentUserTime", Rule::percent_of_time).units("percent"),
    counter<&P::priority>("PriorityBase", Rule::value),
    counter<&P::private_bytes>("PrivateBytes", Rule::value).units("bytes"),
    counter<&P::threads>("ThreadCount", Rule::value),
    counter<&P::virtual_bytes>("VirtualBytes", Rule::value).units("bytes"),
    counter<&P::peak_virtual_bytes>("VirtualBytesPeak", Rule::value).units("bytes"),
    counter<&P::resident>("WorkingSet", Rule::value).units("bytes"),
    counter<&P::peak_resident>("WorkingSetPeak", Rule::value).units("bytes"),
    counter<&P::private_resident>("WorkingSetPrivate", Rule::value).units("bytes"),
    no_counter<P, uint64_t>("IOOtherBytesPersec"),
    no_counter<P, uint64_t>("IOOtherOperationsPersec"),
    no_counter<P, uint64_t>("PageFileBytesPeak"),
    no_counter<P, uint32_t>("PoolNonpagedBytes"),
    no_counter<P, uint32_t>("PoolPagedBytes")};

constexpr auto raw = describe_raw<counters>(raw_class("Win32_PerfRawData_PerfProc_Process"),
                                            cim::key<&P::name>("Name").case_exact());
constexpr auto formatted = describe_formatted<counters>(
    formatted_class("Win32_PerfFormattedData_PerfProc_Process")
        .described("One for each process, and _Total. A name that comes again gets a number: cat, cat#1."),
    cim::key<&P::name>("Name").case_exact());

namespace proc = system::proc;

/// Reads one process after the other; keeps what is the same for all.
class Sampler {
 public:
  explicit Sampler(system::Host const& host)
      : host_(host),
        reader_(host),
        now_(stamp_of(host.now())),
        tick_(ticks_per_second / host.clock_ticks_per_second()) {
    if (auto const boot = host.boot_time()) boot_ = stamp_of(*boot);
  }

  /// Moves to a process and tells its name; nothing when it has ended.
  [[nodiscard]] std::optional<std::string> move_to(proc::Pid pid) {
    if (!reader_.stat(pid, stat_)) return std::nullopt;
    return stat_.name;
  }

  /// Everything about the process that move_to() went to.
  [[nodiscard]] Process read() {
    auto const pid = stat_.pid;
    Process row;
    row.stamp = now_;
    row.pid = pid;
    row.parent = stat_.parent;
    if (boot_) row.started = *boot_ + stat_.start_ticks * tick_;
    row.threads = static_cast<uint32_t>(stat_.threads);
    row.priority = base_priority(stat_.nice);
    row.user_time = stat_.user_ticks * tick_;
    row.privileged_time = stat_.system_ticks * tick_;
    row.processor_time = *row.user_time + *row.privileged_time;
    row.page_faults = static_cast<uint32_t>(stat_.minor_faults + stat_.major_faults);
    row.virtual_bytes = stat_.virtual_bytes;
    row.resident = stat_.resident_pages * host_.page_bytes();
    row.handles = proc::open_files(host_, pid);
    if (auto const memory = reader_.memory(pid)) fill_memory(row, *memory);
    if (auto const io = reader_.io(pid)) fill_io(row, *io);
    return row;
  }

  [[nodiscard]] Stamp now() const { return now_; }

 private:
  static void fill_memory(Process& row, proc::Memory const& memory) {
    constexpr uint64_t kilobyte = 1024;
    if (memory.peak_virtual) row.peak_virtual_bytes = *memory.peak_virtual * kilobyte;
    if (memory.peak_resident) row.peak_resident = *memory.peak_resident * kilobyte;
    if (memory.resident_anonymous) row.private_resident = *memory.resident_anonymous * kilobyte;
    if (memory.resident_anonymous && memory.swapped) {
      row.page_file = (*memory.resident_anonymous + *memory.swapped) * kilobyte;
      row.private_bytes = row.page_file;
    }
  }

  static void fill_io(Process& row, proc::Io const& io) {
    row.reads = io.read_calls;
    row.writes = io.write_calls;
    row.transfers = io.read_calls + io.write_calls;
    row.bytes_read = io.bytes_read;
    row.bytes_written = io.bytes_written;
    row.bytes = io.bytes_read + io.bytes_written;
  }

  system::Host const& host_;
  proc::ProcessReader reader_;
  proc::Stat stat_;
  Stamp now_;
  uint64_t tick_;
  std::optional<Stamp> boot_;
};

/// What can be added up; what is unknown of one process is left out of the sum.
void add_to(Process& total, Process const& row) {
  auto const add = [&](auto... members) {
    ((row.*members ? void(total.*members = (total.*members).value_or(0) + *(row.*members)) : void()), ...);
  };
  add(&P::handles, &P::threads, &P::page_faults);
  add(&P::processor_time, &P::user_time, &P::privileged_time, &P::page_file, &P::private_bytes,
      &P::virtual_bytes, &P::resident, &P::private_resident, &P::reads, &P::writes, &P::transfers,
      &P::bytes_read, &P::bytes_written, &P::bytes);
}

constexpr std::string_view name_of_all = "_Total";

/// Names of rows, each given once: "cat", "cat#1". Processes call themselves what they like, "cat#1" and
/// "_Total" too.
class Names {
 public:
  [[nodiscard]] std::string unique(std::string const& name) {
    auto candidate = name;
    while (!taken_.insert(candidate).second) candidate = fmt::format("{}#{}", name, ++last_[name]);
    return candidate;
  }

 private:
  std::set<std::string> taken_{std::string(name_of_all)};
  std::map<std::string, int> last_;
};

std::vector<Process> sample(system::Host const& host, std::optional<std::string> const& only) {
  Sampler sampler(host);
  bool const needs_all = !only || *only == name_of_all;
  std::vector<Process> rows;
  Names names;
  Process total;
  total.stamp = sampler.now();
  total.name = name_of_all;
  for (auto const pid : proc::pids(host)) {
    auto const own_name = sampler.move_to(pid);
    if (!own_name) continue;
    auto name = names.unique(*own_name);
    if (!needs_all && name != *only) continue;
    auto row = sampler.read();
    row.name = std::move(name);
    add_to(total, row);
    rows.push_back(std::move(row));
    if (!needs_all) return rows;
  }
  if (needs_all) rows.push_back(std::move(total));
  return rows;
}

}  // namespace

void add_process_counters(cim::Registry& registry) { add_twins<counters, sample>(registry, raw, formatted); }

}  // namespace winrm::providers
