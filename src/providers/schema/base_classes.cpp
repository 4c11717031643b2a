#include "providers/areas.hpp"

/// The parents that the data classes share. Windows defines them alike (windows reference, annex A): a class
/// below inherits every property it does not fill, as null.
namespace winrm::providers {

namespace {

using cim::unknown;
using std::int16_t;
using std::string;
using std::uint16_t;
using std::uint32_t;
using std::uint64_t;
using std::vector;

constexpr auto managed_system_element =
    cim::describe(cim::ClassName("root/cimv2", "CIM_ManagedSystemElement", "").abstract(),
                  unknown<string>("Caption"), unknown<string>("Description"),
                  unknown<DateTime>("InstallDate"), unknown<string>("Name"), unknown<string>("Status"));

constexpr auto logical_element =
    cim::describe(cim::ClassName("root/cimv2", "CIM_LogicalElement", "CIM_ManagedSystemElement").abstract());

constexpr auto service = cim::describe(
    cim::ClassName("root/cimv2", "CIM_Service", "CIM_LogicalElement").abstract(),
    unknown<string>("CreationClassName"), unknown<bool>("Started"), unknown<string>("StartMode"),
    unknown<string>("SystemCreationClassName"), unknown<string>("SystemName"));

constexpr auto win32_base_service = cim::describe(
    cim::ClassName("root/cimv2", "Win32_BaseService", "CIM_Service").abstract(), unknown<bool>("AcceptPause"),
    unknown<bool>("AcceptStop"), unknown<bool>("DesktopInteract"), unknown<string>("DisplayName"),
    unknown<string>("ErrorControl"), unknown<uint32_t>("ExitCode"), unknown<string>("PathName"),
    unknown<uint32_t>("ServiceSpecificExitCode"), unknown<string>("ServiceType"),
    unknown<string>("StartName"), unknown<string>("State"), unknown<uint32_t>("TagId"));

constexpr auto process = cim::describe(
    cim::ClassName("root/cimv2", "CIM_Process", "CIM_LogicalElement").abstract(),
    unknown<string>("CreationClassName"), unknown<DateTime>("CreationDate"),
    unknown<string>("CSCreationClassName"), unknown<string>("CSName"), unknown<uint16_t>("ExecutionState"),
    unknown<string>("Handle"), unknown<uint64_t>("KernelModeTime"), unknown<string>("OSCreationClassName"),
    unknown<string>("OSName"), unknown<uint32_t>("Priority"), unknown<DateTime>("TerminationDate"),
    unknown<uint64_t>("UserModeTime"), unknown<uint64_t>("WorkingSetSize"));

constexpr auto operating_system = cim::describe(
    cim::ClassName("root/cimv2", "CIM_OperatingSystem", "CIM_LogicalElement").abstract(),
    unknown<string>("CreationClassName"), unknown<string>("CSCreationClassName"), unknown<string>("CSName"),
    unknown<int16_t>("CurrentTimeZone"), unknown<bool>("Distributed"),
    unknown<uint64_t>("FreePhysicalMemory"), unknown<uint64_t>("FreeSpaceInPagingFiles"),
    unknown<uint64_t>("FreeVirtualMemory"), unknown<DateTime>("LastBootUpTime"),
    unknown<DateTime>("LocalDateTime"), unknown<uint32_t>("MaxNumberOfProcesses"),
    unknown<uint64_t>("MaxProcessMemorySize"), unknown<uint32_t>("NumberOfLicensedUsers"),
    unknown<uint32_t>("NumberOfProcesses"), unknown<uint32_t>("NumberOfUsers"), unknown<uint16_t>("OSType"),
    unknown<string>("OtherTypeDescription"), unknown<uint64_t>("SizeStoredInPagingFiles"),
    unknown<uint64_t>("TotalSwapSpaceSize"), unknown<uint64_t>("TotalVirtualMemorySize"),
    unknown<uint64_t>("TotalVisibleMemorySize"), unknown<string>("Version"));

constexpr auto system =
    cim::describe(cim::ClassName("root/cimv2", "CIM_System", "CIM_LogicalElement").abstract(),
                  unknown<string>("CreationClassName"), unknown<string>("NameFormat"),
                  unknown<string>("PrimaryOwnerContact"), unknown<string>("PrimaryOwnerName"),
                  unknown<vector<string>>("Roles").writable());

constexpr auto computer_system =
    cim::describe(cim::ClassName("root/cimv2", "CIM_ComputerSystem", "CIM_System").abstract());

constexpr auto unitary_computer_system = cim::describe(
    cim::ClassName("root/cimv2", "CIM_UnitaryComputerSystem", "CIM_ComputerSystem").abstract(),
    unknown<vector<string>>("InitialLoadInfo"), unknown<string>("LastLoadInfo"),
    unknown<vector<uint16_t>>("PowerManagementCapabilities"), unknown<bool>("PowerManagementSupported"),
    unknown<uint16_t>("PowerState"), unknown<uint16_t>("ResetCapability"));

constexpr auto logical_device =
    cim::describe(cim::ClassName("root/cimv2", "CIM_LogicalDevice", "CIM_LogicalElement").abstract(),
                  unknown<uint16_t>("Availability"), unknown<uint32_t>("ConfigManagerErrorCode"),
                  unknown<bool>("ConfigManagerUserConfig"), unknown<string>("CreationClassName"),
                  unknown<string>("DeviceID"), unknown<bool>("ErrorCleared"),
                  unknown<string>("ErrorDescription"), unknown<uint32_t>("LastErrorCode"),
                  unknown<string>("PNPDeviceID"), unknown<vector<uint16_t>>("PowerManagementCapabilities"),
                  unknown<bool>("PowerManagementSupported"), unknown<uint16_t>("StatusInfo"),
                  unknown<string>("SystemCreationClassName"), unknown<string>("SystemName"));

constexpr auto storage_extent = cim::describe(
    cim::ClassName("root/cimv2", "CIM_StorageExtent", "CIM_LogicalDevice").abstract(),
    unknown<uint16_t>("Access"), unknown<uint64_t>("BlockSize").units("bytes"),
    unknown<string>("ErrorMethodology"), unknown<uint64_t>("NumberOfBlocks"), unknown<string>("Purpose"));

constexpr auto logical_disk =
    cim::describe(cim::ClassName("root/cimv2", "CIM_LogicalDisk", "CIM_StorageExtent").abstract(),
                  unknown<uint64_t>("FreeSpace").units("bytes"), unknown<uint64_t>("Size").units("bytes"));

constexpr auto setting =
    cim::describe(cim::ClassName("root/cimv2", "CIM_Setting", "").abstract(), unknown<string>("Caption"),
                  unknown<string>("Description"), unknown<string>("SettingID"));

}  // namespace

void add_base_classes(cim::Registry& registry) {
  registry.add_abstract(managed_system_element);
  registry.add_abstract(logical_element);
  registry.add_abstract(service);
  registry.add_abstract(win32_base_service);
  registry.add_abstract(process);
  registry.add_abstract(operating_system);
  registry.add_abstract(system);
  registry.add_abstract(computer_system);
  registry.add_abstract(unitary_computer_system);
  registry.add_abstract(logical_device);
  registry.add_abstract(storage_extent);
  registry.add_abstract(logical_disk);
  registry.add_abstract(setting);
}

}  // namespace winrm::providers
