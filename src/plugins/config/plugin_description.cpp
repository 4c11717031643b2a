#include "plugins/config/plugin_description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "auth/access_rules.hpp"
#include "base/security_descriptor.hpp"
#include "base/unicode.hpp"
#include "config/table.hpp"
#include "wsman/actions.hpp"
#include "wsman/eventing_uris.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::config_resource {

namespace {

namespace faults = wsman::faults;
using unicode::equals_ignoring_case;
using PluginRow = config::Row<config::Plugin>;

std::vector<Capability> const& cim_capabilities() {
  static std::vector<Capability> const all{{"Get", true, false}, {"Put", true, false},
                                           {"Invoke"},           {"Create"},
                                           {"Delete"},           {"Enumerate", false, true}};
  return all;
}

PluginDescription built_in(std::string name, std::vector<PluginResource> resources) {
  PluginDescription plugin;
  plugin.settings.name = std::move(name);
  plugin.settings.filename = "winrmd";
  plugin.resources = std::move(resources);
  plugin.built_in = true;
  return plugin;
}

/// In order of their names.
std::vector<PluginDescription> shipped_plugins() {
  constexpr std::string_view cim_schemas = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema";
  constexpr std::string_view wmi = "http://schemas.microsoft.com/wbem/wsman/1/wmi";
  std::vector<Capability> const all{{"Get"}, {"Put"}, {"Invoke"}, {"Create"}, {"Delete"}, {"Enumerate"}};
  std::vector<PluginDescription> plugins;
  plugins.push_back(built_in("Configuration", {{std::string(wsman::resource::config), all}}));
  plugins.push_back(built_in("Event Forwarding Plugin",
                             {{std::string(wsman::resource::event_log), {{"Subscribe", false, true}}}}));
  plugins.push_back(
      built_in("Shell cmd", {{std::string(wsman::resource::shell), {{"Get"}, {"Delete"}, {"Enumerate"}}},
                             {std::string(wsman::resource::cmd_shell), {{"Shell"}}, true, false}}));
  plugins.push_back(
      built_in("WMI Provider", {{std::string(wmi), cim_capabilities(), true, false},
                                {std::string(cim_schemas), cim_capabilities(), true, false},
                                {std::string(wsman::resource::cim_all), cim_capabilities(), true, false}}));
  return plugins;
}

/// Attributes that are shown, in the order of the schema.
constexpr std::array<std::string_view, 9> shown{"Name",
                                                "Filename",
                                                "SDKVersion",
                                                "XmlRenderingType",
                                                "Enabled",
                                                "UseSharedProcess",
                                                "AutoRestart",
                                                "OutputBufferingMode",
                                                "ProcessIdleTimeoutSec"};

PluginRow const* row_named(std::string_view name) {
  auto const rows = config::plugin_rows();
  auto const found = std::ranges::find(rows, name, &PluginRow::name);
  return found == rows.end() ? nullptr : &*found;
}

void write_resource(xml::Writer& writer, PluginResource const& resource,
                    std::vector<config::ResourceSecurity> const& security) {
  writer.open("Resource").attribute("ResourceUri", resource.uri);
  if (resource.supports_options) writer.attribute("SupportsOptions", "true");
  if (resource.exact_match) writer.attribute("ExactMatch", "true");
  for (auto const& entry : security) {
    writer.open("Security").attribute("Uri", entry.uri).attribute("Sddl", entry.sddl);
    writer.attribute("ExactMatch", entry.exact_match ? "true" : "false");
    if (entry.source == config::ListenerSource::policy) writer.attribute("Source", "GPO");
    writer.close();
  }
  for (auto const& capability : resource.capabilities) {
    writer.open("Capability").attribute("Type", capability.type);
    if (capability.fragment) writer.attribute("SupportsFragment", "true");
    if (capability.filtering) writer.attribute("SupportsFiltering", "true");
    writer.close();
  }
  writer.close();
}

bool is_true(xml::Element element, std::string_view attribute) {
  return equals_ignoring_case(element.attribute("", attribute).value_or("false"), "true");
}

std::string needed(xml::Element element, std::string_view attribute) {
  auto value = element.attribute("", attribute);
  if (!value || value->empty())
    throw faults::plugin_configuration_corrupted(
        fmt::format("{} needs the attribute {}", element.local_name(), attribute));
  return std::move(*value);
}

config::ResourceSecurity read_security(xml::Element element, PluginResource const& resource) {
  config::ResourceSecurity entry{
      needed(element, "Uri"), needed(element, "Sddl"), is_true(element, "ExactMatch"), {}};
  if (!auth::is_at_or_below(entry.uri, resource.uri))
    throw faults::security_outside_resource(
        fmt::format("the security descriptor's URI {} does not lie below {}", entry.uri, resource.uri));
  auto const descriptor = security::Descriptor::parse(entry.sddl);
  if (!descriptor) throw faults::invalid_security_descriptor(descriptor.error().message);
  if (!descriptor->access_list())
    throw faults::invalid_security_descriptor(
        "The security descriptor has no list D: and would let nobody in: write whom it lets in, as in "
        "D:P(A;;GA;;;BA)");
  return entry;
}

Capability read_capability(xml::Element element) {
  constexpr std::array<std::string_view, 8> types{"Get",    "Put",       "Create",    "Delete",
                                                  "Invoke", "Enumerate", "Subscribe", "Shell"};
  Capability capability{needed(element, "Type"), is_true(element, "SupportsFragment"),
                        is_true(element, "SupportsFiltering")};
  if (std::ranges::find(types, capability.type) == types.end())
    throw faults::plugin_configuration_corrupted(
        fmt::format("\"{}\" is no Type of a Capability: {} are", capability.type,
                    "Get, Put, Create, Delete, Invoke, Enumerate, Subscribe and Shell"));
  return capability;
}

PluginResource read_resource(xml::Element element, std::vector<config::ResourceSecurity>& security) {
  PluginResource resource;
  resource.uri = needed(element, "ResourceUri");
  resource.supports_options = is_true(element, "SupportsOptions");
  resource.exact_match = is_true(element, "ExactMatch");
  for (auto const child : element.children()) {
    if (child.local_name() == "Security") security.push_back(read_security(child, resource));
    if (child.local_name() == "Capability") resource.capabilities.push_back(read_capability(child));
  }
  if (resource.capabilities.empty())
    throw faults::plugin_configuration_corrupted(
        fmt::format("the resource {} needs a Capability", resource.uri));
  return resource;
}

void read_attribute(config::Plugin& plugin, std::string_view name, std::string const& value) {
  auto const* row = row_named(name);
  if (row == nullptr) return;
  if (auto const literal = config::toml_literal(*row, value); !literal)
    throw faults::plugin_configuration_corrupted(literal.error().message);
  if (name == "Name") plugin.name = value;
  if (name == "Filename") plugin.filename = value;
  if (name == "XmlRenderingType") plugin.xml_rendering_type = value;
  if (name == "OutputBufferingMode") plugin.output_buffering_mode = value;
  if (name == "SDKVersion") plugin.sdk_version = static_cast<std::uint32_t>(std::stoul(value));
  if (name == "ProcessIdleTimeoutSec")
    plugin.process_idle_timeout_sec = static_cast<std::uint32_t>(std::stoul(value));
  if (name == "Enabled") plugin.enabled = equals_ignoring_case(value, "true");
  if (name == "UseSharedProcess") plugin.use_shared_process = equals_ignoring_case(value, "true");
  if (name == "AutoRestart") plugin.auto_restart = equals_ignoring_case(value, "true");
}

std::vector<PluginResource> kept_resources(std::string const& text) {
  std::vector<PluginResource> resources;
  std::vector<config::ResourceSecurity> none;
  auto const document = xml::Document::parse(text);
  if (!document) return resources;
  for (auto const child : document->root().children()) resources.push_back(read_resource(child, none));
  return resources;
}

}  // namespace

