#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "cim/registry.hpp"
#include "plugins/wmi/resource.hpp"
#include "wsman/request.hpp"

namespace winrm::plugins::wmi {

/// What every operation works on; host and registry outlive it.
struct Context {
  system::Host const& host;
  cim::Registry const& registry;
  std::shared_ptr<cim::NamedValues const> options;  ///< wsman:Options of the request, for providers
};

/// Which properties of a class a lookup has to compute.
using Wanted = std::function<cim::PropertySet(cim::Class const& cls)>;
using VisitInstance = std::function<void(cim::Class const& cls, void const* row)>;

/// Finds the instance that resource URI and selectors name, of the class itself or of one below it
/// (CIM_Process finds a Win32_Process), and calls `visit` with its class and row. Throws wsman::Fault when
/// the selectors do not fit or there is no such instance.
void visit_instance(Context const& context, wsman::Request const& request, Wanted const& wanted,
                    VisitInstance const& visit);

/// The same with URI and selectors already read.
void visit_instance(Context const& context, cim::Class const& asked,
                    std::vector<cim::Reference::Key> const& keys, Wanted const& wanted,
                    VisitInstance const& visit);
/// The same; false when there is no such instance.
[[nodiscard]] bool find_instance(Context const& context, cim::Class const& asked,
                                 std::vector<cim::Reference::Key> const& keys, Wanted const& wanted,
                                 VisitInstance const& visit);

}  // namespace winrm::plugins::wmi
