#include "cim/schema.hpp"
#include "providers/common/references.hpp"
#include "providers/network/classes.hpp"
#include "system/host.hpp"
#include "system/network.hpp"

namespace winrm::providers {

namespace {

struct AdapterSetting {
  cim::Reference element;
  cim::Reference setting;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::AdapterSetting> = [] {
  using S = winrm::providers::AdapterSetting;
  return describe(
      ClassName("root/cimv2", "Win32_NetworkAdapterSetting", "Win32_DeviceSettings").association(),
      key<&S::element>("Element").refers_to("Win32_NetworkAdapter"),
      key<&S::setting>("Setting").refers_to("Win32_NetworkAdapterConfiguration"));
}();
// clang-format on

namespace winrm::providers {

namespace {

cim::Generator<AdapterSetting> enumerate(system::Host const& host, cim::Query const& /*query*/) {
  for (auto const& link : host.network().links()) {
    auto const index = std::to_string(link.index);
    AdapterSetting row;
    row.element = reference_to("Win32_NetworkAdapter", "DeviceID", index);
    row.setting = reference_to("Win32_NetworkAdapterConfiguration", "Index", index);
    co_yield row;
  }
}

}  // namespace

void add_adapter_setting(cim::Registry& registry) { registry.add<AdapterSetting>({.enumerate = enumerate}); }

}  // namespace winrm::providers