std::vector<PluginDescription> plugins_of(config::Settings const& settings) {
  auto plugins = shipped_plugins();
  for (auto const& entry : settings.plugins) {
    auto const known = std::ranges::find_if(plugins, [&](PluginDescription const& plugin) {
      return equals_ignoring_case(plugin.settings.name, entry.name);
    });
    if (known == plugins.end()) {
      plugins.push_back({entry, kept_resources(entry.resources), false});
    } else if (known->built_in) {
      known->settings.enabled = entry.enabled;
      known->settings.source = entry.source;
    } else {
      known->settings = entry;
    }
  }
  return plugins;
}

std::vector<config::ResourceSecurity> security_of(PluginResource const& resource,
                                                  std::vector<PluginResource> const& resources,
                                                  config::Settings const& settings) {
  std::vector<config::ResourceSecurity> entries;
  auto all = auth::shipped_security();
  all.insert(all.end(), settings.security.begin(), settings.security.end());
  for (auto const& entry : all) {
    if (!auth::is_at_or_below(entry.uri, resource.uri)) continue;
    bool const belongs_deeper = std::ranges::any_of(resources, [&](PluginResource const& other) {
      return other.uri.size() > resource.uri.size() && auth::is_at_or_below(entry.uri, other.uri);
    });
    if (belongs_deeper) continue;
    std::erase_if(entries, [&](config::ResourceSecurity const& other) {
      return other.exact_match == entry.exact_match && equals_ignoring_case(other.uri, entry.uri);
    });
    entries.push_back(entry);
  }
  return entries;
}

