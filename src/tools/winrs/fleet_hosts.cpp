#include "tools/winrs/fleet_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "base/unicode.hpp"
#include "config/inventory.hpp"
#include "tools/common/connection_switches.hpp"
#include "tools/winrs/command_line.hpp"

namespace winrm::tools::winrs_tool {
namespace {

using config::Inventory;

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    auto const comma = std::min(list.find(','), list.size());
    if (comma > 0) names.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

/// One host a line; what follows a # is for people.
std::vector<std::string> read_list(std::string const& file) {
  std::ifstream in(file);
  if (!in) throw UsageError(fmt::format("The list of hosts {} cannot be read.", file));
  std::vector<std::string> names;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    for (std::string name; words >> name;) names.push_back(name);
  }
  return names;
}

Inventory read_inventory(std::string const& file) {
  auto inventory = config::load_inventory(file);
  if (!inventory)
    throw UsageError(fmt::format("The inventory cannot be used: {}", inventory.error().message));
  return std::move(*inventory);
}

/// The hosts of a command line, and where each one's switches come from.
class Chooser {
 public:
  Chooser(SwitchValues const& switches, Inventory inventory)
      : given_(switches.without("remote").without("inventory")), inventory_(std::move(inventory)) {}

  void add(std::string const& name) {
    if (inventory_.groups.contains(name)) {
      for (auto const& member : members_of(name)) add_host(member);
    } else {
      add_host(name);
    }
  }
  void add_everything() {
    for (auto const& [name, group] : inventory_.groups) add(name);
    for (auto const& [name, switches] : inventory_.hosts) add_host(name);
  }
  std::vector<FleetHost> take() { return std::move(chosen_); }

 private:
  void add_host(std::string const& name) {
    if (!known_.insert(name).second) return;
    FleetHost host{name, given_};
    SwitchParser const parser(all_switches());
    std::set<std::string> settled;  // "false" of a nearer layer hides a switch of those beneath
    auto const add_layer = [&](Inventory::Switches const& layer, std::string const& where) {
      SwitchValues values;
      try {
        for (auto const& [key, texts] : layer) {
          if (!settled.insert(unicode::to_lower_ascii(key)).second) continue;
          for (auto const& text : texts) parser.take_setting(key, text, values);
        }
      } catch (UsageError const& error) {
        throw UsageError(fmt::format("[{}] of the inventory: {}", where, error.what()));
      }
      host.switches = connection_over(std::move(host.switches), values);
    };
    if (auto const own = inventory_.hosts.find(name); own != inventory_.hosts.end())
      add_layer(own->second, "host." + name);
    for (auto const& group : groups_of(name))
      add_layer(inventory_.groups.at(group).switches, "group." + group);
    add_layer(inventory_.defaults, "defaults");
    if (!host.switches.has("remote")) host.switches.add("remote", name);
    chosen_.push_back(std::move(host));
  }

  std::vector<std::string> members_of(std::string const& group) {
    std::vector<std::string> members;
    std::set<std::string> visited;
    collect(group, members, visited);
    return members;
  }
  void collect(std::string const& name, std::vector<std::string>& members, std::set<std::string>& visited) {
    if (!visited.insert(name).second) return;
    auto const& group = inventory_.groups.at(name);
    members.insert(members.end(), group.hosts.begin(), group.hosts.end());
    for (auto const& inner : group.groups) collect(inner, members, visited);
  }

  /// The groups a host belongs to: those that list it first, then those that have such groups, and so on.
  std::vector<std::string> groups_of(std::string const& host) {
    std::vector<std::string> found;
    for (auto const& [name, group] : inventory_.groups)
      if (std::ranges::find(group.hosts, host) != group.hosts.end()) found.push_back(name);
    for (std::size_t i = 0; i < found.size(); ++i)
      for (auto const& [name, group] : inventory_.groups)
        if (std::ranges::find(group.groups, found[i]) != group.groups.end() &&
            std::ranges::find(found, name) == found.end())
          found.push_back(name);
    return found;
  }

  SwitchValues given_;
  Inventory inventory_;
  std::set<std::string> known_;
  std::vector<FleetHost> chosen_;
};

}  // namespace

bool is_fleet(SwitchValues const& switches) {
  auto const& remote = switches.value("remote");
  return remote.starts_with('@') || remote.find(',') != std::string::npos ||
         std::ranges::any_of(fleet_switches(), [&](SwitchRow const& row) { return switches.has(row.name); });
}

std::vector<FleetHost> choose_hosts(SwitchValues const& switches) {
  bool const has_inventory = switches.has("inventory");
  Chooser chooser(switches, has_inventory ? read_inventory(switches.value("inventory")) : Inventory{});
  for (auto const& name : split(switches.value("remote"))) {
    if (name.front() != '@')
      chooser.add(name);
    else
      for (auto const& listed : read_list(name.substr(1))) chooser.add(listed);
  }
  if (has_inventory && !switches.has("remote")) chooser.add_everything();
  auto hosts = chooser.take();
  if (hosts.empty())
    throw UsageError("There are no hosts: give them with -remote:A,B,C, -remote:@FILE or -inventory:FILE.");
  return hosts;
}

}  // namespace winrm::tools::winrs_tool
