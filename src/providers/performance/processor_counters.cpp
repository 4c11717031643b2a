#include "providers/performance/classes.hpp"
#include "providers/performance/counters.hpp"
#include "system/kernel_counters.hpp"

namespace winrm::providers {

namespace {

struct Processor {
  Stamp stamp = 0;
  std::string name;
  std::optional<std::uint64_t> not_busy;
  std::optional<std::uint64_t> idle;
  std::optional<std::uint64_t> user;
  std::optional<std::uint64_t> privileged;
  std::optional<std::uint64_t> interrupt;
  std::optional<std::uint64_t> deferred;
  std::optional<std::uint32_t> interrupts;
  std::optional<std::uint32_t> deferred_calls;

  [[nodiscard]] std::string const& id() const { return name; }
};

using P = Processor;
using std::uint32_t;
using std::uint64_t;

constexpr Counter<P> counters[] = {
    counter<&P::not_busy>("PercentProcessorTime", Rule::percent_of_time_without)
        .units("percent")
        .described("The raw value counts the time without work, as on Windows."),
    counter<&P::idle>("PercentIdleTime", Rule::percent_of_time)
        .units("percent")
        .described("Waiting for a disk counts as idle."),
    counter<&P::user>("PercentUserTime", Rule::percent_of_time).units("percent"),
    counter<&P::privileged>("PercentPrivilegedTime", Rule::percent_of_time).units("percent"),
    counter<&P::interrupt>("PercentInterruptTime", Rule::percent_of_time).units("percent"),
    counter<&P::deferred>("PercentDPCTime", Rule::percent_of_time)
        .units("percent")
        .described("Time in soft interrupts."),
    counter<&P::interrupts>("InterruptsPersec", Rule::per_second),
    counter<&P::deferred_calls>("DPCsQueuedPersec", Rule::per_second).described("Soft interrupts."),
    no_counter<P, uint32_t>("DPCRate"),
    no_counter<P, uint64_t>("C1TransitionsPersec"),
    no_counter<P, uint64_t>("C2TransitionsPersec"),
    no_counter<P, uint64_t>("C3TransitionsPersec"),
    no_counter<P, uint64_t>("PercentC1Time"),
    no_counter<P, uint64_t>("PercentC2Time"),
    no_counter<P, uint64_t>("PercentC3Time")};

constexpr auto raw =
    describe_raw<counters>(raw_class("Win32_PerfRawData_PerfOS_Processor"), cim::key<&P::name>("Name"));
constexpr auto formatted = describe_formatted<counters>(
    formatted_class("Win32_PerfFormattedData_PerfOS_Processor")
        .described("One for each processor, and _Total, their average. Rates cover the "
                   "time since the last question, or 200 ms."),
    cim::key<&P::name>("Name"));

namespace kernel = system::counters;

Processor processor(kernel::ProcessorTimes const& times, std::uint64_t tick) {
  Processor row;
  row.name = times.name;
  row.idle = (times.idle + times.io_wait) * tick;
  row.not_busy = row.idle;
  row.user = (times.user + times.nice) * tick;
  row.privileged = (times.system + times.irq + times.soft_irq) * tick;
  row.interrupt = times.irq * tick;
  row.deferred = times.soft_irq * tick;
  return row;
}

/// All together, as Windows shows them: times are those of an average processor, counts are added up.
Processor total(kernel::ProcessorTimes const& times, std::uint64_t tick, std::uint64_t processors) {
  auto row = processor(times, tick);
  row.name = "_Total";
  for (auto* time : {&row.idle, &row.not_busy, &row.user, &row.privileged, &row.interrupt, &row.deferred}) {
    *time = **time / processors;
  }
  return row;
}

std::vector<Processor> sample(system::Host const& host) {
  std::vector<Processor> rows;
  auto const machine = kernel::machine(host);
  if (!machine || machine->processors.empty()) return rows;
  auto const stamp = stamp_of(host.now());
  auto const tick = ticks_per_second / host.clock_ticks_per_second();
  auto const interrupts = kernel::interrupts_by_processor(host, "/proc/interrupts");
  auto const soft_interrupts = kernel::interrupts_by_processor(host, "/proc/softirqs");
  auto const processors = std::max<std::size_t>(1, machine->processors.size() - 1);
  for (auto const& times : machine->processors) {
    auto row = times.name.empty() ? total(times, tick, processors) : processor(times, tick);
    row.stamp = stamp;
    if (times.name.empty()) {
      row.interrupts = machine->interrupts;
      row.deferred_calls = machine->soft_interrupts;
    } else {
      row.interrupts = kernel::find(interrupts, times.name);
      row.deferred_calls = kernel::find(soft_interrupts, times.name);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

void add_processor_counters(cim::Registry& registry) {
  add_twins<counters, sample>(registry, raw, formatted);
}

}  // namespace winrm::providers
