#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/smbios.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

struct SystemEnclosure {
  std::string tag;
  std::vector<std::uint16_t> types;
  std::optional<std::string> manufacturer;
  std::optional<std::string> version;
  std::optional<std::string> serial_number;
  std::optional<std::string> asset_tag;
  std::optional<std::string> sku;
  std::optional<bool> has_lock;
  std::optional<std::uint16_t> security_status;
  std::optional<std::uint16_t> power_cords;
  std::optional<float> height;
};

constexpr cim::ValueName chassis_types[] = {{1, "Other"},
                                            {2, "Unknown"},
                                            {3, "Desktop"},
                                            {4, "Low Profile Desktop"},
                                            {5, "Pizza Box"},
                                            {6, "Mini Tower"},
                                            {7, "Tower"},
                                            {8, "Portable"},
                                            {9, "Laptop"},
                                            {10, "Notebook"},
                                            {11, "Hand Held"},
                                            {12, "Docking Station"},
                                            {13, "All in One"},
                                            {14, "Sub Notebook"},
                                            {15, "Space-Saving"},
                                            {16, "Lunch Box"},
                                            {17, "Main System Chassis"},
                                            {18, "Expansion Chassis"},
                                            {19, "SubChassis"},
                                            {20, "Bus Expansion Chassis"},
                                            {21, "Peripheral Chassis"},
                                            {22, "Storage Chassis"},
                                            {23, "Rack Mount Chassis"},
                                            {24, "Sealed-Case PC"},
                                            {30, "Tablet"},
                                            {31, "Convertible"},
                                            {32, "Detachable"}};
constexpr cim::ValueName security_states[] = {{1, "Other"},
                                              {2, "Unknown"},
                                              {3, "None"},
                                              {4, "External interface locked out"},
                                              {5, "External interface enabled"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::SystemEnclosure> = [] {
  using E = winrm::providers::SystemEnclosure;
  namespace map = winrm::providers;
  using std::string_view;
  return describe(
      ClassName("root/cimv2", "Win32_SystemEnclosure", "CIM_Chassis")
          .described("A case that SMBIOS knows. None where there is no SMBIOS."),
      key<&E::tag>("Tag"),
      constant<string_view>("Caption", "System Enclosure"),
      prop<&E::types>("ChassisTypes").values(map::chassis_types),
      constant<string_view>("CreationClassName", "Win32_SystemEnclosure"),
      constant<string_view>("Description", "System Enclosure"),
      prop<&E::height>("Height").units("inches"),
      prop<&E::has_lock>("LockPresent"),
      prop<&E::manufacturer>("Manufacturer"),
      constant<string_view>("Name", "System Enclosure"),
      prop<&E::power_cords>("NumberOfPowerCords"),
      prop<&E::security_status>("SecurityStatus").values(map::security_states),
      prop<&E::serial_number>("SerialNumber"),
      prop<&E::sku>("SKU"),
      prop<&E::asset_tag>("SMBIOSAssetTag"),
      prop<&E::version>("Version"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::dmi;
using system::Host;
namespace smbios = system::smbios;

std::string tag(std::size_t index) { return "System Enclosure " + std::to_string(index); }

/// Zero: not specified (DSP0134 7.4).
template <class Integer>
std::optional<Integer> unless_zero(std::optional<Integer> value) {
  return value == Integer{0} ? std::nullopt : value;
}

/// DSP0134 7.4.
SystemEnclosure from_structure(smbios::Structure const& chassis, std::size_t index) {
  constexpr float inches_per_unit = 1.75F;  // of a rack
  constexpr std::uint8_t lock_bit = 0x80;
  SystemEnclosure row;
  row.tag = tag(index);
  row.manufacturer = chassis.text(0x04);
  if (auto const type = chassis.byte(0x05)) {
    row.types.push_back(static_cast<std::uint16_t>(*type & ~lock_bit));
    row.has_lock = (*type & lock_bit) != 0;
  }
  row.version = chassis.text(0x06);
  row.serial_number = chassis.text(0x07);
  row.asset_tag = chassis.text(0x08);
  row.security_status = unless_zero(chassis.byte(0x0C));
  if (auto const units = unless_zero(chassis.byte(0x11)))
    row.height = static_cast<float>(*units) * inches_per_unit;
  row.power_cords = unless_zero(chassis.byte(0x12));
  // The SKU number stands behind the contained elements.
  auto const elements = chassis.byte(0x13).value_or(0);
  auto const element_bytes = chassis.byte(0x14).value_or(0);
  row.sku = chassis.text(0x15U + static_cast<std::size_t>(elements) * element_bytes);
  return row;
}

/// What the kernel shows of the first case, to every account.
std::optional<SystemEnclosure> from_kernel(Host const& host) {
  auto const type = dmi(host, "chassis_type");
  if (!type) return std::nullopt;
  SystemEnclosure row;
  row.tag = tag(0);
  if (auto const number = system::text::number<std::uint16_t>(*type)) row.types.push_back(*number);
  row.manufacturer = dmi(host, "chassis_vendor");
  row.version = dmi(host, "chassis_version");
  row.serial_number = dmi(host, "chassis_serial");
  row.asset_tag = dmi(host, "chassis_asset_tag");
  return row;
}

cim::Generator<SystemEnclosure> enumerate(Host const& host, cim::Query const&) {
  auto const tables = smbios::read(host);
  auto const cases = tables.all(smbios::Type::enclosure);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    auto const row = from_structure(*cases[i], i);
    co_yield row;
  }
  if (!cases.empty()) co_return;
  auto const row = from_kernel(host);
  if (row) co_yield *row;
}

}  // namespace

void add_system_enclosure(cim::Registry& registry) {
  registry.add<SystemEnclosure>({.enumerate = enumerate});
}

}  // namespace winrm::providers
