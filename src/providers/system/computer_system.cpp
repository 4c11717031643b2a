#include <algorithm>

#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "providers/system/machine_methods.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/proc.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

struct ComputerSystem {
  std::string name;
  std::optional<std::string> domain;
  std::optional<std::string> description;
  std::optional<std::string> manufacturer;
  std::optional<std::string> model;
  std::optional<std::string> family;
  std::optional<std::string> sku;
  std::string system_type;
  std::optional<std::uint16_t> pc_type;
  std::optional<std::uint32_t> sockets;
  std::optional<std::uint32_t> logical_processors;
  std::optional<bool> hypervisor;
  std::optional<std::uint64_t> memory;
  std::int16_t time_zone = 0;
  bool daylight_saving = false;
  std::optional<std::string> user;
};

enum PcType : std::uint16_t { unspecified = 0, desktop = 1, mobile = 2, enterprise_server = 4 };
constexpr cim::ValueName pc_types[] = {{0, "Unspecified"},
                                       {1, "Desktop"},
                                       {2, "Mobile"},
                                       {3, "Workstation"},
                                       {4, "Enterprise Server"},
                                       {5, "SOHO Server"},
                                       {6, "Appliance PC"},
                                       {7, "Performance Server"},
                                       {8, "Maximum"}};
constexpr cim::ValueName domain_roles[] = {{0, "Standalone Workstation"},   {1, "Member Workstation"},
                                           {2, "Standalone Server"},        {3, "Member Server"},
                                           {4, "Backup Domain Controller"}, {5, "Primary Domain Controller"}};
constexpr cim::ValueName hardware_states[] = {{1, "Other"},   {2, "Unknown"},  {3, "Safe"},
                                              {4, "Warning"}, {5, "Critical"}, {6, "Non-recoverable"}};
constexpr cim::ValueName reset_capabilities[] = {
    {1, "Other"}, {2, "Unknown"}, {3, "Disabled"}, {4, "Enabled"}, {5, "Not Implemented"}};
constexpr cim::ValueName password_states[] = {
    {0, "Disabled"}, {1, "Enabled"}, {2, "Not Implemented"}, {3, "Unknown"}};
constexpr cim::ValueName boot_options[] = {
    {0, "Reserved"}, {1, "Operating system"}, {2, "System utilities"}, {3, "Do not reboot"}};
