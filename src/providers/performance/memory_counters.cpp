#include "providers/performance/classes.hpp"
#include "providers/performance/counters.hpp"
#include "system/kernel_counters.hpp"

namespace winrm::providers {

namespace {

struct Memory {
  Stamp stamp = 0;
  std::optional<std::uint64_t> available;
  std::optional<std::uint64_t> available_kilobytes;
  std::optional<std::uint64_t> available_megabytes;
  std::optional<std::uint64_t> cache;
  std::optional<std::uint64_t> commit_limit;
  std::optional<std::uint64_t> committed;
  std::optional<std::uint32_t> committed_pages;
  std::optional<std::uint32_t> commit_limit_pages;
  std::optional<std::uint64_t> free;
  std::optional<std::uint64_t> modified;
  std::optional<std::uint64_t> kernel_objects;
  std::optional<std::uint32_t> page_faults;
  std::optional<std::uint32_t> page_reads;
  std::optional<std::uint32_t> pages_in;
  std::optional<std::uint32_t> pages_out;
  std::optional<std::uint32_t> pages;

  [[nodiscard]] int id() const { return 0; }
};

using M = Memory;
using std::uint32_t;
using std::uint64_t;

constexpr Counter<M> counters[] = {
    counter<&M::available>("AvailableBytes", Rule::value).units("bytes"),
    counter<&M::available_kilobytes>("AvailableKBytes", Rule::value).units("kilobytes"),
    counter<&M::available_megabytes>("AvailableMBytes", Rule::value).units("megabytes"),
    counter<&M::cache>("CacheBytes", Rule::value).units("bytes").described("The page cache."),
    counter<&M::commit_limit>("CommitLimit", Rule::value).units("bytes"),
    counter<&M::committed>("CommittedBytes", Rule::value).units("bytes"),
    counter<&M::committed_pages>("PercentCommittedBytesInUse", Rule::percent_of_base)
        .over<&M::commit_limit_pages>("PercentCommittedBytesInUse_Base")
        .units("percent"),
    counter<&M::free>("FreeAndZeroPageListBytes", Rule::value).units("bytes"),
    counter<&M::modified>("ModifiedPageListBytes", Rule::value)
        .units("bytes")
        .described("Pages that wait to be written to their files."),
    counter<&M::kernel_objects>("PoolNonpagedBytes", Rule::value)
        .units("bytes")
        .described("The kernel's own objects (slab), none of which is ever paged out."),
    counter<&M::page_faults>("PageFaultsPersec", Rule::per_second),
    counter<&M::page_reads>("PageReadsPersec", Rule::per_second)
        .described("Faults that a disk had to serve."),
    counter<&M::pages_in>("PagesInputPersec", Rule::per_second).described("Pages read from swap space."),
    counter<&M::pages_out>("PagesOutputPersec", Rule::per_second).described("Pages written to swap space."),
    counter<&M::pages>("PagesPersec", Rule::per_second),
    no_counter<M, uint64_t>("CacheBytesPeak"),
    no_counter<M, uint32_t>("CacheFaultsPersec"),
    no_counter<M, uint32_t>("DemandZeroFaultsPersec"),
    no_counter<M, uint32_t>("FreeSystemPageTableEntries"),
    no_counter<M, uint32_t>("LongTermAverageStandbyCacheLifetimes"),
    no_counter<M, uint32_t>("PageWritesPersec"),
    no_counter<M, uint32_t>("PoolNonpagedAllocs"),
    no_counter<M, uint32_t>("PoolPagedAllocs"),
    no_counter<M, uint64_t>("PoolPagedBytes"),
    no_counter<M, uint64_t>("PoolPagedResidentBytes"),
    no_counter<M, uint64_t>("StandbyCacheCoreBytes"),
    no_counter<M, uint64_t>("StandbyCacheNormalPriorityBytes"),
    no_counter<M, uint64_t>("StandbyCacheReserveBytes"),
    no_counter<M, uint64_t>("SystemCacheResidentBytes"),
    no_counter<M, uint64_t>("SystemCodeResidentBytes"),
    no_counter<M, uint64_t>("SystemCodeTotalBytes"),
    no_counter<M, uint64_t>("SystemDriverResidentBytes"),
    no_counter<M, uint64_t>("SystemDriverTotalBytes"),
    no_counter<M, uint32_t>("TransitionFaultsPersec"),
    no_counter<M, uint32_t>("TransitionPagesRePurposedPersec"),
    no_counter<M, uint32_t>("WriteCopiesPersec")};

constexpr auto raw = describe_raw<counters>(raw_class("Win32_PerfRawData_PerfOS_Memory").singleton());
constexpr auto formatted =
    describe_formatted<counters>(formatted_class("Win32_PerfFormattedData_PerfOS_Memory").singleton());

namespace kernel = system::counters;

constexpr std::uint64_t kilobyte = 1024;

std::optional<std::uint64_t> bytes(std::optional<std::uint64_t> kilobytes) {
  return kilobytes ? std::optional(*kilobytes * kilobyte) : std::nullopt;
}
std::optional<std::uint64_t> sum(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
  return a && b ? std::optional(*a + *b) : std::nullopt;
}

std::vector<Memory> sample(system::Host const& host) {
  auto const amounts = kernel::numbers_in(host, "/proc/meminfo");
  auto const events = kernel::numbers_in(host, "/proc/vmstat");
  auto const amount = [&](std::string_view name) { return kernel::find(amounts, name); };
  auto const event = [&](std::string_view name) { return kernel::find(events, name); };
  auto const in_pages = [&](std::optional<std::uint64_t> kilobytes) {
    return kilobytes ? std::optional<uint32_t>(*kilobytes / (host.page_bytes() / kilobyte)) : std::nullopt;
  };
  Memory row;
  row.stamp = stamp_of(host.now());
  row.available_kilobytes = amount("MemAvailable");
  row.available = bytes(row.available_kilobytes);
  if (row.available_kilobytes) row.available_megabytes = *row.available_kilobytes / kilobyte;
  row.cache = bytes(sum(amount("Cached"), amount("Buffers")));
  row.commit_limit = bytes(amount("CommitLimit"));
  row.committed = bytes(amount("Committed_AS"));
  row.commit_limit_pages = in_pages(amount("CommitLimit"));
  row.committed_pages = in_pages(amount("Committed_AS"));
  row.free = bytes(amount("MemFree"));
  row.modified = bytes(amount("Dirty"));
  row.kernel_objects = bytes(amount("Slab"));
  row.page_faults = event("pgfault");
  row.page_reads = event("pgmajfault");
  row.pages_in = event("pswpin");
  row.pages_out = event("pswpout");
  row.pages = sum(event("pswpin"), event("pswpout"));
  return {row};
}

}  // namespace

void add_memory_counters(cim::Registry& registry) { add_twins<counters, sample>(registry, raw, formatted); }

}  // namespace winrm::providers
