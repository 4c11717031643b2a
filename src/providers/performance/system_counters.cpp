#include "providers/performance/classes.hpp"
#include "providers/performance/counters.hpp"
#include "system/kernel_counters.hpp"
#include "system/proc.hpp"

namespace winrm::providers {

namespace {

struct System {
  Stamp stamp = 0;
  std::optional<std::uint32_t> context_switches;
  std::optional<std::uint32_t> processes;
  std::optional<std::uint32_t> threads;
  std::optional<std::uint32_t> queue;
  std::optional<std::uint64_t> started;

  [[nodiscard]] int id() const { return 0; }
};

using S = System;
using std::uint32_t;
using std::uint64_t;

constexpr Counter<S> counters[] = {counter<&S::context_switches>("ContextSwitchesPersec", Rule::per_second),
                                   counter<&S::processes>("Processes", Rule::value),
                                   counter<&S::threads>("Threads", Rule::value),
                                   counter<&S::queue>("ProcessorQueueLength", Rule::value)
                                       .described("Threads that could run and have no processor."),
                                   counter<&S::started>("SystemUpTime", Rule::seconds_since).units("seconds"),
                                   no_counter<S, uint32_t>("AlignmentFixupsPersec"),
                                   no_counter<S, uint32_t>("ExceptionDispatchesPersec"),
                                   no_counter<S, uint64_t>("FileControlBytesPersec"),
                                   no_counter<S, uint32_t>("FileControlOperationsPersec"),
                                   no_counter<S, uint32_t>("FileDataOperationsPersec"),
                                   no_counter<S, uint64_t>("FileReadBytesPersec"),
                                   no_counter<S, uint32_t>("FileReadOperationsPersec"),
                                   no_counter<S, uint64_t>("FileWriteBytesPersec"),
                                   no_counter<S, uint32_t>("FileWriteOperationsPersec"),
                                   no_counter<S, uint32_t>("FloatingEmulationsPersec"),
                                   no_counter<S, uint32_t>("PercentRegistryQuotaInUse"),
                                   no_counter<S, uint32_t>("SystemCallsPersec")};

constexpr auto raw = describe_raw<counters>(raw_class("Win32_PerfRawData_PerfOS_System").singleton(),
                                            cim::unknown<uint32_t>("PercentRegistryQuotaInUse_Base"));
constexpr auto formatted =
    describe_formatted<counters>(formatted_class("Win32_PerfFormattedData_PerfOS_System").singleton());

namespace kernel = system::counters;

std::vector<System> sample(system::Host const& host) {
  System row;
  row.stamp = stamp_of(host.now());
  if (auto const machine = kernel::machine(host)) {
    row.context_switches = machine->context_switches;
    auto const processors = machine->processors.empty() ? 0 : machine->processors.size() - 1;
    if (machine->running) row.queue = *machine->running - std::min(*machine->running, processors);
  }
  row.processes = static_cast<uint32_t>(system::proc::pids(host).size());
  row.threads = kernel::threads(host);
  if (auto const boot = host.boot_time()) row.started = stamp_of(*boot);
  return {row};
}

}  // namespace

void add_system_counters(cim::Registry& registry) { add_twins<counters, sample>(registry, raw, formatted); }

}  // namespace winrm::providers
