#include "cim/schema.hpp"
#include "providers/common/long_text.hpp"
#include "providers/process/classes.hpp"
#include "providers/process/process_facts.hpp"
#include "providers/process/process_methods.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/process_reader.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

struct Process {
  std::string handle;
  std::uint32_t pid = 0;
  std::uint32_t parent = 0;
  std::string name;
  std::optional<std::string> executable;
  std::optional<std::string> command_line;
  std::optional<DateTime> created;
  std::uint16_t state = 0;
  std::uint64_t kernel_time = 0;
  std::uint64_t user_time = 0;
  std::uint32_t priority = 0;
  std::uint32_t threads = 0;
  std::uint32_t page_faults = 0;
  std::uint64_t resident = 0;
  std::uint64_t virtual_size = 0;
  std::optional<std::uint32_t> session;
  std::optional<std::uint32_t> open_files;
  std::optional<std::uint32_t> peak_resident;
  std::optional<std::uint64_t> peak_virtual;
  std::optional<std::uint32_t> page_file;
  std::optional<std::uint64_t> private_bytes;
  std::optional<std::uint64_t> reads;
  std::optional<std::uint64_t> writes;
  std::optional<std::uint64_t> bytes_read;
  std::optional<std::uint64_t> bytes_written;
  std::string host_name;
  std::optional<std::string> os_name;
  std::string os_version;
  // Of Linux_Process.
  std::optional<std::string> control_group;
  std::optional<std::int32_t> nice;
  std::optional<std::uint32_t> oom_score;
  std::optional<std::string> label;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::Process> = [] {
  using P = winrm::providers::Process;
  using std::string, std::string_view, std::uint32_t, std::uint64_t;
  return describe(
      ClassName("root/cimv2", "Win32_Process", "CIM_Process"),
      key<&P::handle>("Handle"),
      prop<&P::name>("Caption"),
      prop<&P::command_line>("CommandLine"),
      constant<string_view>("CreationClassName", "Win32_Process"),
      prop<&P::created>("CreationDate"),
      constant<string_view>("CSCreationClassName", "Win32_ComputerSystem"),
      prop<&P::host_name>("CSName"),
      prop<&P::name>("Description"),
      prop<&P::executable>("ExecutablePath"),
      prop<&P::state>("ExecutionState").values(winrm::providers::execution_states),
      prop<&P::open_files>("HandleCount"),
      prop<&P::kernel_time>("KernelModeTime").units("100 nanoseconds"),
      prop<&P::name>("Name"),
      constant<string_view>("OSCreationClassName", "Win32_OperatingSystem"),
      prop<&P::os_name>("OSName"),
      prop<&P::page_faults>("PageFaults"),
      prop<&P::page_file>("PageFileUsage").units("kilobytes"),
      prop<&P::parent>("ParentProcessId"),
      prop<&P::peak_virtual>("PeakVirtualSize").units("bytes"),
      prop<&P::peak_resident>("PeakWorkingSetSize").units("kilobytes"),
      prop<&P::priority>("Priority"),
      prop<&P::private_bytes>("PrivatePageCount").units("bytes"),
      prop<&P::pid>("ProcessId"),
      prop<&P::reads>("ReadOperationCount"),
      prop<&P::bytes_read>("ReadTransferCount").units("bytes"),
      prop<&P::session>("SessionId"),
      prop<&P::threads>("ThreadCount"),
      prop<&P::user_time>("UserModeTime").units("100 nanoseconds"),
      prop<&P::virtual_size>("VirtualSize").units("bytes"),
      prop<&P::os_version>("WindowsVersion"),
      prop<&P::resident>("WorkingSetSize").units("bytes"),
      prop<&P::writes>("WriteOperationCount"),
      prop<&P::bytes_written>("WriteTransferCount").units("bytes"),
      unknown<uint32_t>("MaximumWorkingSetSize"), unknown<uint32_t>("MinimumWorkingSetSize"),
      unknown<uint64_t>("OtherOperationCount"), unknown<uint64_t>("OtherTransferCount"),
      unknown<uint32_t>("PeakPageFileUsage"), unknown<uint32_t>("QuotaNonPagedPoolUsage"),
      unknown<uint32_t>("QuotaPagedPoolUsage"), unknown<uint32_t>("QuotaPeakNonPagedPoolUsage"),
      unknown<uint32_t>("QuotaPeakPagedPoolUsage"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
namespace proc = system::proc;

constexpr auto linux_process = [] {
  using P = Process;
  return cim::describe_more(
      cim::schema_of<P>,
      cim::ClassName("root/cimv2", "Linux_Process", "Win32_Process")
          .only_by_name()
          .described("A process with what Windows has no property for."),
      cim::prop<&P::control_group>("ControlGroup")
          .case_exact()
          .described("Its place in the one hierarchy of control groups, which names its unit or container."),
      cim::prop<&P::nice>("Nice"),
      cim::prop<&P::oom_score>("OomScore")
          .described("The process with the highest one is killed when memory runs out."),
      cim::prop<&P::label>("SELinuxLabel").case_exact());
}();

/// Fills rows; keeps what is the same for every process, looked up once for a whole enumeration.
class Filler {
 public:
  Filler(Host const& host, cim::Query const& query)
      : host_(host),
        query_(query),
        reader_(host),
        page_bytes_(host.page_bytes()),
        tick_rate_(host.clock_ticks_per_second()) {
    using P = Process;
    if (query.wants<&P::created>()) boot_ = host.boot_time();
    if (query.wants<&P::host_name, &P::os_version>()) {
      auto const kernel = host.kernel();
      host_name_ = system::short_name(kernel);
      os_version_ = kernel.release;
    }
    if (query.wants<&P::os_name>()) {
      if (auto const distribution = system::distribution(host)) os_name_ = distribution->name;
    }
  }

  [[nodiscard]] std::optional<Process> fill(proc::Pid pid) {
    using P = Process;
    // /proc has a folder for each thread too, which it does not list.
    if (!reader_.stat(pid, stat_) || stat_.is_thread) return std::nullopt;
    Process row;
    row.handle = std::to_string(pid);
    row.pid = pid;
    row.host_name = host_name_;
    row.os_name = os_name_;
    row.os_version = os_version_;
    fill_from_stat(row);
    if (query_.wants<&P::executable>()) row.executable = proc::executable(host_, pid);
    if (query_.wants<&P::command_line>()) {
      if (auto line = reader_.command_line(pid); line && !line->empty())  // of kernel threads it is
        row.command_line = within_bounds(*std::move(line));
    }
    if (query_.wants<&P::session>()) row.session = proc::session(host_, pid);
    if (query_.wants<&P::open_files>()) row.open_files = proc::open_files(host_, pid);
    if (query_.wants<&P::peak_resident, &P::peak_virtual, &P::page_file, &P::private_bytes>())
      fill_memory(row);
    if (query_.wants<&P::reads, &P::writes, &P::bytes_read, &P::bytes_written>()) fill_io(row);
    return row;
  }

 private:
  void fill_from_stat(Process& row) const {
    auto const& stat = stat_;
    row.name = stat.name;
    row.parent = stat.parent;
    row.state = execution_state(stat.state);
    row.priority = base_priority(stat.nice);
    row.nice = static_cast<std::int32_t>(stat.nice);
    row.threads = static_cast<std::uint32_t>(stat.threads);
    row.page_faults = static_cast<std::uint32_t>(stat.minor_faults + stat.major_faults);
    row.virtual_size = stat.virtual_bytes;
    row.resident = stat.resident_pages * page_bytes_;
    auto const units_per_tick = 10'000'000 / tick_rate_;  // of 100 ns
    row.kernel_time = stat.system_ticks * units_per_tick;
    row.user_time = stat.user_ticks * units_per_tick;
    if (boot_)
      row.created =
          host_.local(*boot_ + std::chrono::microseconds(stat.start_ticks * 1'000'000 / tick_rate_));
  }

  void fill_memory(Process& row) {
    auto const memory = reader_.memory(row.pid);
    if (!memory) return;
    if (memory->peak_resident) row.peak_resident = static_cast<std::uint32_t>(*memory->peak_resident);
    if (memory->peak_virtual) row.peak_virtual = *memory->peak_virtual * 1024;
    if (memory->resident_anonymous && memory->swapped) {
      auto const kilobytes = *memory->resident_anonymous + *memory->swapped;
      row.page_file = static_cast<std::uint32_t>(kilobytes);
      row.private_bytes = kilobytes * 1024;
    }
  }

  void fill_io(Process& row) {
    auto const io = reader_.io(row.pid);
    if (!io) return;
    row.reads = io->read_calls;
    row.writes = io->write_calls;
    row.bytes_read = io->bytes_read;
    row.bytes_written = io->bytes_written;
  }

  Host const& host_;
  cim::Query const& query_;
  proc::ProcessReader reader_;
  proc::Stat stat_;
  std::uint64_t page_bytes_;
  std::uint64_t tick_rate_;
  std::optional<system::SystemTime> boot_;
  std::string host_name_;
  std::optional<std::string> os_name_;
  std::string os_version_;
};

/// The one process that a query is about, when it names one. Handles that are not numbers name none: 0.
std::optional<proc::Pid> asked_pid(cim::Query const& query) {
  if (auto const pid = query.equals<&Process::pid>()) return pid;
  auto const handle = query.equals<&Process::handle>();
  if (!handle) return std::nullopt;
  return system::text::number<proc::Pid>(*handle).value_or(0);
}

/// Linux_Process.
void fill_linux(Process& row, Host const& host) {
  row.control_group = proc::control_group(host, row.pid);
  row.oom_score = proc::oom_score(host, row.pid);
  row.label = proc::selinux_label(host, row.pid);
}

std::optional<Process> get(Host const& host, cim::Query const& query) {
  auto const pid = asked_pid(query);
  if (!pid) return std::nullopt;
  return Filler(host, query).fill(*pid);
}
std::optional<Process> get_linux(Host const& host, cim::Query const& query) {
  auto row = get(host, query);
  if (row) fill_linux(*row, host);
  return row;
}

cim::Generator<Process> enumerate(Host const& host, cim::Query const& query) {
  if (asked_pid(query)) {
    auto const only = get(host, query);
    if (only) co_yield *only;
    co_return;
  }
  Filler filler(host, query);
  for (auto const pid : proc::pids(host)) {
    auto const row = filler.fill(pid);
    if (row) co_yield *row;  // it may have ended since it was listed
  }
}

cim::Generator<Process> enumerate_linux(Host const& host, cim::Query const& query) {
  auto rows = enumerate(host, query);
  while (auto const* plain = rows.next()) {
    auto row = *plain;
    fill_linux(row, host);
    co_yield row;
  }
}

proc::Pid pid_of(Process const& row) { return system::text::number<proc::Pid>(row.handle).value_or(0); }

template <cim::MethodResult (*Run)(Host const&, proc::Pid)>
cim::MethodResult by_pid(Host const& host, Process const& row, cim::NamedValues const&) {
  return Run(host, pid_of(row));
}
cim::MethodResult set_priority(Host const& host, Process const& row, cim::NamedValues const& in) {
  return process_methods::set_priority(host, pid_of(row), in);
}

constexpr auto& codes = process_methods::return_codes;
constexpr cim::Method<Process> methods[] = {{.name = "Create",
                                             .parameters = process_methods::create_parameters,
                                             .return_values = codes,
                                             .run_static = process_methods::create},
                                            {.name = "Terminate",
                                             .parameters = process_methods::terminate_parameters,
                                             .return_values = codes,
                                             .run = by_pid<process_methods::terminate>},
                                            {.name = "GetOwner",
                                             .parameters = process_methods::owner_parameters,
                                             .return_values = codes,
                                             .run = by_pid<process_methods::get_owner>},
                                            {.name = "GetOwnerSid",
                                             .parameters = process_methods::owner_sid_parameters,
                                             .return_values = codes,
                                             .run = by_pid<process_methods::get_owner_sid>},
                                            {.name = "SetPriority",
                                             .parameters = process_methods::priority_parameters,
                                             .return_values = codes,
                                             .run = set_priority}};

}  // namespace

void add_process(cim::Registry& registry) {
  registry.add<Process>({.enumerate = enumerate, .get = get, .methods = methods});
  cim::Provider<Process> const with_linux_facts{.enumerate = enumerate_linux, .get = get_linux};
  registry.add(linux_process, cim::forget_row_type(with_linux_facts));
}

}  // namespace winrm::providers
