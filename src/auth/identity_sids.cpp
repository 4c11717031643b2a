#include "auth/identity_sids.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace winrm::auth {

namespace {

constexpr uid_t root = 0;
/// Groups whose members may become root, by the rules that distributions ship for sudo and su.
constexpr std::array<std::string_view, 2> administrator_groups{"wheel", "sudo"};
constexpr std::array<std::string_view, 1> manager_groups{"winrm"};

bool is_member(std::span<gid_t const> groups, std::span<std::string_view const> names) {
  return std::ranges::any_of(names, [&](std::string_view name) {
    auto const group = system::find_group(name);
    return group && std::ranges::find(groups, *group) != groups.end();
  });
}

}  // namespace

SidSet sids_of(system::Account const& account, LogonFacts const& facts) {
  auto const groups = system::groups_of(account);
  SidSet sids{Sid::of_user(account.uid), Sid::everyone(), Sid::authenticated_users(),
              facts.local ? Sid::interactive() : Sid::network()};
  for (auto const group : groups) sids.push_back(Sid::of_group(group));
  if (account.uid == root || facts.owns_service || is_member(groups, administrator_groups))
    sids.push_back(Sid::administrators());
  if (facts.listed_user || is_member(groups, manager_groups)) sids.push_back(Sid::remote_management_users());
  return sids;
}

}  // namespace winrm::auth
