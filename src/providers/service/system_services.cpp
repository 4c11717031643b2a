#include "providers/common/references.hpp"
#include "providers/service/classes.hpp"
#include "system/services.hpp"

namespace winrm::providers {

namespace {

struct SystemService {
  cim::Reference computer;
  cim::Reference service;
};

}  // namespace

}  // namespace winrm::providers

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::SystemService> = [] {
  using S = winrm::providers::SystemService;
  return describe(ClassName("root/cimv2", "Win32_SystemServices", "CIM_SystemComponent").association(),
                  key<&S::computer>("GroupComponent").refers_to("Win32_ComputerSystem"),
                  key<&S::service>("PartComponent").refers_to("Win32_Service"));
}();

namespace winrm::providers {

namespace {

cim::Generator<SystemService> enumerate(system::Host const& host, cim::Query const& query) {
  SystemService row;
  row.computer = this_computer(host);
  auto const asked = query.refers<&SystemService::service>();
  for (auto& service : host.services().list()) {
    if (!may_be_asked(asked, "Name", service.name)) continue;
    row.service = reference_to("Win32_Service", "Name", std::move(service.name));
    co_yield row;
  }
}

}  // namespace

void add_system_services(cim::Registry& registry) { registry.add<SystemService>({.enumerate = enumerate}); }

}  // namespace winrm::providers
