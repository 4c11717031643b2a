#include "providers/areas.hpp"

/// The parents of network classes (windows reference, annex A; the CIM core schema for root/standardcimv2).
namespace winrm::providers {

namespace {

using cim::ClassName;
using cim::unknown;
using std::string;
using std::uint16_t;
using std::uint64_t;
using std::vector;

constexpr auto network_adapter = cim::describe(
    ClassName("root/cimv2", "CIM_NetworkAdapter", "CIM_LogicalDevice").abstract(), unknown<bool>("AutoSense"),
    unknown<uint64_t>("MaxSpeed"), unknown<vector<string>>("NetworkAddresses"),
    unknown<string>("PermanentAddress"), unknown<uint64_t>("Speed"));

constexpr auto device_settings = cim::describe(
    ClassName("root/cimv2", "Win32_DeviceSettings", "CIM_ElementSetting").association().abstract());

constexpr auto managed_element = cim::describe(
    ClassName("root/standardcimv2", "CIM_ManagedElement", "").abstract(), unknown<string>("Caption"),
    unknown<string>("Description"), unknown<string>("ElementName"), unknown<string>("InstanceID"));

constexpr auto managed_system_element = cim::describe(
    ClassName("root/standardcimv2", "CIM_ManagedSystemElement", "CIM_ManagedElement").abstract(),
    unknown<uint16_t>("CommunicationStatus"), unknown<uint16_t>("DetailedStatus"),
    unknown<uint16_t>("HealthState"), unknown<DateTime>("InstallDate"), unknown<string>("Name"),
    unknown<uint16_t>("OperatingStatus"), unknown<vector<uint16_t>>("OperationalStatus"),
    unknown<uint16_t>("PrimaryStatus"), unknown<string>("Status"),
    unknown<vector<string>>("StatusDescriptions"));

constexpr auto logical_element = cim::describe(
    ClassName("root/standardcimv2", "CIM_LogicalElement", "CIM_ManagedSystemElement").abstract());

constexpr auto enabled_logical_element = cim::describe(
    ClassName("root/standardcimv2", "CIM_EnabledLogicalElement", "CIM_LogicalElement").abstract(),
    unknown<vector<uint16_t>>("AvailableRequestedStates"), unknown<uint16_t>("EnabledDefault"),
    unknown<uint16_t>("EnabledState"), unknown<string>("OtherEnabledState"),
    unknown<uint16_t>("RequestedState"), unknown<DateTime>("TimeOfLastStateChange"),
    unknown<uint16_t>("TransitioningToState"));

constexpr auto network_pipe =
    cim::describe(ClassName("root/standardcimv2", "CIM_NetworkPipe", "CIM_EnabledLogicalElement").abstract(),
                  unknown<uint16_t>("AggregationBehavior"), unknown<uint16_t>("Directionality"));

}  // namespace

void add_network_parents(cim::Registry& registry) {
  registry.add_abstract(network_adapter);
  registry.add_abstract(device_settings);
  registry.add_abstract(managed_element);
  registry.add_abstract(managed_system_element);
  registry.add_abstract(logical_element);
  registry.add_abstract(enabled_logical_element);
  registry.add_abstract(network_pipe);
}

}  // namespace winrm::providers
