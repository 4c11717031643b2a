#include "providers/areas.hpp"

/// The parents of the performance classes (windows reference, performance counter classes).
namespace winrm::providers {

namespace {

using cim::unknown;
using std::string;
using std::uint64_t;

constexpr auto statistical_information =
    cim::describe(cim::ClassName("root/cimv2", "CIM_StatisticalInformation", "").abstract(),
                  unknown<string>("Caption"), unknown<string>("Description"), unknown<string>("Name"));

constexpr auto perf =
    cim::describe(cim::ClassName("root/cimv2", "Win32_Perf", "CIM_StatisticalInformation").abstract(),
                  unknown<uint64_t>("Frequency_Object"), unknown<uint64_t>("Frequency_PerfTime"),
                  unknown<uint64_t>("Frequency_Sys100NS"), unknown<uint64_t>("Timestamp_Object"),
                  unknown<uint64_t>("Timestamp_PerfTime"), unknown<uint64_t>("Timestamp_Sys100NS"));

constexpr auto perf_raw_data =
    cim::describe(cim::ClassName("root/cimv2", "Win32_PerfRawData", "Win32_Perf").abstract());

constexpr auto perf_formatted_data =
    cim::describe(cim::ClassName("root/cimv2", "Win32_PerfFormattedData", "Win32_Perf").abstract());

}  // namespace

void add_statistics_parents(cim::Registry& registry) {
  registry.add_abstract(statistical_information);
  registry.add_abstract(perf);
  registry.add_abstract(perf_raw_data);
  registry.add_abstract(perf_formatted_data);
}

}  // namespace winrm::providers
