#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wsman/selectors.hpp"

/// winrm/config/plugin and winrm/config/resource: what this service has plug-ins for (windows-surface 4.5).
namespace winrm::plugins::config_resource {

[[nodiscard]] std::string const& plugin_uri();
[[nodiscard]] std::string const& resource_uri();

/// One PlugInConfiguration element each, in order of their names.
[[nodiscard]] std::vector<std::string> plugin_documents();
/// The one that the selector Name names. Throws wsman::Fault.
[[nodiscard]] std::string plugin_document(wsman::SelectorSet const& selectors);

/// One Resource element for each resource URI.
[[nodiscard]] std::vector<std::string> resource_documents();

}  // namespace winrm::plugins::config_resource
