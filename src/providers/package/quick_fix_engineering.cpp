#include <fmt/format.h>

#include <set>

#include "cim/schema.hpp"
#include "providers/package/classes.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/packages.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

struct QuickFix {
  std::string id;
  std::string service_pack;  // always empty: a key that Linux has no value for
  std::string caption;
  std::string comments;
  std::string host_name;
  std::optional<std::string> installed_on;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::QuickFix> = [] {
  using Q = winrm::providers::QuickFix;
  using std::string, std::string_view;
  return describe(
      ClassName("root/cimv2", "Win32_QuickFixEngineering", "CIM_LogicalElement")
          .described("A package upgrade that dpkg's log remembers. dpkg does not know which of them mended a fault, so "
                     "all are listed; rpm keeps no such record, so its upgrades are not."),
      key<&Q::id>("HotFixID").case_exact().described("The package and its new version, as apt takes them."),
      key<&Q::service_pack>("ServicePackInEffect").described("Empty."),
      prop<&Q::caption>("Caption"),
      prop<&Q::host_name>("CSName"),
      constant<string_view>("Description", "Update"),
      prop<&Q::comments>("FixComments"),
      prop<&Q::installed_on>("InstalledOn").described("Month/day/year."),
      prop<&Q::id>("Name"),
      unknown<string>("InstalledBy"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
namespace text = system::text;

/// "2026-01-31 …" as Windows writes it: "1/31/2026".
std::optional<std::string> american_date(std::string_view time) {
  if (time.size() < 10 || time[4] != '-' || time[7] != '-') return std::nullopt;
  auto const year = text::number<unsigned>(time.substr(0, 4));
  auto const month = text::number<unsigned>(time.substr(5, 2));
  auto const day = text::number<unsigned>(time.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  return fmt::format("{}/{}/{}", *month, *day, *year);
}

cim::Generator<QuickFix> enumerate(Host const& host, cim::Query const&) {
  auto const host_name = system::short_name(host.kernel());
  std::set<std::string> seen;
  auto const upgrades = system::package_upgrades(host);
  // The last time counts for a version that was installed more than once.
  for (auto upgrade = upgrades.rbegin(); upgrade != upgrades.rend(); ++upgrade) {
    QuickFix row;
    row.id = upgrade->package + "=" + upgrade->new_version;
    if (!seen.insert(row.id).second) continue;
    row.caption = upgrade->package + " " + upgrade->new_version;
    row.comments = "replaced " + upgrade->old_version;
    row.host_name = host_name;
    row.installed_on = american_date(upgrade->time);
    co_yield row;
  }
}

}  // namespace

void add_quick_fix_engineering(cim::Registry& registry) { registry.add<QuickFix>({.enumerate = enumerate}); }

}  // namespace winrm::providers
