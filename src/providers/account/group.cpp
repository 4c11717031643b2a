#include <set>

#include "cim/schema.hpp"
#include "providers/account/account_changes.hpp"
#include "providers/account/classes.hpp"
#include "providers/account/identifiers.hpp"
#include "system/account_database.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"

namespace winrm::providers {

namespace {

struct Group {
  std::string domain;
  std::string name;
  std::string caption;
  std::string sid;
  bool is_local = false;
  std::uint8_t sid_type = 0;
};

constexpr std::uint8_t sid_type_group = 2;  // of a domain
constexpr std::uint8_t sid_type_alias = 4;  // of one machine

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::Group> = [] {
  using G = winrm::providers::Group;
  namespace map = winrm::providers;
  using std::string_view;
  return describe(
      ClassName("root/cimv2", "Win32_Group", "Win32_Account").described("A group of accounts."),
      key<&G::domain>("Domain").described("This machine's name."),
      key<&G::name>("Name").case_exact(),
      prop<&G::caption>("Caption"),
      prop<&G::caption>("Description"),
      prop<&G::is_local>("LocalAccount").described("It stands in /etc/group, not only in a directory service."),
      prop<&G::sid>("SID").described("S-1-22-2- and the group id, as Samba maps it."),
      prop<&G::sid_type>("SIDType").values(map::sid_types),
      constant<string_view>("Status", "OK"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

/// The group that a query is about, or all; those that two databases name once.
std::vector<system::Group> asked_groups(Host const& host, cim::Query const& query) {
  if (auto const name = query.equals<&Group::name>()) {
    auto group = host.accounts().find_group(*name);
    return group ? std::vector<system::Group>{*std::move(group)} : std::vector<system::Group>();
  }
  auto groups = host.accounts().groups();
  std::set<std::string> seen;
  std::erase_if(groups, [&](system::Group const& group) { return !seen.insert(group.name).second; });
  return groups;
}

cim::Generator<Group> enumerate(Host const& host, cim::Query const& query) {
  auto const domain = system::short_name(host.kernel());
  auto const local_names = system::names_in_file(host, "/etc/group");
  auto const groups = asked_groups(host, query);
  for (auto const& group : groups) {
    Group row;
    row.domain = domain;
    row.name = group.name;
    row.caption = domain + "\\" + group.name;
    row.sid = sid_of_group(group.gid);
    row.is_local = local_names.contains(group.name);
    row.sid_type = row.is_local ? sid_type_alias : sid_type_group;
    co_yield row;
  }
}

constexpr cim::ValueName rename_results[] = {
    {0, "Success"},
    {1, "Instance not found"},
    {2, "Instance required"},
    {3, "Invalid parameter"},
    {4, "Group not found"},
    {5, "Domain not found"},
    {6, "Operation is allowed only on the primary domain controller"},
    {7, "Operation is not allowed on specified special groups"},
    {8, "Other API error"},
    {9, "Internal error"}};

cim::MethodResult rename(Host const& host, Group const& row, cim::NamedValues const& in) {
  auto const name = in.get<std::string>("Name").value_or("");
  if (!is_account_name(name)) return 3;
  if (row.name == "root") return 7;
  // groupmod(8), "EXIT VALUES".
  switch (change_accounts(host, {"groupmod", "--new-name", name, "--", row.name})) {
    case 0:
      return 0;
    case 2:
    case 3:
    case 9:
      return 3;
    case 6:
      return 4;
    default:
      return 8;
  }
}

constexpr cim::Method<Group> methods[] = {
    {.name = "Rename", .parameters = rename_parameters, .return_values = rename_results, .run = rename}};

}  // namespace

void add_group(cim::Registry& registry) { registry.add<Group>({.enumerate = enumerate, .methods = methods}); }

}  // namespace winrm::providers
