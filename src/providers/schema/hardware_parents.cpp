#include "providers/areas.hpp"

/// The parents of hardware, firmware and software (CIM core schema, as Windows has it).
namespace winrm::providers {

namespace {

using cim::unknown;
using std::int16_t;
using std::string;
using std::uint16_t;
using std::uint32_t;
using std::uint64_t;
using std::vector;

constexpr auto physical_element =
    cim::describe(cim::ClassName("root/cimv2", "CIM_PhysicalElement", "CIM_ManagedSystemElement").abstract(),
                  unknown<string>("CreationClassName"), unknown<string>("Manufacturer"),
                  unknown<string>("Model"), unknown<string>("OtherIdentifyingInfo"),
                  unknown<string>("PartNumber"), unknown<bool>("PoweredOn"), unknown<string>("SerialNumber"),
                  unknown<string>("SKU"), unknown<string>("Tag"), unknown<string>("Version"));

constexpr auto physical_package =
    cim::describe(cim::ClassName("root/cimv2", "CIM_PhysicalPackage", "CIM_PhysicalElement").abstract(),
                  unknown<float>("Depth").units("inches"), unknown<float>("Height").units("inches"),
                  unknown<bool>("HotSwappable"), unknown<bool>("Removable"), unknown<bool>("Replaceable"),
                  unknown<float>("Weight").units("pounds"), unknown<float>("Width").units("inches"));

constexpr auto card = cim::describe(
    cim::ClassName("root/cimv2", "CIM_Card", "CIM_PhysicalPackage").abstract(), unknown<bool>("HostingBoard"),
    unknown<string>("RequirementsDescription"), unknown<bool>("RequiresDaughterBoard"),
    unknown<string>("SlotLayout"), unknown<bool>("SpecialRequirements"));

constexpr auto physical_frame =
    cim::describe(cim::ClassName("root/cimv2", "CIM_PhysicalFrame", "CIM_PhysicalPackage").abstract(),
                  unknown<bool>("AudibleAlarm"), unknown<string>("BreachDescription"),
                  unknown<string>("CableManagementStrategy"), unknown<bool>("LockPresent"),
                  unknown<uint16_t>("SecurityBreach"), unknown<vector<string>>("ServiceDescriptions"),
                  unknown<vector<uint16_t>>("ServicePhilosophy"), unknown<bool>("VisibleAlarm"));

constexpr auto chassis =
    cim::describe(cim::ClassName("root/cimv2", "CIM_Chassis", "CIM_PhysicalFrame").abstract(),
                  unknown<vector<uint16_t>>("ChassisTypes"), unknown<int16_t>("CurrentRequiredOrProduced"),
                  unknown<uint16_t>("HeatGeneration"), unknown<uint16_t>("NumberOfPowerCords"),
                  unknown<vector<string>>("TypeDescriptions"));

constexpr auto physical_component =
    cim::describe(cim::ClassName("root/cimv2", "CIM_PhysicalComponent", "CIM_PhysicalElement").abstract(),
                  unknown<bool>("HotSwappable"), unknown<bool>("Removable"), unknown<bool>("Replaceable"));

constexpr auto chip =
    cim::describe(cim::ClassName("root/cimv2", "CIM_Chip", "CIM_PhysicalComponent").abstract(),
                  unknown<uint16_t>("FormFactor"));

constexpr auto physical_memory =
    cim::describe(cim::ClassName("root/cimv2", "CIM_PhysicalMemory", "CIM_Chip").abstract(),
                  unknown<string>("BankLabel"), unknown<uint64_t>("Capacity").units("bytes"),
                  unknown<uint16_t>("DataWidth").units("bits"), unknown<uint32_t>("InterleavePosition"),
                  unknown<uint16_t>("MemoryType"), unknown<uint32_t>("PositionInRow"),
                  unknown<uint32_t>("Speed"), unknown<uint16_t>("TotalWidth").units("bits"));

constexpr auto processor = cim::describe(
    cim::ClassName("root/cimv2", "CIM_Processor", "CIM_LogicalDevice").abstract(),
    unknown<uint16_t>("AddressWidth").units("bits"),
    unknown<uint32_t>("CurrentClockSpeed").units("megahertz"), unknown<uint16_t>("DataWidth").units("bits"),
    unknown<uint16_t>("Family"), unknown<uint16_t>("LoadPercentage").units("percent"),
    unknown<uint32_t>("MaxClockSpeed").units("megahertz"), unknown<string>("OtherFamilyDescription"),
    unknown<string>("Role"), unknown<string>("Stepping"), unknown<string>("UniqueId"),
    unknown<uint16_t>("UpgradeMethod"));

constexpr auto software_element = cim::describe(
    cim::ClassName("root/cimv2", "CIM_SoftwareElement", "CIM_LogicalElement").abstract(),
    unknown<string>("BuildNumber"), unknown<string>("CodeSet"), unknown<string>("IdentificationCode"),
    unknown<string>("LanguageEdition"), unknown<string>("Manufacturer"), unknown<string>("OtherTargetOS"),
    unknown<string>("SerialNumber"), unknown<string>("SoftwareElementID"),
    unknown<uint16_t>("SoftwareElementState"), unknown<uint16_t>("TargetOperatingSystem"),
    unknown<string>("Version"));

constexpr auto bios_element =
    cim::describe(cim::ClassName("root/cimv2", "CIM_BIOSElement", "CIM_SoftwareElement").abstract(),
                  unknown<bool>("PrimaryBIOS"));

constexpr auto product = cim::describe(
    cim::ClassName("root/cimv2", "CIM_Product", "").abstract(), unknown<string>("Caption"),
    unknown<string>("Description"), unknown<string>("IdentifyingNumber"), unknown<string>("Name"),
    unknown<string>("SKUNumber"), unknown<string>("Vendor"), unknown<string>("Version"));

constexpr auto system_resource =
    cim::describe(cim::ClassName("root/cimv2", "CIM_SystemResource", "CIM_LogicalElement").abstract());

}  // namespace

void add_hardware_parents(cim::Registry& registry) {
  registry.add_abstract(physical_element);
  registry.add_abstract(physical_package);
  registry.add_abstract(card);
  registry.add_abstract(physical_frame);
  registry.add_abstract(chassis);
  registry.add_abstract(physical_component);
  registry.add_abstract(chip);
  registry.add_abstract(physical_memory);
  registry.add_abstract(processor);
  registry.add_abstract(software_element);
  registry.add_abstract(bios_element);
  registry.add_abstract(product);
  registry.add_abstract(system_resource);
}

}  // namespace winrm::providers
