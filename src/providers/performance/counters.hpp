#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cim/registry.hpp"
#include "providers/performance/sample_memory.hpp"
#include "system/host.hpp"

/// Performance classes come in twins: Win32_PerfRawData_X shows counters as they are,
/// Win32_PerfFormattedData_X what they mean. Both are made from one table of counters and one function that
/// takes a sample:
///
///   struct Row { Stamp stamp; std::string name; std::optional<std::uint32_t> interrupts; … id() … };
///   constexpr Counter<Row> counters[] = {counter<&Row::interrupts>("InterruptsPersec", Rule::per_second)};
///   constexpr auto raw = describe_raw<counters>(raw_class("Win32_PerfRawData_…"),
///   cim::key<&Row::name>("Name")); constexpr auto formatted =
///   describe_formatted<counters>(formatted_class("…"), cim::key<…>("Name")); std::vector<Row>
///   sample(system::Host const& host); add_twins<counters, sample>(registry, raw, formatted);
///
/// Row::id() tells rows of one sample apart. Every counter has a member of its own. A sample() with a second
/// parameter is told the name of the only row that is asked for, and may leave out every other.
///
/// A formatted class shows what happened since it was last asked, as Windows does, when that was at most
/// SampleMemory::longest ago; else it takes two samples, `sample_gap` apart. Who shares a host with
/// others and wants averages over a time of their own asks the raw twin twice.
namespace winrm::providers {

inline constexpr std::chrono::milliseconds sample_gap{200};
/// Counters that are kept in ticks of 10 ms tell nothing about less.
inline constexpr std::chrono::milliseconds shortest_sample_gap{100};

/// Every counter of time, and the clock samples are stamped with, counts 100 nanoseconds.
inline constexpr std::uint64_t ticks_per_second = 10'000'000;
inline constexpr std::uint64_t ticks_per_millisecond = ticks_per_second / 1000;

/// When a sample was taken, in ticks since 1601, as Windows counts.
using Stamp = std::uint64_t;
[[nodiscard]] Stamp stamp_of(system::SystemTime time);

/// How a formatted value is made from two raw ones: the counter types of Windows that are in use here.
enum class Rule {
  value,                    ///< it is shown as it is (PERF_COUNTER_RAWCOUNT)
  per_second,               ///< what was added in a second (PERF_COUNTER_COUNTER, _BULK_COUNT)
  percent_of_time,          ///< of the time between the samples (PERF_100NSEC_TIMER)
  percent_of_time_without,  ///< the raw value counts the time that does not count (PERF_100NSEC_TIMER_INV)
  percent_of_base,          ///< of the base, now (PERF_RAW_FRACTION)
  average,                  ///< what was added for each one added to the base (PERF_AVERAGE_BULK)
  average_seconds,          ///< the same for time, in seconds (PERF_AVERAGE_TIMER)
  average_over_time,        ///< ticks for each tick: a queue's length (PERF_COUNTER_100NS_QUEUELEN_TYPE)
  seconds_since,            ///< the raw value is a stamp (PERF_ELAPSED_TIME)
};

template <class Row>
struct Counter {
  using RowType = Row;
  using Number = std::optional<std::uint64_t> (*)(Row const& row);
  using Difference = std::optional<std::uint64_t> (*)(Row const& first, Row const& second);
  using Assign = void (*)(Row& row, std::optional<double> value);

  cim::Property property;
  Rule rule = Rule::value;
  Number number = nullptr;
  Difference difference = nullptr;
  Assign assign = nullptr;
  cim::Property base;  ///< named "" when there is none
  Number base_number = nullptr;
  Difference base_difference = nullptr;

