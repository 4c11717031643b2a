#include "cim/schema.hpp"
#include "providers/account/classes.hpp"
#include "system/host.hpp"
#include "system/logon_sessions.hpp"

namespace winrm::providers {

namespace {

struct LogonSession {
  std::string logon_id;
  std::string caption;
  std::optional<DateTime> start_time;
  std::optional<std::uint32_t> logon_type;
};

enum LogonType : std::uint32_t { interactive = 2, batch = 4, service = 5, remote_interactive = 10 };
constexpr cim::ValueName logon_types[] = {{2, "Interactive"},
                                          {3, "Network"},
                                          {4, "Batch"},
                                          {5, "Service"},
                                          {6, "Proxy"},
                                          {7, "Unlock"},
                                          {8, "NetworkCleartext"},
                                          {9, "NewCredentials"},
                                          {10, "RemoteInteractive"},
                                          {11, "CachedInteractive"},
                                          {12, "CachedRemoteInteractive"},
                                          {13, "CachedUnlock"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::LogonSession> = [] {
  using S = winrm::providers::LogonSession;
  namespace map = winrm::providers;
  using std::string, std::string_view;
  return describe(
      ClassName("root/cimv2", "Win32_LogonSession", "Win32_Session")
          .described("A session of systemd-logind; where no logind runs, a logon in utmp."),
      key<&S::logon_id>("LogonId").described("logind's name of the session, or the terminal of the logon."),
      prop<&S::caption>("Caption").described("The account and what it logged on with."),
      prop<&S::caption>("Description"),
      prop<&S::logon_type>("LogonType").values(map::logon_types),
      prop<&S::start_time>("StartTime"),
      constant<string_view>("Status", "OK"),
      unknown<string>("AuthenticationPackage"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

std::optional<std::uint32_t> logon_type(system::LogonSession const& session) {
  if (session.kind.starts_with("background")) return batch;  // cron
  if (session.kind.starts_with("manager")) return service;   // systemd --user
  if (session.is_remote) return remote_interactive;
  if (session.type == "tty" || session.type == "x11" || session.type == "wayland" || session.type == "mir") {
    return interactive;
  }
  return std::nullopt;
}

cim::Generator<LogonSession> enumerate(Host const& host, cim::Query const&) {
  auto const sessions = system::logon_sessions(host);
  for (auto const& session : sessions) {
    LogonSession row;
    row.logon_id = session.id;
    row.caption = session.user;
    if (!session.service.empty()) row.caption += " (" + session.service + ")";
    row.logon_type = logon_type(session);
    if (session.began) row.start_time = host.local(*session.began);
    co_yield row;
  }
}

}  // namespace

void add_logon_session(cim::Registry& registry) { registry.add<LogonSession>({.enumerate = enumerate}); }

}  // namespace winrm::providers
