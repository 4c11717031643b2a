#include "plugins/config/settings_resource.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/unicode.hpp"
#include "config/table.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::config_resource {
namespace {

namespace faults = wsman::faults;
using SettingRow = config::Row<config::Settings>;

/// Tables of the file that belong to the resource; Daemon is ours alone.
constexpr std::array<std::string_view, 8> tables{
    "",        "Client",       "Client.Auth",          "Client.DefaultPorts",
    "Service", "Service.Auth", "Service.DefaultPorts", "Winrs"};

bool is_below(std::string_view table, std::string_view parent) {
  return parent.empty() || table == parent || (table.starts_with(parent) && table[parent.size()] == '.');
}

std::string_view last_part(std::string_view table) {
  auto const dot = table.rfind('.');
  return dot == std::string_view::npos ? table : table.substr(dot + 1);
}

bool is_setting_of_resource(SettingRow const& row) {
  return std::ranges::find(tables, row.table) != tables.end();
}

/// "service/auth" of ".../config/service/auth".
std::string path_of(std::string_view table) {
  auto path = unicode::to_lower_ascii(table);
  std::ranges::replace(path, '.', '/');
  return path;
}

std::string namespace_of(std::string_view table) {
  auto ns = std::string(wsman::resource::config);
  if (!table.empty()) ns.append("/").append(path_of(table));
  return ns;
}

/// Writes rows in order and opens and closes the elements of their tables around them.
class TreeWriter {
 public:
  TreeWriter(xml::Writer& body, std::string_view root) : body_(body), root_(root) {}

  void write(SettingRow const& row, config::Settings const& settings) {
    enter(row.table);
    auto const& name = keep("cfg:" + std::string(row.name));
    body_.open(name);
    if (settings.policy_forced.contains(config::dotted(row.table, row.name)))
      body_.attribute("Source", "GPO");
    body_.text(config::value_text(row, settings)).close();
  }
  void finish() { enter(root_); }

 private:
  void enter(std::string_view table) {
    while (!is_below(table, current_)) leave();
    while (current_ != table) {
      auto const start = current_.empty() ? 0 : current_.size() + 1;
      auto const next = table.substr(0, std::min(table.find('.', start), table.size()));
      body_.open(keep("cfg:" + std::string(last_part(next))));
      current_ = next;
    }
  }
  void leave() {
    body_.close();
    auto const dot = current_.rfind('.');
    current_ = dot == std::string_view::npos ? std::string_view{} : current_.substr(0, dot);
  }
  /// Names must live until their element is closed.
  std::string const& keep(std::string name) {
    names_.push_back(std::make_unique<std::string>(std::move(name)));
    return *names_.back();
  }

  xml::Writer& body_;
  std::string_view root_;
  std::string_view current_ = root_;
  std::vector<std::unique_ptr<std::string>> names_;
};

/// One value of a Put.
struct Given {
  SettingRow const* row;
  std::string text;
};

SettingRow const& row_named(std::string_view table, std::string_view name) {
  auto const rows = config::setting_rows();
  auto const found = std::ranges::find_if(
      rows, [&](SettingRow const& row) { return row.table == table && row.name == name; });
  if (found == rows.end() || !is_setting_of_resource(*found))
    throw faults::schema_validation(fmt::format("{} has no setting {}", namespace_of(table), name));
  return *found;
}

void collect(std::vector<Given>& given, xml::Element element, std::string const& table) {
  for (auto const child : element.children()) {
    auto const below = config::dotted(table, child.local_name());
    if (std::ranges::find(tables, below) != tables.end())
      collect(given, child, below);
    else
      given.push_back({&row_named(table, child.local_name()), child.trimmed_text()});
  }
}

/// True and false are written in any case.
bool is_same_value(std::string_view text, std::string_view now) {
  bool const is_flag = now == "true" || now == "false";
  return text == now || (is_flag && unicode::equals_ignoring_case(text, now));
}

/// Throws unless the setting may get this value; gives the value as TOML.
std::string checked_literal(Given const& given, config::Settings const& now) {
  auto const& row = *given.row;
  auto const name = config::dotted(row.table, row.name);
  if (now.policy_forced.contains(name))
    throw faults::setting_forced_by_policy(
        fmt::format("{} is set by policy (policy.d); change it there", name));
  if (auto const* ignored = std::get_if<config::Ignored>(&row.rule))
    throw faults::deprecated_setting(fmt::format("{} cannot be changed: {}", name, ignored->reason));
  if (auto const* fixed = std::get_if<config::ReadOnly>(&row.rule))
    throw faults::read_only_setting(fmt::format("{} cannot be changed: {}", name, fixed->reason));
  if (name == "Service.AllowRemoteAccess")
    throw faults::read_only_setting(name + " is changed in the configuration file only");
  auto literal = config::toml_literal(row, given.text);
  if (literal) return std::move(*literal);
  if (row.name == "IPv4Filter" || row.name == "IPv6Filter")
    throw faults::invalid_address_filter(literal.error().message);
  if (row.name == "TrustedHosts") throw faults::invalid_trusted_hosts(literal.error().message);
  if (row.name == "RootSDDL") throw faults::invalid_security_descriptor(literal.error().message);
  if (row.name == "CbtHardeningLevel") throw faults::invalid_cbt_level(literal.error().message);
  throw faults::schema_validation(literal.error().message);
}

}  // namespace

std::optional<std::string_view> settings_table_of(std::string_view resource_uri) {
  for (auto const table : tables)
    if (unicode::equals_ignoring_case(resource_uri, namespace_of(table))) return table;
  return std::nullopt;
}

void write_settings(xml::Writer& body, config::Settings const& settings, std::string_view table) {
  auto const root = "cfg:" + std::string(table.empty() ? "Config" : last_part(table));
  body.open(root).declare("cfg", namespace_of(table));
  TreeWriter tree(body, table);
  for (auto const& row : config::setting_rows())
    if (is_setting_of_resource(row) && is_below(row.table, table)) tree.write(row, settings);
  tree.finish();
  body.close();
}

void put_settings(Store& store, std::string_view table, xml::Element body) {
  auto const root = table.empty() ? std::string_view("Config") : last_part(table);
  if (!unicode::equals_ignoring_case(body.local_name(), root))
    throw faults::schema_validation(
        fmt::format("the input begins with {} and should begin with {}", body.local_name(), root));
  std::vector<Given> given;
  collect(given, body, std::string(table));
  auto const now = store.settings();
  std::vector<std::pair<SettingRow const*, std::string>> changes;
  for (auto const& value : given)
    if (!is_same_value(value.text, config::value_text(*value.row, now)))
      changes.emplace_back(value.row, checked_literal(value, now));
  store.change([&](config::FileEditor& editor) -> Result<void> {
    for (auto const& [row, literal] : changes)
      if (auto done = editor.set(row->table, row->name, literal); !done) return done;
    return {};
  });
}

void restore_settings(Store& store) {
  store.rescue();
  store.change([](config::FileEditor& editor) -> Result<void> {
    for (auto const& row : config::setting_rows()) {
      if (!is_setting_of_resource(row)) continue;
      if (auto done = editor.reset(row.table, row.name); !done) return done;
    }
    return {};
  });
}

}  // namespace winrm::plugins::config_resource