  [[nodiscard]] constexpr bool has_base() const { return !base.name.empty(); }
  [[nodiscard]] constexpr bool needs_two_samples() const {
    return rule != Rule::value && rule != Rule::percent_of_base && rule != Rule::seconds_since;
  }
  [[nodiscard]] constexpr Counter units(std::string_view text) const {
    Counter copy = *this;
    copy.property.unit = text;
    return copy;
  }
  [[nodiscard]] constexpr Counter described(std::string_view text) const {
    Counter copy = *this;
    copy.property.description = text;
    return copy;
  }
  /// What the counter is divided by; the raw class shows it under this name.
  template <auto Member>
  [[nodiscard]] constexpr Counter over(std::string_view name) const;
};

namespace detail {

template <auto Member>
using CounterOf = typename cim::MemberTraits<cim::detail::MemberOf<Member>>::Element;

// Row is a parameter of its own for the reason that cim::detail::read_member() gives.
template <auto Member, class Row = cim::detail::RowOf<Member>>
std::optional<std::uint64_t> number(Row const& row) {
  return row.*Member;
}
/// Counters of 32 bits begin anew many times; one of 64 bits that became smaller was taken away and put back.
template <auto Member, class Row = cim::detail::RowOf<Member>>
std::optional<std::uint64_t> difference(Row const& first, Row const& second) {
  auto const& before = first.*Member;
  auto const& after = second.*Member;
  if (!before || !after) return std::nullopt;
  if constexpr (sizeof(CounterOf<Member>) == sizeof(std::uint64_t)) {
    if (*after < *before) return std::nullopt;
  }
  return static_cast<CounterOf<Member>>(*after - *before);
}
template <auto Member, class Row = cim::detail::RowOf<Member>>
void assign(Row& row, std::optional<double> value) {
  using Number = CounterOf<Member>;
  auto& into = row.*Member;
  into.reset();
  if (!value) return;
  // The largest double that fits: the conversion of the maximum itself rounds up.
  auto const largest = std::nextafter(static_cast<double>(std::numeric_limits<Number>::max()), 0.0);
  into = static_cast<Number>(std::clamp(std::round(*value), 0.0, largest));
}

}  // namespace detail

template <auto Member>
[[nodiscard]] constexpr auto counter(std::string_view name, Rule rule) {
  Counter<cim::detail::RowOf<Member>> made;
  made.property = cim::prop<Member>(name);
  made.rule = rule;
  made.number = &detail::number<Member>;
  made.difference = &detail::difference<Member>;
  made.assign = &detail::assign<Member>;
  return made;
}
/// A documented counter that Linux does not keep.
template <class Row, class T>
[[nodiscard]] constexpr Counter<Row> no_counter(std::string_view name) {
  Counter<Row> made;
  made.property = cim::unknown<T>(name);
  return made;
}

template <class Row>
template <auto Member>
constexpr Counter<Row> Counter<Row>::over(std::string_view name) const {
  Counter copy = *this;
  copy.base = cim::prop<Member>(name);
  copy.base_number = &detail::number<Member>;
  copy.base_difference = &detail::difference<Member>;
  return copy;
}

/// The formatted value of one counter; nothing when one of the samples lacks it or no time has passed.
template <class Row>
[[nodiscard]] std::optional<double> format_counter(Counter<Row> const& counter, Row const& first,
                                                   Row const& second) {
  auto const now = counter.number(second);
  if (!now) return std::nullopt;
  auto const value = static_cast<double>(*now);
  if (counter.rule == Rule::value) return value;
  if (counter.rule == Rule::seconds_since) {
    return static_cast<double>(second.stamp - std::min(second.stamp, *now)) / ticks_per_second;
  }
  if (counter.rule == Rule::percent_of_base) {
    auto const base = counter.base_number(second);
    return base && *base != 0 ? std::optional(100 * value / static_cast<double>(*base)) : std::nullopt;
  }
  auto const added = counter.difference(first, second);
  if (!added || second.stamp <= first.stamp) return std::nullopt;
  auto const amount = static_cast<double>(*added);
  auto const elapsed = static_cast<double>(second.stamp - first.stamp);
  switch (counter.rule) {
    case Rule::per_second:
      return amount / elapsed * ticks_per_second;
    case Rule::percent_of_time:
      return 100 * amount / elapsed;
    case Rule::percent_of_time_without:
      return 100 * (1 - amount / elapsed);
    case Rule::average_over_time:
      return amount / elapsed;
    default:
      break;
  }
  auto const base = counter.base_difference(first, second);
  if (!base) return std::nullopt;
  if (*base == 0) return 0;  // as Windows shows an average of nothing
  auto const average = amount / static_cast<double>(*base);
  return counter.rule == Rule::average_seconds ? average / ticks_per_second : average;
}

namespace detail {

template <auto const& Table>
consteval auto bases() {
  constexpr auto count = std::ranges::count_if(Table, [](auto const& counter) { return counter.has_base(); });
  std::array<cim::Property, static_cast<std::size_t>(count)> found{};
  std::size_t next = 0;
  for (auto const& counter : Table) {
    if (counter.has_base()) found[next++] = counter.base;
  }
  return found;
}

template <auto const& Table>
using RowOfTable = typename std::remove_cvref_t<decltype(Table[0])>::RowType;

/// The name of the only row that is asked for. The key of a class is the first property after its counters
/// and their bases.
[[nodiscard]] inline std::optional<std::string> asked_name(cim::Query const& query, std::size_t key) {
  for (auto const& equality : query.equalities()) {
    if (equality.index == key && !equality.any_case) return cim::value_as<std::string>(equality.value);
  }
  return std::nullopt;
}

template <auto Sample>
[[nodiscard]] auto take_sample(system::Host const& host, std::optional<std::string> const& name) {
  if constexpr (std::is_invocable_v<decltype(Sample), system::Host const&,
                                    std::optional<std::string> const&>) {
    return Sample(host, name);
  } else {
    return Sample(host);
  }
}

template <auto const& Table, auto Sample, class Row = RowOfTable<Table>>
cim::Generator<Row> enumerate_raw(system::Host const& host, cim::Query const& query) {
  auto const name = asked_name(query, std::size(Table) + bases<Table>().size());
  auto const rows = take_sample<Sample>(host, name);
  for (auto const& row : rows) co_yield row;
}

/// Counters stand first in a class: a counter's place in the table is its property's index.
template <auto const& Table, class Row = RowOfTable<Table>>
[[nodiscard]] bool wants_two_samples(cim::Query const& query) {
  for (std::size_t i = 0; i < std::size(Table); ++i) {
    if (Table[i].needs_two_samples() && query.wanted().has(i)) return true;
  }
  return false;
}

template <auto const& Table, class Row>
[[nodiscard]] Row formatted_row(Row const& first, Row const& second) {
  Row row = second;
  for (auto const& counter : Table) {
    if (counter.number != nullptr) counter.assign(row, format_counter(counter, first, second));
  }
  return row;
}

/// Rows of one moment.
template <class Row>
struct TakenSample {
  system::SystemTime time;
  std::vector<Row> rows;
};
template <class Row>
using SharedSample = std::shared_ptr<TakenSample<Row> const>;

template <auto Sample, class Row>
[[nodiscard]] SharedSample<Row> shared_sample(system::Host const& host,
                                              std::optional<std::string> const& name) {
  auto taken = std::make_shared<TakenSample<Row>>();
  taken->time = host.now();
  taken->rows = take_sample<Sample>(host, name);
  return taken;
}

/// Finds the rows of a sample by their ids; of no sample it finds none.
template <class Row>
class RowsById {
 public:
  explicit RowsById(SharedSample<Row> sample) : sample_(std::move(sample)) {
    if (!sample_) return;
    for (auto const& row : sample_->rows) rows_.push_back(&row);
    std::ranges::sort(rows_, {}, id_of);
  }
  [[nodiscard]] Row const* find(Row const& other) const {
    auto const found = std::ranges::lower_bound(rows_, other.id(), {}, id_of);
    return found == rows_.end() || (*found)->id() != other.id() ? nullptr : *found;
  }

