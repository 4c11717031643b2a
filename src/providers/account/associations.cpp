#include <map>
#include <set>

#include "cim/schema.hpp"
#include "providers/account/classes.hpp"
#include "providers/account/identifiers.hpp"
#include "providers/common/references.hpp"
#include "system/account_database.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/logon_sessions.hpp"
#include "system/proc.hpp"

namespace winrm::providers {

namespace {

struct GroupUser {
  cim::Reference group;
  cim::Reference member;
};
struct LoggedOnUser {
  cim::Reference account;
  cim::Reference session;
};
struct SessionProcess {
  cim::Reference session;
  cim::Reference process;
};

}  // namespace

}  // namespace winrm::providers

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::GroupUser> = [] {
  using G = winrm::providers::GroupUser;
  return describe(ClassName("root/cimv2", "Win32_GroupUser", "CIM_Component")
                      .association()
                      .described("An account is in a group, as its primary one or as an additional one."),
                  key<&G::group>("GroupComponent").refers_to("Win32_Group"),
                  key<&G::member>("PartComponent").refers_to("Win32_Account"));
}();

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::LoggedOnUser> = [] {
  using L = winrm::providers::LoggedOnUser;
  return describe(ClassName("root/cimv2", "Win32_LoggedOnUser", "CIM_Dependency")
                      .association()
                      .described("Whose session a session is."),
                  key<&L::account>("Antecedent").refers_to("Win32_Account"),
                  key<&L::session>("Dependent").refers_to("Win32_LogonSession"));
}();

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::SessionProcess> = [] {
  using S = winrm::providers::SessionProcess;
  return describe(
      ClassName("root/cimv2", "Win32_SessionProcess", "Win32_SessionResource")
          .association()
          .described("A process runs in a session: by its control group where logind runs, else because "
                     "it descends from the process that opened the session."),
      key<&S::session>("Antecedent").refers_to("Win32_LogonSession"),
      key<&S::process>("Dependent").refers_to("Win32_Process"));
}();

namespace winrm::providers {

namespace {

using system::Host;
namespace proc = system::proc;

cim::Reference reference_to_session(std::string const& id) {
  return reference_to("Win32_LogonSession", "LogonId", id);
}

cim::Generator<GroupUser> enumerate_members(Host const& host, cim::Query const& query) {
  auto const asked = query.refers<&GroupUser::group>();
  auto const domain = system::short_name(host.kernel());
  auto const policy = system::account_policy(host);
  auto const users = host.accounts().users();
  std::map<std::string, system::User const*> by_name;
  std::map<gid_t, std::set<std::string>> by_primary_group;
  for (auto const& user : users) {
    by_name.emplace(user.name, &user);
    by_primary_group[user.gid].insert(user.name);
  }
  std::set<std::string> seen;
  auto const groups = host.accounts().groups();
  for (auto const& group : groups) {
    if (!may_be_asked(asked, "Name", group.name) || !seen.insert(group.name).second) continue;
    auto members = by_primary_group[group.gid];
    members.insert(group.members.begin(), group.members.end());
    for (auto const& member : members) {
      auto const user = by_name.find(member);
      if (user == by_name.end()) continue;  // a name that no account has any more
      GroupUser row;
      row.group = reference_to_group(group.name, domain);
      row.member = reference_to_user(*user->second, policy, domain);
      co_yield row;
    }
  }
}

cim::Generator<LoggedOnUser> enumerate_logged_on(Host const& host, cim::Query const&) {
  auto const domain = system::short_name(host.kernel());
  auto const policy = system::account_policy(host);
  auto const sessions = system::logon_sessions(host);
  for (auto const& session : sessions) {
    auto const user = host.accounts().find_user(session.user);
    if (!user) continue;
    LoggedOnUser row;
    row.account = reference_to_user(*user, policy, domain);
    row.session = reference_to_session(session.id);
    co_yield row;
  }
}

/// In which session a process runs.
class SessionFinder {
 public:
  explicit SessionFinder(Host const& host) : host_(host) {
    for (auto const& session : system::logon_sessions(host)) {
      ids_.insert(session.id);
      if (!session.is_of_logind && session.leader != 0) by_leader_[session.leader] = session.id;
    }
    if (by_leader_.empty()) return;
    for (auto const pid : proc::pids(host)) {
      if (auto const stat = proc::stat(host, pid)) parents_[pid] = stat->parent;
    }
  }

  [[nodiscard]] bool has_sessions() const { return !ids_.empty(); }
  [[nodiscard]] std::optional<std::string> session_of(proc::Pid pid) const {
    if (!by_leader_.empty()) return session_by_leader(pid);
    auto id = system::logind_session_of(host_, pid);
    return id && ids_.contains(*id) ? id : std::nullopt;
  }

 private:
  [[nodiscard]] std::optional<std::string> session_by_leader(proc::Pid pid) const {
    // Parents change while they are read, so a chain might run in a circle: it has no more links than there
    // are processes.
    for (std::size_t links = 0; links <= parents_.size(); ++links) {
      if (auto const leader = by_leader_.find(pid); leader != by_leader_.end()) return leader->second;
      auto const parent = parents_.find(pid);
      if (parent == parents_.end()) return std::nullopt;
      pid = parent->second;
    }
    return std::nullopt;
  }

  Host const& host_;
  std::set<std::string> ids_;
  std::map<proc::Pid, std::string> by_leader_;  // where no logind runs
  std::map<proc::Pid, proc::Pid> parents_;
};

cim::Generator<SessionProcess> enumerate_session_processes(Host const& host, cim::Query const& query) {
  auto const asked = query.refers<&SessionProcess::process>();
  SessionFinder const finder(host);
  if (!finder.has_sessions()) co_return;
  for (auto const pid : proc::pids(host)) {
    auto handle = std::to_string(pid);
    if (!may_be_asked(asked, "Handle", handle)) continue;
    auto const session = finder.session_of(pid);
    if (!session) continue;
    SessionProcess row;
    row.session = reference_to_session(*session);
    row.process = reference_to("Win32_Process", "Handle", std::move(handle));
    co_yield row;
  }
}

}  // namespace

void add_account_associations(cim::Registry& registry) {
  registry.add<GroupUser>({.enumerate = enumerate_members});
  registry.add<LoggedOnUser>({.enumerate = enumerate_logged_on});
  registry.add<SessionProcess>({.enumerate = enumerate_session_processes});
}

}  // namespace winrm::providers
