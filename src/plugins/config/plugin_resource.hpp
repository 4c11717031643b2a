#pragma once

#include <string>
#include <vector>

#include "plugins/config/store.hpp"
#include "wsman/request.hpp"
#include "xml/writer.hpp"

/// winrm/config/plugin and winrm/config/resource: the plug-ins of this service, those of others that are
/// registered, and the security descriptors of their resources (windows-surface 4.5).
namespace winrm::plugins::config_resource {

[[nodiscard]] std::string const& plugin_uri();
[[nodiscard]] std::string const& resource_uri();

/// One PlugInConfiguration element each: the service's own in order of their names, then the others.
[[nodiscard]] std::vector<std::string> plugin_documents(config::Settings const& settings);
/// The one that the selector Name names. Throws wsman::Fault.
[[nodiscard]] std::string plugin_document(config::Settings const& settings,
                                          wsman::SelectorSet const& selectors);
/// Its a:EndpointReference.
[[nodiscard]] wsman::EndpointReference plugin_reference(wsman::SelectorSet const& selectors);

/// One Resource element for each resource URI.
[[nodiscard]] std::vector<std::string> resource_documents(config::Settings const& settings);

/// Each throws wsman::Fault. Of the service's own plug-ins, Enabled and the security descriptors can be
/// changed, of others everything but the name.
void create_plugin(Store& store, wsman::SelectorSet const& selectors, xml::Element body);
void put_plugin(Store& store, wsman::SelectorSet const& selectors, xml::Element body);
void remove_plugin(Store& store, wsman::SelectorSet const& selectors);
/// Every plug-in and descriptor as it was shipped; those of others go.
void restore_plugins(Store& store);

}  // namespace winrm::plugins::config_resource
