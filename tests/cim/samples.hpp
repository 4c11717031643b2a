#pragma once

#include <string>
#include <vector>

#include "cim/registry.hpp"

/// Classes that exist only to be tested with: every type, a parent, a reference.
namespace winrm::cim::samples {

struct Part {
  std::uint32_t number = 0;
  std::string label;
};

struct Everything {
  std::string name;
  std::optional<bool> flag;
  std::uint8_t u8 = 0;
  std::int8_t s8 = 0;
  std::uint16_t u16 = 0;
  std::int16_t s16 = 0;
  std::uint32_t u32 = 0;
  std::int32_t s32 = 0;
  std::uint64_t u64 = 0;
  std::int64_t s64 = 0;
  float r32 = 0;
  double r64 = 0;
  char16_t letter = 0;
  std::optional<DateTime> when;
  std::optional<Interval> span;
  std::optional<PartialDateTime> roughly;
  std::optional<Reference> target;
  std::optional<EmbeddedInstance> part;
  std::vector<std::string> words;
  std::vector<std::uint16_t> codes;
  std::optional<std::string> path;
};

}  // namespace winrm::cim::samples

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::cim::samples::Part> = describe(
    ClassName("root/sample", "Sample_Part", ""),
    key<&samples::Part::number>("Number"),
    prop<&samples::Part::label>("Label"));

template <>
inline constexpr auto winrm::cim::schema_of<winrm::cim::samples::Everything> = [] {
  using E = samples::Everything;
  return describe(
      ClassName("root/sample", "Sample_Everything", "Sample_Named"),
      key<&E::name>("Name"),
      prop<&E::flag>("Flag"),
      prop<&E::u8>("U8"), prop<&E::s8>("S8"), prop<&E::u16>("U16"), prop<&E::s16>("S16"),
      prop<&E::u32>("U32"), prop<&E::s32>("S32"), prop<&E::u64>("U64").units("bytes"), prop<&E::s64>("S64"),
      prop<&E::r32>("R32"), prop<&E::r64>("R64"), prop<&E::letter>("Letter"),
      prop<&E::when>("When"), prop<&E::span>("Span"), prop<&E::roughly>("Roughly"),
      prop<&E::target>("Target"), prop<&E::part>("Part"),
      prop<&E::words>("Words"), prop<&E::codes>("Codes"),
      prop<&E::path>("Path").case_exact(),
      constant<std::string_view>("Kind", "sample"),
      unknown<std::uint32_t>("Never"));
}();
// clang-format on

namespace winrm::cim::samples {

inline constexpr auto named = describe(ClassName("root/sample", "Sample_Named", "").abstract(),
                                       unknown<std::string>("Caption"), unknown<std::string>("Name"));

/// Instances that the sample provider of a test gives; no test runs beside another in one process.
inline std::vector<Everything> instances;

inline Generator<Everything> enumerate(system::Host const&, Query const&) {
  for (auto const& instance : instances) co_yield instance;
}
inline Generator<Part> no_parts(system::Host const&, Query const&) { co_return; }

inline Registry make_registry() {
  Registry registry;
  registry.add_abstract(named);
  registry.add<Everything>({.enumerate = enumerate});
  registry.add<Part>({.enumerate = no_parts});
  registry.seal();
  return registry;
}

}  // namespace winrm::cim::samples