std::string plugin_xml(PluginDescription const& plugin, config::Settings const& settings) {
  std::string out;
  xml::Writer writer(out);
  writer.open("PlugInConfiguration").attribute("xmlns", plugin_namespace);
  for (auto const name : shown) writer.attribute(name, config::value_text(*row_named(name), plugin.settings));
  if (plugin.settings.source == config::ListenerSource::policy) writer.attribute("Source", "GPO");
  if (!plugin.settings.initialization_parameters.empty())
    writer.raw(plugin.settings.initialization_parameters);
  writer.open("Resources");
  for (auto const& resource : plugin.resources)
    write_resource(writer, resource, security_of(resource, plugin.resources, settings));
  writer.close().close();
  return out;
}

std::string resources_xml(std::vector<PluginResource> const& resources) {
  std::string out;
  xml::Writer writer(out);
  writer.open("Resources").attribute("xmlns", plugin_namespace);
  for (auto const& resource : resources) write_resource(writer, resource, {});
  writer.close();
  return out;
}

GivenPlugin read_plugin(xml::Element element, PluginDescription const& now) {
  if (!element || !equals_ignoring_case(element.local_name(), "PlugInConfiguration"))
    throw faults::plugin_configuration_corrupted("the input is an element PlugInConfiguration");
  GivenPlugin given;
  given.plugin = now;
  for (auto const name : {"RunAsUser", "RunAsPassword"})
    if (!element.attribute("", name).value_or("").empty())
      throw faults::unsupported_feature(
          fmt::format("{} is not supported: operations run as the account that logged on", name));
  needed(element, "Name");
  for (auto const& row : config::plugin_rows())
    if (auto const value = element.attribute("", row.name))
      read_attribute(given.plugin.settings, row.name, *value);
  for (auto const child : element.children()) {
    if (child.local_name() == "InitializationParameters")
      given.plugin.settings.initialization_parameters = child.serialize();
    if (child.local_name() != "Resources") continue;
    given.names_resources = true;
    given.plugin.resources.clear();
    for (auto const resource : child.children())
      given.plugin.resources.push_back(read_resource(resource, given.security));
  }
  return given;
}

}  // namespace winrm::plugins::config_resource
