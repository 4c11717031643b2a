#include "providers/common/references.hpp"
#include "providers/process/classes.hpp"
#include "system/proc.hpp"

namespace winrm::providers {

namespace {

struct SystemProcess {
  cim::Reference computer;
  cim::Reference process;
};

}  // namespace

}  // namespace winrm::providers

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::SystemProcess> = [] {
  using S = winrm::providers::SystemProcess;
  return describe(ClassName("root/cimv2", "Win32_SystemProcesses", "CIM_SystemComponent").association(),
                  key<&S::computer>("GroupComponent").refers_to("Win32_ComputerSystem"),
                  key<&S::process>("PartComponent").refers_to("Win32_Process"));
}();

namespace winrm::providers {

namespace {

cim::Generator<SystemProcess> enumerate(system::Host const& host, cim::Query const& query) {
  SystemProcess row;
  row.computer = this_computer(host);
  auto const asked = query.refers<&SystemProcess::process>();
  for (auto const pid : system::proc::pids(host)) {
    auto handle = std::to_string(pid);
    if (!may_be_asked(asked, "Handle", handle)) continue;
    row.process = reference_to("Win32_Process", "Handle", std::move(handle));
    co_yield row;
  }
}

}  // namespace

void add_system_processes(cim::Registry& registry) { registry.add<SystemProcess>({.enumerate = enumerate}); }

}  // namespace winrm::providers
