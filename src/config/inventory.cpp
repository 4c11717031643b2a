#include "config/inventory.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "config/load.hpp"
#include "config/toml.hpp"

namespace winrm::config {
namespace {

class InventoryReader {
 public:
  explicit InventoryReader(std::string_view file) : file_(file) {}

  Result<Inventory> read(toml::table const& root) {
    for (auto const& [key, value] : root) {
      if (key.str() == "defaults")
        read_defaults(value);
      else if (key.str() == "group")
        read_named(value, "group", [this](auto const& name, auto const& table) { read_group(name, table); });
      else if (key.str() == "host")
        read_named(value, "host", [this](auto const& name, auto const& table) {
          inventory_.hosts[name] = switches_of(table, "host." + name);
        });
      else
        problem(
            key.source(),
            fmt::format("{} is not known here: write [defaults], [group.NAME] or [host.NAME]", key.str()));
    }
    check_groups();
    if (!problems_.empty()) return fail(fmt::format("{}", fmt::join(problems_, "\n")));
    return std::move(inventory_);
  }

 private:
  void read_defaults(toml::node const& value) {
    if (auto const* table = value.as_table())
      inventory_.defaults = switches_of(*table, "defaults");
    else
      problem(value.source(), "defaults is a table: write [defaults] and switches below");
  }

  template <class Take>
  void read_named(toml::node const& value, std::string_view kind, Take const& take) {
    auto const* tables = value.as_table();
    if (tables == nullptr)
      return problem(value.source(), fmt::format("{0} is a table of tables: write [{0}.NAME]", kind));
    for (auto const& [name, entry] : *tables) {
      if (auto const* table = entry.as_table())
        take(std::string(name.str()), *table);
      else
        problem(entry.source(), fmt::format("{0}.{1} is a table: write [{0}.{1}]", kind, name.str()));
    }
  }

  void read_group(std::string const& name, toml::table const& table) {
    auto switches = table;
    auto const take_names = [&](std::string_view key) {
      auto const* list = table.get(key);
      switches.erase(key);
      return list == nullptr ? std::vector<std::string>{}
                             : values_of(*list, fmt::format("group.{}.{}", name, key));
    };
    auto& group = inventory_.groups[name];
    group.hosts = take_names("hosts");
    group.groups = take_names("groups");
    group.switches = switches_of(switches, "group." + name);
  }

  Inventory::Switches switches_of(toml::table const& table, std::string const& where) {
    Inventory::Switches switches;
    for (auto const& [key, value] : table)
      switches[std::string(key.str())] = values_of(value, fmt::format("{}.{}", where, key.str()));
    return switches;
  }

  std::vector<std::string> values_of(toml::node const& value, std::string_view where) {
    std::vector<std::string> values;
    auto const take = [&](toml::node const& node) {
      if (auto const text = text_of(node))
        values.push_back(*text);
      else
        problem(node.source(), fmt::format("{} must be text, a number, true, or a list of them", where));
    };
    if (auto const* list = value.as_array())
      for (auto const& entry : *list) take(entry);
    else
      take(value);
    return values;
  }

  static std::optional<std::string> text_of(toml::node const& node) {
    if (auto const* text = node.as_string()) return text->get();
    if (auto const* flag = node.as_boolean()) return flag->get() ? "true" : "false";
    if (auto const* number = node.as_integer()) return std::to_string(number->get());
    return std::nullopt;
  }

  void check_groups() {
    for (auto const& [name, group] : inventory_.groups)
      for (auto const& member : group.groups)
        if (!inventory_.groups.contains(member))
          problems_.push_back(
              fmt::format("{}: group.{}.groups names {}, which is no group", file_, name, member));
  }

  void problem(toml::source_region const& where, std::string_view text) {
    problems_.push_back(fmt::format("{}:{}: {}", file_, where.begin.line, text));
  }

  std::string_view file_;
  Inventory inventory_;
  std::vector<std::string> problems_;
};

}  // namespace

Result<Inventory> parse_inventory(std::string_view toml, std::string_view name) {
  auto const root = parse_toml(toml, name);
  if (!root) return tl::unexpected(root.error());
  return InventoryReader(name).read(*root);
}

Result<Inventory> load_inventory(std::filesystem::path const& file) {
  auto const text = read_file(file);
  if (!text) return tl::unexpected(text.error());
  return parse_inventory(*text, file.string());
}

}  // namespace winrm::config