 private:
  static decltype(auto) id_of(Row const* row) { return row->id(); }

  SharedSample<Row> sample_;
  std::vector<Row const*> rows_;
};

/// The sample that was taken for the last question, at least shortest_sample_gap ago; without one, the first
/// of two.
template <auto Sample, class Row>
[[nodiscard]] SharedSample<Row> earlier_sample(SampleMemory const& memory, system::Host const& host,
                                               std::optional<std::string> const& name) {
  auto const last = memory.recall(name, host.now());
  if (!last) {
    auto first = shared_sample<Sample, Row>(host, name);
    host.pause(sample_gap);
    return first;
  }
  auto const age = host.now() - last->time;
  if (age < shortest_sample_gap) {
    host.pause(std::chrono::ceil<std::chrono::milliseconds>(shortest_sample_gap - age));
  }
  return std::static_pointer_cast<TakenSample<Row> const>(last->sample);
}

template <auto const& Table, auto Sample, class Row = RowOfTable<Table>>
cim::Generator<Row> enumerate_formatted(SampleMemory const& memory, system::Host const& host,
                                        cim::Query const& query) {
  auto const name = asked_name(query, std::size(Table));
  bool const wants_two = wants_two_samples<Table>(query);
  SharedSample<Row> before;
  if (wants_two) before = earlier_sample<Sample, Row>(memory, host, name);
  auto const after = shared_sample<Sample, Row>(host, name);
  if (wants_two) memory.keep(name, {after->time, after});
  RowsById<Row> const earlier(before);
  for (auto const& second : after->rows) {
    auto const* first = earlier.find(second);
    // What appeared since the first sample has counted for an unknown time: its rates are not known.
    auto const row = formatted_row<Table>(first == nullptr ? second : *first, second);
    co_yield row;
  }
}

template <auto const& Table, auto Sample, class Row = RowOfTable<Table>>
class FormattedCursor final : public cim::Cursor {
 public:
  FormattedCursor(SampleMemory const& memory, system::Host const& host, cim::Query query)
      : query_(std::move(query)), rows_(enumerate_formatted<Table, Sample>(memory, host, query_)) {}
  void const* next() override { return rows_.next(); }

