#include "system/logon_sessions.hpp"

#include <algorithm>

#include "system/text.hpp"

namespace winrm::system {

namespace {

constexpr auto* logind_folder = "/run/systemd/sessions";

/// logind keeps what it knows of a session in a file of NAME=value lines.
std::optional<LogonSession> logind_session(Host const& host, std::string const& id) {
  std::string content;
  if (!host.read(std::string(logind_folder) + "/" + id, content)) return std::nullopt;
  auto const field = [&](std::string_view name) {
    return std::string(text::value_of(content, name, '=').value_or(""));
  };
  LogonSession session;
  session.id = id;
  session.is_of_logind = true;
  session.user = field("USER");
  session.type = field("TYPE");
  session.kind = field("CLASS");
  session.service = field("SERVICE");
  session.is_remote = field("REMOTE") == "1";
  session.leader = text::number<std::uint32_t>(field("LEADER")).value_or(0);
  if (auto const began = text::number<std::int64_t>(field("REALTIME"))) {
    session.began = SystemTime(std::chrono::microseconds(*began));
  }
  if (session.user.empty()) return std::nullopt;
  return session;
}

LogonSession utmp_session(Session const& entry) {
  LogonSession session;
  session.id = entry.terminal;
  session.user = entry.user;
  session.type = entry.terminal.starts_with(':') ? "x11" : "tty";
  session.kind = "user";
  session.is_remote = !entry.remote.empty() && !entry.remote.starts_with(':');
  session.leader = entry.process;
  session.began = entry.began;
  return session;
}

}  // namespace

std::vector<LogonSession> logon_sessions(Host const& host) {
  std::vector<LogonSession> sessions;
  auto ids = host.list(logind_folder).value_or(std::vector<std::string>());
  std::ranges::sort(ids);
  for (auto const& id : ids) {
    if (id.find('.') != std::string::npos) continue;  // "3.ref": the pipe that keeps it open
    if (auto session = logind_session(host, id)) sessions.push_back(*std::move(session));
  }
  if (!sessions.empty()) return sessions;
  for (auto const& entry : host.sessions().value_or(std::vector<Session>())) {
    sessions.push_back(utmp_session(entry));
  }
  return sessions;
}

namespace {

/// A session's scope lies in slices alone. In a service that is theirs users make groups of any name, and
/// those of a container have its own sessions in them.
std::optional<std::string> session_in(std::string_view path) {
  constexpr std::string_view prefix = "session-";
  constexpr std::string_view suffix = ".scope";
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    auto const part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    if (part.ends_with(".slice")) continue;
    if (!part.starts_with(prefix) || !part.ends_with(suffix)) return std::nullopt;
    return std::string(part.substr(prefix.size(), part.size() - prefix.size() - suffix.size()));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> logind_session_of(Host const& host, std::uint32_t pid) {
  std::string content;
  if (!host.read("/proc/" + std::to_string(pid) + "/cgroup", content)) return std::nullopt;
  std::string_view rest = content;
  while (auto const line = text::next_line(rest)) {
    // "0::/user.slice/user-1000.slice/session-3.scope/…"; on older systems "1:name=systemd:/…" beside it.
    auto const path = line->find(":/");
    if (path == std::string_view::npos) continue;
    if (auto session = session_in(line->substr(path + 1))) return session;
  }
  return std::nullopt;
}

}  // namespace winrm::system