constexpr cim::ValueName wake_up_types[] = {{0, "Reserved"},     {1, "Other"},      {2, "Unknown"},
                                            {3, "APM Timer"},    {4, "Modem Ring"}, {5, "LAN Remote"},
                                            {6, "Power Switch"}, {7, "PCI PME#"},   {8, "AC Power Restored"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::ComputerSystem> = [] {
  using C = winrm::providers::ComputerSystem;
  namespace map = winrm::providers;
  using std::string, std::string_view, std::vector, std::int16_t, std::int64_t, std::uint8_t, std::uint16_t;
  return describe(
      ClassName("root/cimv2", "Win32_ComputerSystem", "CIM_UnitaryComputerSystem").singleton(),
      key<&C::name>("Name"),
      prop<&C::name>("Caption"),
      constant<string_view>("CreationClassName", "Win32_ComputerSystem"),
      prop<&C::time_zone>("CurrentTimeZone").units("minutes"),
      prop<&C::daylight_saving>("DaylightInEffect"),
      prop<&C::description>("Description"),
      prop<&C::name>("DNSHostName"),
      prop<&C::domain>("Domain"),
      prop<&C::hypervisor>("HypervisorPresent"),
      prop<&C::manufacturer>("Manufacturer"),
      prop<&C::model>("Model"),
      prop<&C::logical_processors>("NumberOfLogicalProcessors"),
      prop<&C::sockets>("NumberOfProcessors"),
      prop<&C::pc_type>("PCSystemType").values(map::pc_types),
      prop<&C::pc_type>("PCSystemTypeEx").values(map::pc_types),
      constant<string_view>("Status", "OK"),
      prop<&C::family>("SystemFamily"),
      prop<&C::sku>("SystemSKUNumber"),
      prop<&C::system_type>("SystemType"),
      prop<&C::memory>("TotalPhysicalMemory").units("bytes"),
      prop<&C::user>("UserName"),
      unknown<uint16_t>("AdminPasswordStatus").values(map::password_states),
      unknown<bool>("AutomaticManagedPagefile"), unknown<bool>("AutomaticResetBootOption"),
      unknown<bool>("AutomaticResetCapability"),
      unknown<uint16_t>("BootOptionOnLimit").values(map::boot_options),
      unknown<uint16_t>("BootOptionOnWatchDog").values(map::boot_options),
      unknown<bool>("BootROMSupported"), unknown<vector<uint16_t>>("BootStatus"), unknown<string>("BootupState"),
      unknown<uint16_t>("ChassisBootupState").values(map::hardware_states), unknown<string>("ChassisSKUNumber"),
      unknown<uint16_t>("DomainRole").values(map::domain_roles),
      unknown<bool>("EnableDaylightSavingsTime"),
      unknown<uint16_t>("FrontPanelResetStatus").values(map::password_states), unknown<bool>("InfraredSupported"),
      unknown<uint16_t>("KeyboardPasswordStatus").values(map::password_states),
      unknown<bool>("NetworkServerModeEnabled"), unknown<vector<uint8_t>>("OEMLogoBitmap"),
      unknown<vector<string>>("OEMStringArray"), unknown<bool>("PartOfDomain"), unknown<int64_t>("PauseAfterReset"),
      unknown<uint16_t>("PowerOnPasswordStatus").values(map::password_states),
      unknown<uint16_t>("PowerSupplyState").values(map::hardware_states),
      unknown<uint16_t>("ResetCapability").values(map::reset_capabilities), unknown<int16_t>("ResetCount"),
      unknown<int16_t>("ResetLimit"), unknown<vector<string>>("SupportContactDescription"),
      unknown<uint16_t>("SystemStartupDelay"), unknown<vector<string>>("SystemStartupOptions"),
      unknown<uint8_t>("SystemStartupSetting"),
      unknown<uint16_t>("ThermalState").values(map::hardware_states),
      unknown<uint16_t>("WakeUpType").values(map::wake_up_types), unknown<string>("Workgroup"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
namespace proc = system::proc;

/// In Windows' words where it has some.
std::string system_type(std::string const& machine) {
  if (machine == "x86_64") return "x64-based PC";
  if (machine == "aarch64") return "ARM64-based PC";
  if (machine.size() == 4 && machine.front() == 'i' && machine.ends_with("86")) return "X86-based PC";
  return machine;
}

/// SMBIOS 7.4.1, "System Enclosure or Chassis Types".
std::optional<std::uint16_t> pc_type(Host const& host) {
  auto const text = system::dmi(host, "chassis_type");
  auto const chassis = text ? system::text::number<std::uint32_t>(*text) : std::nullopt;
  if (!chassis) return std::nullopt;
  switch (*chassis) {
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
    case 13:
    case 15:
    case 16:
    case 24:
    case 35:
    case 36:
      return desktop;
    case 8:
    case 9:
    case 10:
    case 11:
    case 14:
    case 30:
    case 31:
    case 32:
      return mobile;
    case 17:
    case 23:
    case 25:
    case 28:
    case 29:
      return enterprise_server;
    default:
      return unspecified;
  }
}

/// Clocks stand further east in one half of the year than in the other: then it is summer time.
bool is_daylight_saving(Host const& host, DateTime const& now) {
  using namespace std::chrono;
  auto const year = year_month_day(floor<days>(now.utc)).year();
  auto const offset_on = [&](month m) { return host.local(sys_days(year / m / 1)).offset_minutes; };
  return now.offset_minutes > std::min(offset_on(January), offset_on(July));
}

std::optional<ComputerSystem> get(Host const& host, cim::Query const& query) {
  using C = ComputerSystem;
  auto const kernel = host.kernel();
  ComputerSystem row;
  row.name = system::short_name(kernel);
  if (row.name.size() < kernel.node.size()) row.domain = kernel.node.substr(row.name.size() + 1);
  row.system_type = system_type(kernel.machine);
  auto const now = host.local(host.now());
  row.time_zone = now.offset_minutes;
  if (query.wants<&C::daylight_saving>()) row.daylight_saving = is_daylight_saving(host, now);
  if (query.wants<&C::description>()) row.description = system::pretty_host_name(host);
  if (query.wants<&C::manufacturer>()) row.manufacturer = system::dmi(host, "sys_vendor");
  if (query.wants<&C::model>()) row.model = system::dmi(host, "product_name");
  if (query.wants<&C::family>()) row.family = system::dmi(host, "product_family");
  if (query.wants<&C::sku>()) row.sku = system::dmi(host, "product_sku");
  if (query.wants<&C::pc_type>()) row.pc_type = pc_type(host);
  if (query.wants<&C::sockets, &C::logical_processors, &C::hypervisor>()) {
    if (auto const processors = proc::processors(host)) {
      row.sockets = processors->sockets;
      row.logical_processors = processors->logical;
      row.hypervisor = processors->hypervisor;
    }
  }
  if (query.wants<&C::memory>()) {
    if (auto const memory = proc::machine_memory(host)) row.memory = memory->total * 1024;
  }
  if (query.wants<&C::user>()) {
    for (auto const& session : host.sessions().value_or(std::vector<system::Session>())) {
      if (session.at_console()) row.user = session.user;
    }
  }
  return row;
}

cim::Generator<ComputerSystem> enumerate(Host const& host, cim::Query const& query) {
  auto const only = get(host, query);
  co_yield *only;
}

constexpr cim::Method<ComputerSystem> methods[] = {
    {.name = "Rename",
     .parameters = rename_computer_parameters,
     .return_values = machine_results,
     .run = [](Host const& host, ComputerSystem const&, cim::NamedValues const& in) {
       return rename_computer(host, in);
     }}};

}  // namespace

void add_computer_system(cim::Registry& registry) {
  registry.add<ComputerSystem>({.enumerate = enumerate, .get = get, .methods = methods});
}

}  // namespace winrm::providers