 private:
  cim::Query query_;  // the generator refers to it: it stays where it is
  cim::Generator<Row> rows_;
};

template <auto const& Table, auto Sample, class Row = RowOfTable<Table>>
[[nodiscard]] cim::AnyProvider formatted_provider() {
  auto any = cim::forget_row_type(cim::Provider<Row>{.enumerate = nullptr});
  any.enumerate = {
      std::make_shared<SampleMemory const>(),
      [](void const* memory, system::Host const& host, cim::Query&& query) -> std::unique_ptr<cim::Cursor> {
        return std::make_unique<FormattedCursor<Table, Sample>>(*static_cast<SampleMemory const*>(memory),
                                                                host, std::move(query));
      }};
  return any;
}

}  // namespace detail

[[nodiscard]] constexpr cim::ClassName raw_class(std::string_view name) {
  return {"root/cimv2", name, "Win32_PerfRawData"};
}
[[nodiscard]] constexpr cim::ClassName formatted_class(std::string_view name) {
  return {"root/cimv2", name, "Win32_PerfFormattedData"};
}

template <auto const& Table, class... Others>
[[nodiscard]] consteval auto describe_formatted(cim::ClassName name, Others... others) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) consteval {
    return cim::describe(name, Table[I].property..., others...);
  }
  (std::make_index_sequence<std::size(Table)>());
}

template <auto const& Table, class... Others>
[[nodiscard]] consteval auto describe_raw(cim::ClassName name, Others... others) {
  constexpr auto bases = detail::bases<Table>();
  constexpr auto stamp = &detail::RowOfTable<Table>::stamp;
  return [&]<std::size_t... I, std::size_t... B>(std::index_sequence<I...>,
                                                 std::index_sequence<B...>) consteval {
    return cim::describe(name, Table[I].property..., bases[B]..., others...,
                         cim::prop<stamp>("Timestamp_Object"), cim::prop<stamp>("Timestamp_PerfTime"),
                         cim::prop<stamp>("Timestamp_Sys100NS"),
                         cim::constant("Frequency_Object", ticks_per_second),
                         cim::constant("Frequency_PerfTime", ticks_per_second),
                         cim::constant("Frequency_Sys100NS", ticks_per_second));
  }
  (std::make_index_sequence<std::size(Table)>(), std::make_index_sequence<bases.size()>());
}

template <auto const& Table, auto Sample, class Row = detail::RowOfTable<Table>>
void add_twins(cim::Registry& registry, cim::SchemaView raw, cim::SchemaView formatted) {
  registry.add(raw,
               cim::forget_row_type(cim::Provider<Row>{.enumerate = detail::enumerate_raw<Table, Sample>}));
  registry.add(formatted, detail::formatted_provider<Table, Sample>());
}

}  // namespace winrm::providers
