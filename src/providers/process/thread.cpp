#include "cim/schema.hpp"
#include "providers/process/classes.hpp"
#include "providers/process/process_facts.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/process_reader.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

struct Thread {
  std::string handle;
  std::string process;
  std::string name;
  std::uint16_t execution = 0;
  std::uint32_t state = 0;
  std::uint32_t priority = 0;
  std::uint64_t kernel_time = 0;
  std::uint64_t user_time = 0;
  std::optional<std::uint64_t> elapsed;
  std::string host_name;
  std::optional<std::string> os_name;
};

enum ThreadState : std::uint32_t { runs = 2, ended = 4, waits = 5, not_known = 7 };
constexpr cim::ValueName thread_states[] = {{0, "Initialized"}, {1, "Ready"},      {2, "Running"},
                                            {3, "Standby"},     {4, "Terminated"}, {5, "Waiting"},
                                            {6, "Transition"},  {7, "Unknown"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::Thread> = [] {
  using T = winrm::providers::Thread;
  using std::string_view, std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_Thread", "CIM_Thread"),
      key<&T::handle>("Handle"),
      key<&T::process>("ProcessHandle"),
      prop<&T::name>("Caption"),
      constant<string_view>("CreationClassName", "Win32_Thread"),
      constant<string_view>("CSCreationClassName", "Win32_ComputerSystem"),
      prop<&T::host_name>("CSName"),
      prop<&T::name>("Description"),
      prop<&T::elapsed>("ElapsedTime").units("milliseconds"),
      prop<&T::execution>("ExecutionState").values(winrm::providers::execution_states),
      prop<&T::kernel_time>("KernelModeTime").units("milliseconds"),
      prop<&T::name>("Name"),
      constant<string_view>("OSCreationClassName", "Win32_OperatingSystem"),
      prop<&T::os_name>("OSName"),
      prop<&T::priority>("Priority"),
      prop<&T::priority>("PriorityBase"),
      constant<string_view>("ProcessCreationClassName", "Win32_Process"),
      prop<&T::state>("ThreadState").values(winrm::providers::thread_states),
      prop<&T::user_time>("UserModeTime").units("milliseconds"),
      unknown<uint32_t>("StartAddress"), unknown<uint32_t>("ThreadWaitReason"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
namespace proc = system::proc;

std::uint32_t thread_state(char state) {
  switch (execution_state(state)) {
    case running:
      return runs;
    case blocked:
    case suspended_blocked:
      return waits;
    case terminated:
      return ended;
    default:
      return not_known;
  }
}

class Filler {
 public:
  Filler(Host const& host, cim::Query const& query)
      : host_(host), reader_(host), tick_rate_(host.clock_ticks_per_second()) {
    using T = Thread;
    if (query.wants<&T::elapsed>()) boot_ = host.boot_time();
    if (query.wants<&T::host_name>()) host_name_ = system::short_name(host.kernel());
    if (query.wants<&T::os_name>()) {
      if (auto const distribution = system::distribution(host)) os_name_ = distribution->name;
    }
  }

  [[nodiscard]] std::vector<proc::Pid> threads(proc::Pid pid) const { return reader_.threads(pid); }

  [[nodiscard]] std::optional<Thread> fill(proc::Pid pid, proc::Pid thread) {
    if (!reader_.thread_stat(pid, thread, stat_)) return std::nullopt;
    Thread row;
    row.handle = std::to_string(thread);
    row.process = std::to_string(pid);
    row.name = stat_.name;
    row.execution = execution_state(stat_.state);
    row.state = thread_state(stat_.state);
    row.priority = base_priority(stat_.nice);
    row.kernel_time = stat_.system_ticks * 1000 / tick_rate_;
    row.user_time = stat_.user_ticks * 1000 / tick_rate_;
    if (boot_) row.elapsed = milliseconds_since(*boot_, stat_.start_ticks * 1000 / tick_rate_);
    row.host_name = host_name_;
    row.os_name = os_name_;
    return row;
  }

 private:
  /// Since `milliseconds` after the boot.
  [[nodiscard]] std::uint64_t milliseconds_since(system::SystemTime boot, std::uint64_t milliseconds) const {
    auto const up = std::chrono::floor<std::chrono::milliseconds>(host_.now() - boot).count();
    auto const up_milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(0, up));
    return up_milliseconds - std::min(up_milliseconds, milliseconds);
  }

  Host const& host_;
  proc::ProcessReader reader_;
  proc::Stat stat_;
  std::uint64_t tick_rate_;
  std::optional<system::SystemTime> boot_;
  std::string host_name_;
  std::optional<std::string> os_name_;
};

/// The process whose threads are asked for. What is no number names none: 0.
std::optional<proc::Pid> asked_process(cim::Query const& query) {
  auto const handle = query.equals<&Thread::process>();
  if (!handle) return std::nullopt;
  return system::text::number<proc::Pid>(*handle).value_or(0);
}

std::optional<Thread> get(Host const& host, cim::Query const& query) {
  auto const process = asked_process(query);
  auto const handle = query.equals<&Thread::handle>();
  if (!process || !handle) return std::nullopt;
  return Filler(host, query).fill(*process, system::text::number<proc::Pid>(*handle).value_or(0));
}

cim::Generator<Thread> enumerate(Host const& host, cim::Query const& query) {
  Filler filler(host, query);
  auto const process = asked_process(query);
  auto const pids = process ? std::vector<proc::Pid>(1, *process) : proc::pids(host);
  for (auto const pid : pids) {
    for (auto const thread : filler.threads(pid)) {
      auto const row = filler.fill(pid, thread);
      if (row) co_yield *row;
    }
  }
}

}  // namespace

void add_thread(cim::Registry& registry) { registry.add<Thread>({.enumerate = enumerate, .get = get}); }

}  // namespace winrm::providers
