#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "xml/document.hpp"
#include "xml/writer.hpp"

/// PlugInConfiguration as XML (windows-surface 4.5).
namespace winrm::plugins::config_resource {

inline constexpr std::string_view plugin_namespace =
    "http://schemas.microsoft.com/wbem/wsman/1/config/PluginConfiguration";

struct Capability {
  std::string type;
  bool fragment = false;
  bool filtering = false;
};

struct PluginResource {
  std::string uri;
  std::vector<Capability> capabilities;
  bool supports_options = false;
  bool exact_match = false;
};

/// A plug-in: what its resources are, and what is said about it.
struct PluginDescription {
  config::Plugin settings;
  std::vector<PluginResource> resources;
  bool built_in = false;
};

/// The service's own, in order of their names, as the settings have them; then those of others.
[[nodiscard]] std::vector<PluginDescription> plugins_of(config::Settings const& settings);

/// The descriptors of a resource and what lies below it. One that a deeper resource of the same plug-in
/// (`resources`) is about belongs to that.
[[nodiscard]] std::vector<config::ResourceSecurity> security_of(PluginResource const& resource,
                                                                std::vector<PluginResource> const& resources,
                                                                config::Settings const& settings);

/// The whole element; no secret is in it.
[[nodiscard]] std::string plugin_xml(PluginDescription const& plugin, config::Settings const& settings);

/// What a PlugInConfiguration element says about `now`; attributes and elements that it does not have stay.
/// Throws wsman::Fault (PLUGIN_CONFIGURATION_CORRUPTED and others).
struct GivenPlugin {
  PluginDescription plugin;
  bool names_resources = false;
  std::vector<config::ResourceSecurity> security;
};
[[nodiscard]] GivenPlugin read_plugin(xml::Element element, PluginDescription const& now);

/// Resources as they are kept in the configuration file.
[[nodiscard]] std::string resources_xml(std::vector<PluginResource> const& resources);

}  // namespace winrm::plugins::config_resource
