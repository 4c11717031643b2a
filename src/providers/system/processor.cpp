#include <fmt/format.h>

#include <thread>

#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/processors.hpp"
#include "system/smbios.hpp"

namespace winrm::providers {

namespace {

struct Processor {
  std::string device_id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> manufacturer;
  std::optional<std::uint16_t> architecture;
  std::optional<std::uint16_t> address_width;
  std::optional<std::uint16_t> data_width;
  std::optional<std::uint16_t> level;
  std::optional<std::uint16_t> revision;
  std::optional<std::string> stepping;
  std::optional<std::uint32_t> current_speed;
  std::optional<std::uint32_t> most_speed;
  std::optional<std::uint32_t> bus_speed;
  std::optional<std::uint32_t> level2_kilobytes;
  std::optional<std::uint32_t> level3_kilobytes;
  std::uint32_t cores = 0;
  std::uint32_t logical = 0;
  std::optional<std::uint16_t> load;
  std::optional<bool> has_extensions;
  std::optional<bool> has_nested_paging;
  std::optional<bool> is_virtualization_enabled;
  std::string system_name;
  std::optional<std::string> socket;
  std::optional<std::string> version;
  std::optional<std::string> processor_id;
  std::optional<std::string> serial_number;
  std::optional<std::string> asset_tag;
  std::optional<std::string> part_number;
  std::optional<std::uint16_t> family;
  std::optional<std::uint16_t> upgrade;
  std::optional<std::uint16_t> status;
  std::optional<std::uint16_t> voltage;
  std::optional<std::uint32_t> voltage_bits;
  std::optional<std::uint32_t> characteristics;
};

constexpr cim::ValueName architectures[] = {{0, "x86"}, {1, "MIPS"},    {2, "Alpha"}, {3, "PowerPC"},
                                            {5, "ARM"}, {6, "Itanium"}, {9, "x64"},   {12, "ARM64"}};
constexpr cim::ValueName cpu_states[] = {{0, "Unknown"},
                                         {1, "CPU Enabled"},
                                         {2, "CPU Disabled by User via BIOS Setup"},
                                         {3, "CPU Disabled By BIOS (POST Error)"},
                                         {4, "CPU is Idle"},
                                         {5, "Reserved"},
                                         {6, "Reserved"},
                                         {7, "Other"}};
constexpr cim::ValueName processor_types[] = {
    {1, "Other"},          {2, "Unknown"},       {3, "Central Processor"},
    {4, "Math Processor"}, {5, "DSP Processor"}, {6, "Video Processor"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::Processor> = [] {
  using P = winrm::providers::Processor;
  namespace map = winrm::providers;
  using std::string_view, std::uint16_t, std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_Processor", "CIM_Processor")
          .described("A processor package (socket), from the kernel and, for an account that may read it, SMBIOS."),
      key<&P::device_id>("DeviceID"),
      prop<&P::address_width>("AddressWidth").units("bits"),
      prop<&P::architecture>("Architecture").values(map::architectures),
      prop<&P::asset_tag>("AssetTag"),
      constant<uint16_t>("Availability", 3).described("Running: the kernel uses it."),
      prop<&P::description>("Caption"),
      prop<&P::characteristics>("Characteristics").described("As SMBIOS has them."),
      prop<&P::status>("CpuStatus").values(map::cpu_states),
      constant<string_view>("CreationClassName", "Win32_Processor"),
      prop<&P::current_speed>("CurrentClockSpeed").units("megahertz"),
      prop<&P::voltage>("CurrentVoltage").units("tenths of a volt"),
      prop<&P::data_width>("DataWidth").units("bits"),
      prop<&P::description>("Description"),
      prop<&P::bus_speed>("ExtClock").units("megahertz"),
      prop<&P::family>("Family"),
      prop<&P::level2_kilobytes>("L2CacheSize").units("kilobytes"),
      prop<&P::level3_kilobytes>("L3CacheSize").units("kilobytes"),
      prop<&P::level>("Level"),
      prop<&P::load>("LoadPercentage").units("percent").described("While the question is answered."),
      prop<&P::manufacturer>("Manufacturer"),
      prop<&P::most_speed>("MaxClockSpeed").units("megahertz"),
      prop<&P::name>("Name"),
      prop<&P::cores>("NumberOfCores"),
      prop<&P::cores>("NumberOfEnabledCore"),
      prop<&P::logical>("NumberOfLogicalProcessors"),
      prop<&P::part_number>("PartNumber"),
      prop<&P::processor_id>("ProcessorId"),
      constant<uint16_t>("ProcessorType", 3).values(map::processor_types),
      prop<&P::revision>("Revision").described("Model in the high byte, stepping in the low one."),
      constant<string_view>("Role", "CPU"),
      prop<&P::has_nested_paging>("SecondLevelAddressTranslationExtensions"),
      prop<&P::serial_number>("SerialNumber"),
      prop<&P::socket>("SocketDesignation"),
      constant<string_view>("Status", "OK"),
      constant<uint16_t>("StatusInfo", 3),
      prop<&P::stepping>("Stepping"),
      constant<string_view>("SystemCreationClassName", "Win32_ComputerSystem"),
      prop<&P::system_name>("SystemName"),
      prop<&P::logical>("ThreadCount"),
      prop<&P::upgrade>("UpgradeMethod"),
      prop<&P::version>("Version"),
      prop<&P::is_virtualization_enabled>("VirtualizationFirmwareEnabled"),
      prop<&P::has_extensions>("VMMonitorModeExtensions"),
      prop<&P::voltage_bits>("VoltageCaps"),
      unknown<uint32_t>("L2CacheSpeed"), unknown<uint32_t>("L3CacheSpeed"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
using system::ProcessorPackage;
namespace smbios = system::smbios;

/// Long enough for some of the kernel's clock ticks, short enough for a client that waits.
constexpr std::chrono::milliseconds load_sample{250};

std::optional<std::uint16_t> architecture(std::string const& machine) {
  if (machine == "x86_64") return 9;
  if (machine == "aarch64") return 12;
  if (machine.starts_with("arm")) return 5;
  if (machine.starts_with("ppc")) return 3;
  if (machine.starts_with("mips")) return 1;
  if (machine.size() == 4 && machine.front() == 'i' && machine.ends_with("86")) return 0;
  return std::nullopt;
}

std::optional<std::uint16_t> address_width(std::string const& machine) {
  if (machine.find("64") != std::string::npos || machine == "s390x") return 64;
  return architecture(machine) ? std::optional<std::uint16_t>(32) : std::nullopt;
}

std::optional<std::uint32_t> kilobytes(std::optional<std::uint64_t> bytes) {
  if (!bytes) return std::nullopt;
  return static_cast<std::uint32_t>(*bytes / 1024);
}

template <class Integer>
std::optional<Integer> unless_zero(std::optional<Integer> value) {
  return value == Integer{0} ? std::nullopt : value;
}

void fill_from_kernel(Processor& row, ProcessorPackage const& package, std::string const& machine) {
  row.name = package.model_name;
  row.manufacturer = package.vendor;
  row.architecture = architecture(machine);
  row.address_width = address_width(machine);
  row.data_width = package.has_flag("lm") ? std::optional<std::uint16_t>(64) : row.address_width;
  if (package.family) row.level = static_cast<std::uint16_t>(*package.family);
  if (package.stepping) row.stepping = std::to_string(*package.stepping);
  if (package.model && package.stepping && *package.model <= 0xFF && *package.stepping <= 0xFF) {
    row.revision = static_cast<std::uint16_t>(*package.model << 8 | *package.stepping);
  }
  if (package.family && package.model && package.stepping) {
    row.description = fmt::format("{} Family {} Model {} Stepping {}", machine, *package.family,
                                  *package.model, *package.stepping);
  }
  row.current_speed = package.current_megahertz;
  row.most_speed = package.most_megahertz;
  row.level2_kilobytes = kilobytes(package.level2_bytes);
  row.level3_kilobytes = kilobytes(package.level3_bytes);
  row.cores = package.cores;
  row.logical = static_cast<std::uint32_t>(package.logical.size());
  if (!package.flags.empty()) {
    row.has_extensions = package.has_flag("vmx") || package.has_flag("svm");
    row.has_nested_paging = package.has_flag("ept") || package.has_flag("npt");
    // The kernel hides vmx when the firmware locked it; of svm it keeps the flag.
    if (package.has_flag("vmx")) row.is_virtualization_enabled = true;
  }
}

/// DSP0134 7.5.4: tenths of a volt, or bits for 5 V, 3.3 V and 2.9 V.
void fill_voltage(Processor& row, std::uint8_t value) {
  constexpr std::uint8_t is_number = 0x80;
  if ((value & is_number) != 0) {
    row.voltage = static_cast<std::uint16_t>(value & ~is_number);
    return;
  }
  row.voltage_bits = value & 0x07U;
  if (value == 1) row.voltage = 50;
  if (value == 2) row.voltage = 33;
  if (value == 4) row.voltage = 29;
}

/// DSP0134 7.5.
void fill_from_table(Processor& row, smbios::Structure const& processor) {
  constexpr std::uint8_t see_family_2 = 0xFE;
  row.socket = processor.text(0x04);
  auto const family = processor.byte(0x06);
  row.family = family == see_family_2 ? processor.word(0x28) : std::optional<std::uint16_t>(family);
  if (auto const id = unless_zero(processor.qword(0x08))) row.processor_id = fmt::format("{:016X}", *id);
  row.version = processor.text(0x10);
  if (auto const voltage = unless_zero(processor.byte(0x11))) fill_voltage(row, *voltage);
  row.bus_speed = unless_zero(processor.word(0x12));
  if (!row.most_speed) row.most_speed = unless_zero(processor.word(0x14));
  if (!row.current_speed) row.current_speed = unless_zero(processor.word(0x16));
  if (auto const status = processor.byte(0x18)) row.status = static_cast<std::uint16_t>(*status & 0x07);
  row.upgrade = processor.byte(0x19);
  row.serial_number = processor.text(0x20);
  row.asset_tag = processor.text(0x21);
  row.part_number = processor.text(0x22);
  row.characteristics = processor.word(0x26);
}

/// The tables of populated sockets, when there are as many as the kernel has packages: both count from the
/// same one.
std::vector<smbios::Structure const*> tables_of_packages(smbios::Tables const& tables, std::size_t packages) {
  constexpr std::uint8_t is_populated = 0x40;
  auto found = tables.all(smbios::Type::processor);
  std::erase_if(found, [](smbios::Structure const* table) {
    return (table->byte(0x18).value_or(0) & is_populated) == 0;
  });
  if (found.size() != packages) found.clear();
  return found;
}

using Times = std::map<std::uint32_t, system::ProcessorTimes>;

std::optional<std::uint16_t> load_between(Times const& before, Times const& after,
                                          ProcessorPackage const& package) {
  std::uint64_t busy = 0;
  std::uint64_t all = 0;
  for (auto const logical : package.logical) {
    auto const earlier = before.find(logical);
    auto const later = after.find(logical);
    if (earlier == before.end() || later == after.end() || later->second.busy < earlier->second.busy ||
        later->second.idle < earlier->second.idle) {
      continue;
    }
    busy += later->second.busy - earlier->second.busy;
    all += later->second.busy - earlier->second.busy + later->second.idle - earlier->second.idle;
  }
  if (all == 0) return std::nullopt;
  return static_cast<std::uint16_t>(busy * 100 / all);
}

cim::Generator<Processor> enumerate(Host const& host, cim::Query const& query) {
  using P = Processor;
  Times before;
  Times after;
  if (query.wants<&P::load>()) {
    before = system::processor_times(host);
    std::this_thread::sleep_for(load_sample);
    after = system::processor_times(host);
  }
  auto const kernel = host.kernel();
  auto const packages = system::processor_packages(host);
  auto const tables = smbios::read(host);
  auto const of_packages = tables_of_packages(tables, packages.size());
  for (std::size_t i = 0; i < packages.size(); ++i) {
    Processor row;
    row.device_id = "CPU" + std::to_string(i);
    row.system_name = system::short_name(kernel);
    fill_from_kernel(row, packages[i], kernel.machine);
    if (i < of_packages.size()) fill_from_table(row, *of_packages[i]);
    row.load = load_between(before, after, packages[i]);
    co_yield row;
  }
}

}  // namespace

void add_processor(cim::Registry& registry) { registry.add<Processor>({.enumerate = enumerate}); }

}  // namespace winrm::providers
