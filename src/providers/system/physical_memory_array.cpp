#include <limits>

#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "system/host.hpp"
#include "system/smbios.hpp"

namespace winrm::providers {

namespace {

struct PhysicalMemoryArray {
  std::string tag;
  std::optional<std::uint16_t> location;
  std::optional<std::uint16_t> use;
  std::optional<std::uint16_t> error_correction;
  std::optional<std::uint16_t> devices;
  std::optional<std::uint64_t> most_kilobytes;
  std::optional<std::uint32_t> most_kilobytes_in_32_bits;
};

constexpr cim::ValueName locations[] = {{0, "Reserved"},
                                        {1, "Other"},
                                        {2, "Unknown"},
                                        {3, "System board or motherboard"},
                                        {4, "ISA add-on card"},
                                        {5, "EISA add-on card"},
                                        {6, "PCI add-on card"},
                                        {7, "MCA add-on card"},
                                        {8, "PCMCIA add-on card"},
                                        {9, "Proprietary add-on card"},
                                        {10, "NuBus"},
                                        {11, "PC-98/C20 add-on card"},
                                        {12, "PC-98/C24 add-on card"},
                                        {13, "PC-98/E add-on card"},
                                        {14, "PC-98/Local bus add-on card"}};
constexpr cim::ValueName corrections[] = {{0, "Reserved"},      {1, "Other"},  {2, "Unknown"},
                                          {3, "None"},          {4, "Parity"}, {5, "Single-bit ECC"},
                                          {6, "Multi-bit ECC"}, {7, "CRC"}};
constexpr cim::ValueName uses[] = {{0, "Reserved"},         {1, "Other"},        {2, "Unknown"},
                                   {3, "System memory"},    {4, "Video memory"}, {5, "Flash memory"},
                                   {6, "Non-volatile RAM"}, {7, "Cache memory"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::PhysicalMemoryArray> = [] {
  using A = winrm::providers::PhysicalMemoryArray;
  namespace map = winrm::providers;
  using std::string_view;
  return describe(
      ClassName("root/cimv2", "Win32_PhysicalMemoryArray", "CIM_PhysicalPackage")
          .described("A group of memory sockets that SMBIOS knows. None for an account that may not read the tables "
                     "(only root may)."),
      key<&A::tag>("Tag"),
      constant<string_view>("Caption", "Physical Memory Array"),
      constant<string_view>("CreationClassName", "Win32_PhysicalMemoryArray"),
      constant<string_view>("Description", "Physical Memory Array"),
      prop<&A::location>("Location").values(map::locations),
      prop<&A::most_kilobytes_in_32_bits>("MaxCapacity").units("kilobytes"),
      prop<&A::most_kilobytes>("MaxCapacityEx").units("kilobytes"),
      prop<&A::devices>("MemoryDevices"),
      prop<&A::error_correction>("MemoryErrorCorrection").values(map::corrections),
      constant<string_view>("Name", "Physical Memory Array"),
      prop<&A::use>("Use").values(map::uses));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
namespace smbios = system::smbios;

/// DSP0134 7.17.1 to Windows' numbers, which have no gap before the PC-98 cards.
std::uint16_t location(std::uint8_t smbios_value) {
  constexpr std::uint8_t first_pc98 = 0xA0;
  constexpr std::uint8_t last_pc98 = 0xA3;
  if (smbios_value >= first_pc98 && smbios_value <= last_pc98) {
    return static_cast<std::uint16_t>(smbios_value - first_pc98 + 11);
  }
  return smbios_value <= 10 ? smbios_value : 1;
}

/// DSP0134 7.17.
PhysicalMemoryArray row_of(smbios::Structure const& array, std::size_t index) {
  constexpr std::uint32_t see_extended = 0x8000'0000;
  PhysicalMemoryArray row;
  row.tag = "Physical Memory Array " + std::to_string(index);
  if (auto const where = array.byte(0x04)) row.location = location(*where);
  row.use = array.byte(0x05);
  row.error_correction = array.byte(0x06);
  auto const most = array.dword(0x07);
  if (most == see_extended) {
    if (auto const bytes = array.qword(0x0F)) row.most_kilobytes = *bytes / 1024;
  } else {
    row.most_kilobytes = most;
  }
  if (row.most_kilobytes && *row.most_kilobytes <= std::numeric_limits<std::uint32_t>::max()) {
    row.most_kilobytes_in_32_bits = static_cast<std::uint32_t>(*row.most_kilobytes);
  }
  row.devices = array.word(0x0D);
  return row;
}

cim::Generator<PhysicalMemoryArray> enumerate(Host const& host, cim::Query const&) {
  auto const tables = smbios::read(host);
  auto const arrays = tables.all(smbios::Type::memory_array);
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    auto const row = row_of(*arrays[i], i);
    co_yield row;
  }
}

}  // namespace

void add_physical_memory_array(cim::Registry& registry) {
  registry.add<PhysicalMemoryArray>({.enumerate = enumerate});
}

}  // namespace winrm::providers
