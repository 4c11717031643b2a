#include "plugins/config/plugin_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/unicode.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"
#include "xml/writer.hpp"

namespace winrm::plugins::config_resource {
namespace {

constexpr std::string_view plugin_namespace =
    "http://schemas.microsoft.com/wbem/wsman/1/config/PluginConfiguration";
constexpr std::string_view cim_schemas = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema";

struct Capability {
  std::string_view type;
  bool fragment = false;
  bool filtering = false;
};
struct ResourceRow {
  std::string_view uri;
  std::span<Capability const> capabilities;
  bool supports_options = false;
};
struct PluginRow {
  std::string_view name;
  std::span<ResourceRow const> resources;
};

constexpr auto cim_capabilities = std::to_array<Capability>({{"Get", true, false},
                                                             {"Put", true, false},
                                                             {"Invoke"},
                                                             {"Create"},
                                                             {"Delete"},
                                                             {"Enumerate", false, true}});
constexpr auto shell_capabilities = std::to_array<Capability>({{"Shell"}});
constexpr auto config_capabilities =
    std::to_array<Capability>({{"Get"}, {"Put"}, {"Invoke"}, {"Create"}, {"Delete"}, {"Enumerate"}});

constexpr auto wmi_resources = std::to_array<ResourceRow>({
    {"http://schemas.microsoft.com/wbem/wsman/1/wmi", cim_capabilities, true},
    {cim_schemas, cim_capabilities, true},
    {wsman::resource::cim_all, cim_capabilities, true},
});
constexpr auto shell_resources =
    std::to_array<ResourceRow>({{wsman::resource::cmd_shell, shell_capabilities, true}});
constexpr auto config_resources =
    std::to_array<ResourceRow>({{wsman::resource::config, config_capabilities, false}});

/// In order of their names.
constexpr auto plugins = std::to_array<PluginRow>({
    {"Configuration", config_resources},
    {"Shell cmd", shell_resources},
    {"WMI Provider", wmi_resources},
});

void write_resource(xml::Writer& writer, ResourceRow const& resource) {
  writer.open("Resource").attribute("ResourceUri", resource.uri);
  if (resource.supports_options) writer.attribute("SupportsOptions", "true");
  for (auto const& capability : resource.capabilities) {
    writer.open("Capability").attribute("Type", capability.type);
    if (capability.fragment) writer.attribute("SupportsFragment", "true");
    if (capability.filtering) writer.attribute("SupportsFiltering", "true");
    writer.close();
  }
  writer.close();
}

std::string document_of(PluginRow const& plugin) {
  std::string out;
  xml::Writer writer(out);
  writer.open("PlugInConfiguration").attribute("xmlns", plugin_namespace);
  writer.attribute("Name", plugin.name).attribute("Filename", "winrmd").attribute("SDKVersion", "2");
  writer.attribute("XmlRenderingType", "text").attribute("Enabled", "true");
  writer.open("Resources");
  for (auto const& resource : plugin.resources) write_resource(writer, resource);
  writer.close().close();
  return out;
}

}  // namespace

std::string const& plugin_uri() {
  static std::string const uri = std::string(wsman::resource::config) + "/plugin";
  return uri;
}

std::string const& resource_uri() {
  static std::string const uri = std::string(wsman::resource::config) + "/resource";
  return uri;
}

std::vector<std::string> plugin_documents() {
  std::vector<std::string> documents;
  for (auto const& plugin : plugins) documents.push_back(document_of(plugin));
  return documents;
}

std::string plugin_document(wsman::SelectorSet const& selectors) {
  auto const name = selectors.value_of("Name");
  if (!name || selectors.size() != 1)
    throw wsman::faults::insufficient_selectors("a plug-in is named by the selector Name");
  auto const found = std::ranges::find_if(
      plugins, [&](PluginRow const& row) { return unicode::equals_ignoring_case(row.name, *name); });
  if (found == plugins.end()) throw wsman::faults::resource_not_found(plugin_uri());
  return document_of(*found);
}

std::vector<std::string> resource_documents() {
  std::vector<std::string> documents;
  for (auto const& plugin : plugins)
    for (auto const& resource : plugin.resources) {
      xml::Writer writer(documents.emplace_back());
      writer.open("cfg:Resource").declare("cfg", resource_uri());
      writer.element("cfg:ResourceUri", resource.uri).element("cfg:Plugin", plugin.name).close();
    }
  return documents;
}

}  // namespace winrm::plugins::config_resource
