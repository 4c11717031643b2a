#include <set>
#include <tuple>

#include "cim/schema.hpp"
#include "providers/account/identifiers.hpp"
#include "providers/common/long_text.hpp"
#include "providers/system/classes.hpp"
#include "system/account_database.hpp"
#include "system/host.hpp"
#include "system/startup_commands.hpp"

namespace winrm::providers {

namespace {

struct StartupCommand {
  std::string command;
  std::string location;
  std::string name;
  std::string user;
  std::optional<std::string> user_sid;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::StartupCommand> = [] {
  using S = winrm::providers::StartupCommand;
  return describe(
      ClassName("root/cimv2", "Win32_StartupCommand", "CIM_Setting")
          .described("What starts by itself: XDG autostart entries and @reboot lines of crontabs. Services are "
                     "Win32_Service."),
      key<&S::command>("Command").case_exact(),
      key<&S::location>("Location").case_exact().described("The file that says so."),
      key<&S::name>("Name").case_exact(),
      key<&S::user>("User").case_exact().described("Public: everyone who opens a session."),
      prop<&S::name>("Caption"),
      prop<&S::name>("Description"),
      prop<&S::user_sid>("UserSID"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

cim::Generator<StartupCommand> enumerate(Host const& host, cim::Query const& query) {
  bool const wants_sid = query.wants<&StartupCommand::user_sid>();
  std::set<std::tuple<std::string, std::string, std::string, std::string>> seen;
  auto commands = system::startup_commands(host);
  for (auto& command : commands) {
    StartupCommand row;
    row.command = within_bounds(std::move(command.command));
    row.location = std::move(command.location);
    row.name = std::move(command.name);
    row.user = command.user.empty() ? "Public" : command.user;
    if (!seen.emplace(row.command, row.location, row.name, row.user).second) continue;
    if (wants_sid && !command.user.empty()) {
      if (auto const user = host.accounts().find_user(command.user)) row.user_sid = sid_of_user(user->uid);
    }
    co_yield row;
  }
}

}  // namespace

void add_startup_command(cim::Registry& registry) { registry.add<StartupCommand>({.enumerate = enumerate}); }

}  // namespace winrm::providers
