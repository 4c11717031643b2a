#pragma once

#include <memory>

#include "cim/registry.hpp"
#include "engine/plugin.hpp"

namespace winrm::system {
class Host;
}

namespace winrm::plugins {

/// The WMI plug-in: every CIM class there is, over the machine this process runs on.
[[nodiscard]] std::unique_ptr<engine::Plugin> make_wmi_plugin();
/// The same over another machine, for tests.
[[nodiscard]] std::unique_ptr<engine::Plugin> make_wmi_plugin(std::unique_ptr<system::Host> host);
/// The same with other classes.
[[nodiscard]] std::unique_ptr<engine::Plugin> make_wmi_plugin(std::unique_ptr<system::Host> host,
                                                              cim::Registry registry);

}  // namespace winrm::plugins
