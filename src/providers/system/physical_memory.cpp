#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "system/host.hpp"
#include "system/smbios.hpp"

namespace winrm::providers {

namespace {

struct PhysicalMemory {
  std::string tag;
  std::optional<std::uint64_t> capacity;
  std::optional<std::string> device_locator;
  std::optional<std::string> bank;
  std::optional<std::string> manufacturer;
  std::optional<std::string> serial_number;
  std::optional<std::string> asset_tag;
  std::optional<std::string> part_number;
  std::optional<std::uint16_t> total_width;
  std::optional<std::uint16_t> data_width;
  std::optional<std::uint16_t> form_factor;
  std::optional<std::uint16_t> memory_type;
  std::optional<std::uint32_t> smbios_type;
  std::optional<std::uint16_t> type_detail;
  std::optional<std::uint32_t> speed;
  std::optional<std::uint32_t> configured_speed;
  std::optional<std::uint32_t> attributes;
  std::optional<std::uint32_t> least_voltage;
  std::optional<std::uint32_t> most_voltage;
  std::optional<std::uint32_t> configured_voltage;
};

constexpr cim::ValueName memory_types[] = {
    {0, "Unknown"},    {1, "Other"},   {2, "DRAM"},          {3, "Synchronous DRAM"},
    {4, "Cache DRAM"}, {5, "EDO"},     {6, "EDRAM"},         {7, "VRAM"},
    {8, "SRAM"},       {9, "RAM"},     {10, "ROM"},          {11, "Flash"},
    {12, "EEPROM"},    {13, "FEPROM"}, {14, "EPROM"},        {15, "CDRAM"},
    {16, "3DRAM"},     {17, "SDRAM"},  {18, "SGRAM"},        {19, "RDRAM"},
    {20, "DDR"},       {21, "DDR2"},   {22, "DDR2 FB-DIMM"}, {24, "DDR3"},
    {26, "DDR4"}};
constexpr cim::ValueName form_factors[] = {{0, "Unknown"}, {1, "Other"},       {3, "DIP"},     {4, "ZIP"},
                                           {2, "SIP"},     {6, "Proprietary"}, {7, "SIMM"},    {8, "DIMM"},
                                           {9, "TSOP"},    {11, "RIMM"},       {12, "SODIMM"}, {13, "SRIMM"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::PhysicalMemory> = [] {
  using M = winrm::providers::PhysicalMemory;
  namespace map = winrm::providers;
  using std::string_view, std::uint16_t;
  return describe(
      ClassName("root/cimv2", "Win32_PhysicalMemory", "CIM_PhysicalMemory")
          .described("A memory module that SMBIOS knows. None for an account that may not read the tables (only root "
                     "may)."),
      key<&M::tag>("Tag"),
      prop<&M::attributes>("Attributes").described("The rank."),
      prop<&M::bank>("BankLabel"),
      prop<&M::capacity>("Capacity").units("bytes"),
      constant<string_view>("Caption", "Physical Memory"),
      prop<&M::configured_speed>("ConfiguredClockSpeed").units("megatransfers per second"),
      prop<&M::configured_voltage>("ConfiguredVoltage").units("millivolts"),
      constant<string_view>("CreationClassName", "Win32_PhysicalMemory"),
      prop<&M::data_width>("DataWidth").units("bits"),
      constant<string_view>("Description", "Physical Memory"),
      prop<&M::device_locator>("DeviceLocator"),
      prop<&M::form_factor>("FormFactor").values(map::form_factors),
      prop<&M::manufacturer>("Manufacturer"),
      prop<&M::most_voltage>("MaxVoltage").units("millivolts"),
      prop<&M::memory_type>("MemoryType").values(map::memory_types),
      prop<&M::least_voltage>("MinVoltage").units("millivolts"),
      constant<string_view>("Name", "Physical Memory"),
      prop<&M::asset_tag>("OtherIdentifyingInfo").described("The asset tag."),
      prop<&M::part_number>("PartNumber"),
      prop<&M::serial_number>("SerialNumber"),
      prop<&M::smbios_type>("SMBIOSMemoryType"),
      prop<&M::speed>("Speed").units("megatransfers per second"),
      prop<&M::total_width>("TotalWidth").units("bits"),
      prop<&M::type_detail>("TypeDetail"),
      unknown<uint16_t>("InterleaveDataDepth"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
namespace smbios = system::smbios;

constexpr std::uint64_t kibi = 1024;
constexpr std::uint64_t mebi = 1024 * kibi;

/// DSP0134 7.18.4; zero bytes for an empty socket.
std::optional<std::uint64_t> capacity(smbios::Structure const& device) {
  constexpr std::uint16_t unknown_size = 0xFFFF;
  constexpr std::uint16_t extended_size = 0x7FFF;
  constexpr std::uint16_t in_kibibytes = 0x8000;
  auto const size = device.word(0x0C);
  if (!size || *size == unknown_size) return std::nullopt;
  if (*size == extended_size) {
    auto const extended = device.dword(0x1C);
    if (!extended) return std::nullopt;
    return (*extended & 0x7FFF'FFFFU) * mebi;
  }
  if ((*size & in_kibibytes) != 0) return (*size & 0x7FFFU) * kibi;
  return *size * mebi;
}

/// DSP0134 7.18.1 to Windows' numbers.
std::uint16_t form_factor(std::uint8_t smbios_value) {
  switch (smbios_value) {
    case 0x02:
      return 0;
    case 0x03:
      return 7;
    case 0x04:
      return 2;
    case 0x06:
      return 3;
    case 0x07:
      return 4;
    case 0x08:
      return 6;
    case 0x09:
      return 8;
    case 0x0A:
      return 9;
    case 0x0C:
      return 11;
    case 0x0D:
      return 12;
    case 0x0E:
      return 13;
    default:
      return 1;
  }
}

/// DSP0134 7.18.2 to Windows' numbers.
std::uint16_t memory_type(std::uint8_t smbios_value) {
  constexpr std::uint8_t edram = 0x04;
  constexpr std::uint8_t ddr2_fb_dimm = 0x14;
  switch (smbios_value) {
    case 0x01:
      return 1;
    case 0x03:
      return 2;
    case 0x18:
      return 24;
    case 0x1A:
      return 26;
    default:
      // From EDRAM to DDR2 FB-DIMM both lists have the same order.
      return smbios_value >= edram && smbios_value <= ddr2_fb_dimm
                 ? static_cast<std::uint16_t>(smbios_value + 2)
                 : 0;
  }
}

/// Zero and all ones: unknown (DSP0134 7.18).
template <class Integer>
std::optional<Integer> known(std::optional<Integer> value) {
  return value == Integer{0} || value == static_cast<Integer>(~Integer{0}) ? std::nullopt : value;
}

/// A speed of 0xFFFF stands in the extended field (DSP0134 7.18).
std::optional<std::uint32_t> speed(smbios::Structure const& device, std::size_t offset,
                                   std::size_t extended_offset) {
  auto const plain = device.word(offset);
  if (plain == std::uint16_t{0xFFFF}) return known(device.dword(extended_offset));
  return known(plain);
}

PhysicalMemory row_of(smbios::Structure const& device, std::size_t index) {
  PhysicalMemory row;
  row.tag = "Physical Memory " + std::to_string(index);
  row.capacity = capacity(device);
  row.total_width = known(device.word(0x08));
  row.data_width = known(device.word(0x0A));
  if (auto const form = device.byte(0x0E)) row.form_factor = form_factor(*form);
  row.device_locator = device.text(0x10);
  row.bank = device.text(0x11);
  if (auto const type = device.byte(0x12)) {
    row.memory_type = memory_type(*type);
    row.smbios_type = *type;
  }
  row.type_detail = device.word(0x13);
  row.speed = speed(device, 0x15, 0x54);
  row.manufacturer = device.text(0x17);
  row.serial_number = device.text(0x18);
  row.asset_tag = device.text(0x19);
  row.part_number = device.text(0x1A);
  if (auto const attributes = device.byte(0x1B)) row.attributes = *attributes & 0x0FU;
  row.configured_speed = speed(device, 0x20, 0x58);
  row.least_voltage = known(device.word(0x22));
  row.most_voltage = known(device.word(0x24));
  row.configured_voltage = known(device.word(0x26));
  return row;
}

cim::Generator<PhysicalMemory> enumerate(Host const& host, cim::Query const&) {
  auto const tables = smbios::read(host);
  auto const devices = tables.all(smbios::Type::memory_device);
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (capacity(*devices[i]) == std::uint64_t{0}) continue;  // an empty socket
    auto const row = row_of(*devices[i], i);
    co_yield row;
  }
}

}  // namespace

void add_physical_memory(cim::Registry& registry) { registry.add<PhysicalMemory>({.enumerate = enumerate}); }

}  // namespace winrm::providers
