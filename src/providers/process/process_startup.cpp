#include "cim/schema.hpp"
#include "providers/process/classes.hpp"

/// Win32_ProcessStartup, an argument of Win32_Process.Create. It has no instances.
namespace winrm::providers {

namespace {

using cim::unknown;
using std::string;
using std::uint16_t;
using std::uint32_t;

constexpr cim::ValueName priority_classes[] = {{32, "Normal"},          {64, "Idle"},
                                               {128, "High"},           {256, "Realtime"},
                                               {16384, "Below Normal"}, {32768, "Above Normal"}};

constexpr auto method_parameter_class =
    cim::describe(cim::ClassName("root/cimv2", "Win32_MethodParameterClass", "").abstract());

constexpr auto process_startup = cim::describe(
    cim::ClassName("root/cimv2", "Win32_ProcessStartup", "Win32_MethodParameterClass")
        .abstract()
        .described(
            "How Win32_Process.Create starts a process: EnvironmentVariables and PriorityClass count."),
    unknown<uint32_t>("CreateFlags").writable(),
    unknown<std::vector<string>>("EnvironmentVariables").writable().described("NAME=value, beside a login's"),
    unknown<uint16_t>("ErrorMode").writable().defaults_to<uint16_t>(1),
    unknown<uint32_t>("FillAttribute").writable(),
    unknown<uint32_t>("PriorityClass").writable().values(priority_classes),
    unknown<uint16_t>("ShowWindow").writable(), unknown<string>("Title").writable(),
    unknown<string>("WinstationDesktop").writable(), unknown<uint32_t>("X").writable(),
    unknown<uint32_t>("XCountChars").writable(), unknown<uint32_t>("XSize").writable(),
    unknown<uint32_t>("Y").writable(), unknown<uint32_t>("YCountChars").writable(),
    unknown<uint32_t>("YSize").writable());

}  // namespace

void add_process_startup(cim::Registry& registry) {
  registry.add_abstract(method_parameter_class);
  registry.add_abstract(process_startup);
}

}  // namespace winrm::providers
