#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"

namespace winrm::providers {

namespace {

struct ComputerSystemProduct {
  std::string serial_number;
  std::string name;
  std::string version;
  std::optional<std::string> vendor;
  std::optional<std::string> uuid;
  std::optional<std::string> sku;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::ComputerSystemProduct> = [] {
  using P = winrm::providers::ComputerSystemProduct;
  using std::string_view;
  return describe(
      ClassName("root/cimv2", "Win32_ComputerSystemProduct", "CIM_Product")
          .described("The machine as its maker sells it, from the firmware. None where there is no such firmware."),
      key<&P::serial_number>("IdentifyingNumber")
          .described("The serial number; empty when the account may not read it (only root may)."),
      key<&P::name>("Name"),
      key<&P::version>("Version"),
      constant<string_view>("Caption", "Computer System Product"),
      constant<string_view>("Description", "Computer System Product"),
      prop<&P::sku>("SKUNumber"),
      prop<&P::uuid>("UUID"),
      prop<&P::vendor>("Vendor"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::dmi;
using system::Host;

cim::Generator<ComputerSystemProduct> enumerate(Host const& host, cim::Query const& query) {
  using P = ComputerSystemProduct;
  auto name = dmi(host, "product_name");
  auto vendor = dmi(host, "sys_vendor");
  if (!name && !vendor) co_return;
  ComputerSystemProduct row;
  row.name = std::move(name).value_or("");
  row.vendor = std::move(vendor);
  row.version = dmi(host, "product_version").value_or("");
  row.serial_number = dmi(host, "product_serial").value_or("");
  if (query.wants<&P::uuid>()) row.uuid = dmi(host, "product_uuid");
  if (query.wants<&P::sku>()) row.sku = dmi(host, "product_sku");
  co_yield row;
}

}  // namespace

void add_computer_system_product(cim::Registry& registry) {
  registry.add<ComputerSystemProduct>({.enumerate = enumerate});
}

}  // namespace winrm::providers
