#include "providers/areas.hpp"

/// Parents of the classes of threads and jobs (CIM core schema, as Windows has it).
namespace winrm::providers {

namespace {

using cim::unknown;
using std::string;
using std::uint16_t;
using std::uint32_t;
using std::uint64_t;

constexpr auto thread = cim::describe(
    cim::ClassName("root/cimv2", "CIM_Thread", "CIM_LogicalElement").abstract(),
    unknown<string>("CreationClassName"), unknown<string>("CSCreationClassName"), unknown<string>("CSName"),
    unknown<uint64_t>("ElapsedTime"), unknown<uint16_t>("ExecutionState"), unknown<string>("Handle"),
    unknown<uint64_t>("KernelModeTime"), unknown<string>("OSCreationClassName"), unknown<string>("OSName"),
    unknown<uint32_t>("Priority"), unknown<string>("ProcessCreationClassName"),
    unknown<string>("ProcessHandle"), unknown<uint64_t>("UserModeTime"));

constexpr auto job = cim::describe(cim::ClassName("root/cimv2", "CIM_Job", "CIM_LogicalElement").abstract(),
                                   unknown<cim::Interval>("ElapsedTime"), unknown<string>("JobStatus"),
                                   unknown<string>("Notify"), unknown<string>("Owner"),
                                   unknown<uint32_t>("Priority"), unknown<DateTime>("StartTime"),
                                   unknown<DateTime>("TimeSubmitted"), unknown<DateTime>("UntilTime"));

}  // namespace

void add_process_parents(cim::Registry& registry) {
  registry.add_abstract(thread);
  registry.add_abstract(job);
}

}  // namespace winrm::providers
