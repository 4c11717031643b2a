#include "plugins/config/plugin_resource.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/unicode.hpp"
#include "config/table.hpp"
#include "plugins/config/plugin_description.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::config_resource {

namespace {

namespace faults = wsman::faults;
using config::Plugin;
using config::ResourceSecurity;
using unicode::equals_ignoring_case;
using PluginRow = config::Row<Plugin>;

std::string name_in(wsman::SelectorSet const& selectors) {
  auto const name = selectors.value_of("Name");
  if (!name || selectors.size() != 1)
    throw faults::insufficient_selectors("a plug-in is named by the selector Name");
  return std::string(*name);
}

std::optional<PluginDescription> find_plugin(config::Settings const& settings, std::string_view name) {
  for (auto& plugin : plugins_of(settings))
    if (equals_ignoring_case(plugin.settings.name, name)) return std::move(plugin);
  return std::nullopt;
}

[[noreturn]] void throw_not_found(std::string_view name) {
  throw faults::instance_not_found(fmt::format(
      "There is no plug-in named \"{}\": winrm enumerate winrm/config/plugin shows those there are.", name));
}

PluginDescription existing_plugin(config::Settings const& settings, std::string_view name) {
  auto plugin = find_plugin(settings, name);
  if (!plugin) throw_not_found(name);
  return std::move(*plugin);
}

template <class Entry, class Is>
std::optional<std::size_t> own_index(std::vector<Entry> const& entries, Is const& is) {
  if (std::ranges::any_of(entries, [&](Entry const& entry) {
        return entry.source != config::ListenerSource::local && is(entry);
      }))
    throw faults::setting_forced_by_policy("this is set by policy (policy.d); change it there");
  auto const found = std::ranges::find_if(entries, is);
  if (found == entries.end()) return std::nullopt;
  return static_cast<std::size_t>(found - entries.begin());
}

std::optional<std::size_t> index_of_plugin(config::Settings const& settings, std::string_view name) {
  return own_index(settings.plugins,
                   [&](Plugin const& plugin) { return equals_ignoring_case(plugin.name, name); });
}

std::string literal_of(std::string_view name, Plugin const& plugin) {
  auto const rows = config::plugin_rows();
  auto const& row = *std::ranges::find(rows, name, &PluginRow::name);
  auto literal = config::toml_literal(row, config::value_text(row, plugin));
  if (!literal) throw faults::plugin_configuration_corrupted(literal.error().message);
  return std::move(*literal);
}

/// What the file says about a plug-in of others; defaults are left out.
std::vector<config::TomlEntry> entries_of(Plugin const& plugin) {
  std::vector<config::TomlEntry> entries;
  for (auto const& row : config::plugin_rows())
    if (row.name == "Name" || config::value_text(row, plugin) != config::value_text(row, Plugin{}))
      entries.emplace_back(row.name, literal_of(row.name, plugin));
  return entries;
}

std::string toml_text(config::Row<ResourceSecurity> const& row, ResourceSecurity const& entry) {
  return config::toml_literal(row, config::value_text(row, entry)).value();
}

std::vector<config::TomlEntry> entries_of(ResourceSecurity const& entry) {
  std::vector<config::TomlEntry> entries;
  for (auto const& row : config::security_rows())
    if (row.name != "ExactMatch" || entry.exact_match) entries.emplace_back(row.name, toml_text(row, entry));
  return entries;
}

bool is_same(ResourceSecurity const& a, ResourceSecurity const& b) {
  return a.exact_match == b.exact_match && equals_ignoring_case(a.uri, b.uri);
}

bool has(std::vector<ResourceSecurity> const& entries, ResourceSecurity const& entry) {
  return std::ranges::any_of(entries, [&](ResourceSecurity const& other) { return is_same(other, entry); });
}

/// The descriptors that hold now for all resources of a plug-in.
std::vector<ResourceSecurity> security_now(std::vector<PluginResource> const& resources,
                                           config::Settings const& settings) {
  std::vector<ResourceSecurity> entries;
  for (auto const& resource : resources)
    for (auto const& entry : security_of(resource, resources, settings))
      if (!has(entries, entry)) entries.push_back(entry);
  return entries;
}

/// Changes the file's descriptors into those that are wanted. The largest index goes first, so that the
/// others stay right.
void plan_removals(std::vector<std::size_t>& removed, std::vector<ResourceSecurity> const& now,
                   std::vector<ResourceSecurity> const& wanted, config::Settings const& settings) {
  for (auto const& entry : now) {
    if (has(wanted, entry)) continue;
    auto const index =
        own_index(settings.security, [&](ResourceSecurity const& own) { return is_same(own, entry); });
    if (!index)
      throw faults::invalid_security_descriptor(fmt::format(
          "The descriptor of {} belongs to the service: change it instead of taking it out", entry.uri));
    removed.push_back(*index);
  }
  std::ranges::sort(removed, std::greater{});
}

Result<void> write_security(config::FileEditor& editor, std::vector<ResourceSecurity> const& now,
                            std::vector<ResourceSecurity> const& wanted, config::Settings const& settings) {
  std::vector<std::size_t> removed;
  plan_removals(removed, now, wanted, settings);
  for (auto const& entry : wanted) {
    auto const same = [&](ResourceSecurity const& other) { return is_same(other, entry); };
    auto const before = std::ranges::find_if(now, same);
    if (before != now.end() && before->sddl == entry.sddl) continue;
    auto const& sddl =
        *std::ranges::find(config::security_rows(), "Sddl", &config::Row<ResourceSecurity>::name);
    auto const index = own_index(settings.security, same);
    auto done = index ? editor.set_entry(config::security_table, *index, "Sddl", toml_text(sddl, entry))
                      : editor.add_entry(config::security_table, entries_of(entry));
    if (!done) return done;
  }
  for (auto const index : removed)
    if (auto done = editor.remove_entry(config::security_table, index); !done) return done;
  return {};
}

/// Checks what only a plug-in of others has; throws.
void check_foreign(GivenPlugin const& given, config::Settings const& settings) {
  auto const& file = given.plugin.settings.filename;
  if (!file.is_absolute())
    throw faults::plugin_file_path(
        fmt::format("Filename is the absolute path of a library, not \"{}\"", file.string()));
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    throw faults::plugin_file_missing(fmt::format("there is no file {}", file.string()));
  if (given.plugin.resources.empty())
    throw faults::plugin_configuration_corrupted("a plug-in needs Resources with at least one Resource");
  for (auto const& other : plugins_of(settings)) {
    if (equals_ignoring_case(other.settings.name, given.plugin.settings.name)) continue;
    for (auto const& theirs : other.resources)
      for (auto const& ours : given.plugin.resources)
        if (equals_ignoring_case(theirs.uri, ours.uri))
          throw faults::already_exists(fmt::format("The resource {} belongs to the plug-in {} already.",
                                                   ours.uri, other.settings.name));
  }
}

void require_name(GivenPlugin const& given, std::string_view name) {
  if (!equals_ignoring_case(given.plugin.settings.name, name))
    throw faults::cannot_change_keys(
        fmt::format("the selector names the plug-in {} and the input {}", name, given.plugin.settings.name));
}

void put_built_in(Store& store, PluginDescription const& now, GivenPlugin const& given,
                  config::Settings const& settings) {
  constexpr std::string_view configuration = "Configuration";
  bool const enabled = given.plugin.settings.enabled;
  if (!enabled && equals_ignoring_case(now.settings.name, configuration))
    throw faults::read_only_setting("without the plug-in Configuration nothing could be enabled again");
  if (!given.security.empty() && equals_ignoring_case(now.settings.name, configuration))
    throw faults::resource_without_descriptor(
        "winrm/config has no descriptor of its own: RootSDDL rules it (winrm configSDDL default)");
  auto const index = index_of_plugin(settings, now.settings.name);
  store.change([&](config::FileEditor& editor) -> Result<void> {
    if (enabled != now.settings.enabled) {
      auto const literal = enabled ? "true" : "false";
      auto done = index ? editor.set_entry(config::plugin_table, *index, "Enabled", literal)
                        : editor.add_entry(config::plugin_table, {{"Name", literal_of("Name", now.settings)},
                                                                  {"Enabled", literal}});
      if (!done) return done;
    }
    if (!given.names_resources) return {};
    return write_security(editor, security_now(now.resources, settings), given.security, settings);
  });
}

void put_foreign(Store& store, PluginDescription const& now, GivenPlugin const& given,
                 config::Settings const& settings) {
  check_foreign(given, settings);
  auto wanted = given.plugin.settings;
  wanted.name = now.settings.name;
  wanted.resources = resources_xml(given.plugin.resources);
  auto const index = index_of_plugin(settings, now.settings.name);
  if (!index) throw_not_found(now.settings.name);
  store.change([&](config::FileEditor& editor) -> Result<void> {
    if (auto done = editor.remove_entry(config::plugin_table, *index); !done) return done;
    if (auto done = editor.add_entry(config::plugin_table, entries_of(wanted)); !done) return done;
    if (!given.names_resources) return {};
    return write_security(editor, security_now(now.resources, settings), given.security, settings);
  });
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

std::vector<std::string> plugin_documents(config::Settings const& settings) {
  std::vector<std::string> documents;
  for (auto const& plugin : plugins_of(settings)) documents.push_back(plugin_xml(plugin, settings));
  return documents;
}

std::string plugin_document(config::Settings const& settings, wsman::SelectorSet const& selectors) {
  return plugin_xml(existing_plugin(settings, name_in(selectors)), settings);
}

wsman::EndpointReference plugin_reference(wsman::SelectorSet const& selectors) {
  wsman::EndpointReference reference;
  reference.address = wsman::anonymous_address;
  reference.resource_uri = plugin_uri();
  reference.selectors = selectors;
  return reference;
}

std::vector<std::string> resource_documents(config::Settings const& settings) {
  std::vector<std::string> documents;
  for (auto const& plugin : plugins_of(settings)) {
    if (!plugin.settings.enabled) continue;
    for (auto const& resource : plugin.resources) {
      xml::Writer writer(documents.emplace_back());
      writer.open("cfg:Resource").declare("cfg", resource_uri());
      writer.element("cfg:ResourceUri", resource.uri).element("cfg:Plugin", plugin.settings.name).close();
    }
  }
  return documents;
}

void create_plugin(Store& store, wsman::SelectorSet const& selectors, xml::Element body) {
  auto const name = name_in(selectors);
  auto const settings = store.settings();
  if (find_plugin(settings, name))
    throw faults::already_exists(fmt::format("A plug-in {} exists already; change it with set.", name));
  auto given = read_plugin(body, {});
  require_name(given, name);
  check_foreign(given, settings);
  given.plugin.settings.resources = resources_xml(given.plugin.resources);
  store.change([&](config::FileEditor& editor) -> Result<void> {
    if (auto done = editor.add_entry(config::plugin_table, entries_of(given.plugin.settings)); !done)
      return done;
    return write_security(editor, {}, given.security, settings);
  });
}

void put_plugin(Store& store, wsman::SelectorSet const& selectors, xml::Element body) {
  auto const name = name_in(selectors);
  auto const settings = store.settings();
  auto const now = existing_plugin(settings, name);
  auto const given = read_plugin(body, now);
  require_name(given, name);
  if (now.built_in)
    put_built_in(store, now, given, settings);
  else
    put_foreign(store, now, given, settings);
}

void remove_plugin(Store& store, wsman::SelectorSet const& selectors) {
  auto const name = name_in(selectors);
  auto const settings = store.settings();
  auto const now = existing_plugin(settings, name);
  if (now.built_in)
    throw faults::read_only_setting(
        fmt::format("the plug-in {} is part of the service: set its Enabled to false", now.settings.name));
  auto const index = index_of_plugin(settings, name);
  store.change([&](config::FileEditor& editor) -> Result<void> {
    if (auto done = editor.remove_entry(config::plugin_table, index.value()); !done) return done;
    return write_security(editor, security_now(now.resources, settings), {}, settings);
  });
}

void restore_plugins(Store& store) {
  store.change([](config::FileEditor& editor) -> Result<void> {
    for (auto const list : {config::plugin_table, config::security_table})
      for (auto before = std::string(); before != editor.text();) {
        before = editor.text();
        if (auto done = editor.remove_entry(list, 0); !done) return done;
      }
    return {};
  });
}

}  // namespace winrm::plugins::config_resource
