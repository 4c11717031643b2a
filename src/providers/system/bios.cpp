#include <array>
#include <chrono>

#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/smbios.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

struct Bios {
  std::string name;
  std::uint16_t state = 3;
  std::uint16_t target_system = 0;
  std::optional<std::string> manufacturer;
  std::optional<std::string> serial_number;
  std::optional<DateTime> release_date;
  std::vector<std::string> versions;
  std::optional<std::uint16_t> smbios_major;
  std::optional<std::uint16_t> smbios_minor;
  bool has_smbios = false;
  std::optional<std::uint8_t> major;
  std::optional<std::uint8_t> minor;
  std::optional<std::uint8_t> controller_major;
  std::optional<std::uint8_t> controller_minor;
  std::vector<std::uint16_t> characteristics;
  std::optional<std::string> current_language;
  std::vector<std::string> languages;
  std::optional<std::uint16_t> language_count;
};

constexpr cim::ValueName element_states[] = {
    {0, "Deployable"}, {1, "Installable"}, {2, "Executable"}, {3, "Running"}};
constexpr cim::ValueName characteristic_names[] = {{4, "ISA is supported"},
                                                   {5, "MCA is supported"},
                                                   {6, "EISA is supported"},
                                                   {7, "PCI is supported"},
                                                   {9, "Plug and Play is supported"},
                                                   {10, "APM is supported"},
                                                   {11, "BIOS is Upgradeable (Flash)"},
                                                   {12, "BIOS shadowing is allowed"},
                                                   {13, "VL-VESA is supported"},
                                                   {14, "ESCD support is available"},
                                                   {15, "Boot from CD is supported"},
                                                   {16, "Selectable Boot is supported"},
                                                   {17, "BIOS ROM is socketed"},
                                                   {22, "Int 13h 360 KB floppy"},
                                                   {23, "Int 13h 1.2 MB floppy"},
                                                   {24, "Int 13h 720 KB floppy"},
                                                   {25, "Int 13h 2.88 MB floppy"},
                                                   {26, "Int 5h print screen"},
                                                   {27, "Int 9h keyboard"},
                                                   {28, "Int 14h serial"},
                                                   {29, "Int 17h printer"},
                                                   {30, "Int 10h video"},
                                                   {31, "NEC PC-98"},
                                                   {32, "ACPI supported"},
                                                   {33, "USB Legacy is supported"},
                                                   {34, "AGP is supported"},
                                                   {35, "I2O boot is supported"},
                                                   {36, "LS-120 boot is supported"},
                                                   {37, "ATAPI ZIP Drive boot is supported"},
                                                   {38, "1394 boot is supported"},
                                                   {39, "Smart Battery supported"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::Bios> = [] {
  using B = winrm::providers::Bios;
  namespace map = winrm::providers;
  return describe(
      ClassName("root/cimv2", "Win32_BIOS", "CIM_BIOSElement")
          .described("The firmware, from SMBIOS. None where there is none."),
      key<&B::name>("Name"),
      key<&B::name>("SoftwareElementID"),
      key<&B::state>("SoftwareElementState").values(map::element_states),
      key<&B::target_system>("TargetOperatingSystem"),
      prop<&B::characteristics>("BiosCharacteristics").values(map::characteristic_names),
      prop<&B::versions>("BIOSVersion"),
      prop<&B::name>("Caption"),
      prop<&B::current_language>("CurrentLanguage"),
      prop<&B::name>("Description"),
      prop<&B::controller_major>("EmbeddedControllerMajorVersion"),
      prop<&B::controller_minor>("EmbeddedControllerMinorVersion"),
      prop<&B::language_count>("InstallableLanguages"),
      prop<&B::languages>("ListOfLanguages"),
      prop<&B::manufacturer>("Manufacturer"),
      constant<bool>("PrimaryBIOS", true),
      prop<&B::release_date>("ReleaseDate"),
      prop<&B::serial_number>("SerialNumber"),
      prop<&B::name>("SMBIOSBIOSVersion"),
      prop<&B::smbios_major>("SMBIOSMajorVersion"),
      prop<&B::smbios_minor>("SMBIOSMinorVersion"),
      prop<&B::has_smbios>("SMBIOSPresent"),
      prop<&B::major>("SystemBiosMajorVersion"),
      prop<&B::minor>("SystemBiosMinorVersion"),
      prop<&B::name>("Version"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::dmi;
using system::Host;
namespace smbios = system::smbios;
namespace text = system::text;

/// "04/01/2014" (DSP0134 7.1).
std::optional<DateTime> release_date(std::string_view date) {
  if (date.size() != 10 || date[2] != '/' || date[5] != '/') return std::nullopt;
  auto const month = text::number<unsigned>(date.substr(0, 2));
  auto const day = text::number<unsigned>(date.substr(3, 2));
  auto const year = text::number<int>(date.substr(6));
  if (!month || !day || !year) return std::nullopt;
  auto const when = std::chrono::year(*year) / std::chrono::month(*month) / std::chrono::day(*day);
  if (!when.ok()) return std::nullopt;
  return DateTime{std::chrono::sys_days(when), 0};
}

/// DSP0134 7.1.1 and 7.1.2.1: the bits in the order of Windows' numbers, with those of the first extension
/// byte from 32 on.
std::vector<std::uint16_t> characteristics(smbios::Structure const& bios) {
  constexpr std::uint16_t first_meaning = 4;
  constexpr std::uint16_t first_extension = 32;
  auto const bits = bios.qword(0x0A).value_or(0);
  auto const extension = bios.byte(0x12).value_or(0);
  std::vector<std::uint16_t> found;
  for (std::uint16_t bit = first_meaning; bit < first_extension; ++bit) {
    if ((bits >> bit & 1) != 0) found.push_back(bit);
  }
  for (std::uint16_t bit = 0; bit < 8; ++bit) {
    if ((extension >> bit & 1) != 0) found.push_back(static_cast<std::uint16_t>(first_extension + bit));
  }
  return found;
}

/// 0xFF: not supported (DSP0134 7.1).
std::optional<std::uint8_t> release(smbios::Structure const& bios, std::size_t offset) {
  auto const value = bios.byte(offset);
  return value == 0xFF ? std::nullopt : value;
}

void fill_from_tables(Bios& row, smbios::Tables const& tables) {
  if (tables.version) {
    row.smbios_major = tables.version->major;
    row.smbios_minor = tables.version->minor;
  }
  if (auto const* bios = tables.first(smbios::Type::bios)) {
    row.characteristics = characteristics(*bios);
    row.major = release(*bios, 0x14);
    row.minor = release(*bios, 0x15);
    row.controller_major = release(*bios, 0x16);
    row.controller_minor = release(*bios, 0x17);
  }
  if (auto const* language = tables.first(smbios::Type::bios_language)) {
    row.language_count = language->byte(0x04);
    row.languages = language->strings();
    row.current_language = language->text(0x15);
  }
}

cim::Generator<Bios> enumerate(Host const& host, cim::Query const& query) {
  using B = Bios;
  auto version = dmi(host, "bios_version");
  auto vendor = dmi(host, "bios_vendor");
  if (!version && !vendor) co_return;
  Bios row;
  row.name = std::move(version).value_or("");
  row.manufacturer = std::move(vendor);
  row.has_smbios = true;
  if (!row.name.empty()) row.versions.push_back(row.name);
  if (query.wants<&B::serial_number>()) row.serial_number = dmi(host, "product_serial");
  if (query.wants<&B::release_date>()) row.release_date = release_date(dmi(host, "bios_date").value_or(""));
  if (query.wants<&B::smbios_major, &B::smbios_minor, &B::major, &B::minor, &B::controller_major,
                  &B::controller_minor, &B::characteristics, &B::languages, &B::language_count,
                  &B::current_language>()) {
    fill_from_tables(row, smbios::read(host));
  }
  co_yield row;
}

}  // namespace

void add_bios(cim::Registry& registry) { registry.add<Bios>({.enumerate = enumerate}); }

}  // namespace winrm::providers
