#include "service/broker/host_table.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string_view>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/unicode.hpp"
#include "ipc/control.hpp"

namespace winrm::service::broker {

namespace {

ipc::message::HostStart settings_message(config::Settings const& settings,
                                         std::string const& configuration_file, bool privileged) {
  ipc::message::HostStart start;
  start.set_change_account(privileged);
  start.set_pam_service(settings.daemon.pam_service);
  start.set_log_level(
      static_cast<std::uint32_t>(log::enabled(log::Level::debug) ? log::Level::debug : log::Level::info));
  start.set_idle_seconds(settings.daemon.host_idle_seconds);
  start.set_max_envelope_bytes(std::uint64_t{settings.max_envelope_size_kb} * limits::kilobyte);
  start.set_max_timeout_ms(settings.max_timeout_ms);
  start.set_max_batch_items(settings.max_batch_items);
  start.set_enumeration_timeout_ms(settings.service.enumeration_timeout_ms);
  start.set_max_operations_per_user(settings.service.max_concurrent_operations_per_user);
  start.set_allow_remote_shells(settings.winrs.allow_remote_shell_access);
  start.set_shell_idle_timeout_ms(settings.winrs.idle_timeout_ms);
  start.set_max_shells_per_user(settings.winrs.max_shells_per_user);
  start.set_max_processes_per_shell(settings.winrs.max_processes_per_shell);
  start.set_max_memory_per_shell_mb(settings.winrs.max_memory_per_shell_mb);
  start.set_allow_remote_access(settings.service.allow_remote_access);
  start.set_configuration_file(configuration_file);
  auto& client = *start.mutable_client();
  client.set_allow_unencrypted(settings.client.allow_unencrypted);
  client.set_kerberos(settings.client.auth.kerberos);
  client.set_network_delay_ms(settings.client.network_delay_ms);
  client.set_trusted_hosts(settings.client.trusted_hosts);
  start.set_root_sddl(settings.service.root_sddl);
  for (auto const& entry : settings.security) {
    auto& security = *start.add_security();
    security.set_uri(entry.uri);
    security.set_sddl(entry.sddl);
    security.set_exact_match(entry.exact_match);
  }
  for (auto plugin = settings.plugins.begin(); plugin != settings.plugins.end(); ++plugin) {
    // Policy stands behind the file's own entries: the last one counts.
    bool const is_last = std::none_of(std::next(plugin), settings.plugins.end(), [&](auto const& other) {
      return unicode::equals_ignoring_case(other.name, plugin->name);
    });
    if (is_last && !plugin->enabled) start.add_disabled_plugins(plugin->name);
  }
  return start;
}

/// In order, so that they can be compared.
SidSet groups_of(auth::Principal const& principal) {
  static constexpr std::string_view unix_group = "S-1-22-2-";
  SidSet groups;
  std::ranges::copy_if(principal.sids(), std::back_inserter(groups),
                       [](Sid const& sid) { return sid.text().starts_with(unix_group); });
  std::ranges::sort(groups);
  return groups;
}

std::string describe_end(int wait_status) {
  if (WIFSIGNALED(wait_status)) return fmt::format("was killed by signal {}", WTERMSIG(wait_status));
  return fmt::format("ended with status {}", WEXITSTATUS(wait_status));
}

}  // namespace

HostTable::HostTable(PollLoop& loop, config::Settings const& settings, std::filesystem::path file,
                     bool privileged, ReloadAsked on_reload)
    : loop_(loop),
      settings_(settings),
      file_(std::move(file)),
      privileged_(privileged),
      on_reload_(std::move(on_reload)) {}

HostTable::~HostTable() = default;

Result<HostTable::Entry> HostTable::start(auth::Principal const& principal) {
  if (hosts_.size() >= limits::hosts)
    return fail(fmt::format("{} accounts have hosts already; no more are started", limits::hosts));
  auto child = spawn_self("host");
  if (!child) return tl::unexpected(child.error());

  Entry const entry = hosts_.emplace(hosts_.end());
  entry->account = principal.account();
  entry->groups = groups_of(principal);
  entry->pid = child->pid;
  entry->log = std::make_unique<LogRelay>(loop_, std::move(child->log));
  // A host that retires takes no more channels, and neither does one that hangs up.
  auto const retire = [this, entry] { this->retire(entry); };
  entry->peer = std::make_unique<ControlPeer>(
      loop_, std::move(child->control),
      [this, entry, retire](ipc::Frame frame) {
        auto const request = ipc::decode<ipc::message::HostRequest>(frame);
        if (request && request->has_reload()) return ask_reload(entry, request->reload().id());
        if (request && request->has_shell_seat()) return answer_shell_seat(*entry, request->shell_seat());
        loop_.defer(retire);
      },
      retire);
  ipc::message::HostOrder order;
  *order.mutable_start() = settings_message(settings_, file_.string(), privileged_);
  *order.mutable_start()->mutable_principal() = ipc::to_message(principal);
  entry->peer->send(0, order);
  log::info("started the host of {} (process {})", entry->account.name, entry->pid);
  return entry;
}

/// The host should end now, and the account could keep it from that (SIGSTOP): it would have one place of
/// limits::hosts for each time.
void HostTable::retire(Entry host) {
  if (!host->peer) return;
  host->peer.reset();
  loop_.at(SteadyClock::now() + limits::shutdown_patience, [this, pid = host->pid] {
    auto const it = std::ranges::find(hosts_, pid, &Host::pid);
    if (it == hosts_.end() || it->peer) return;
    log::warning("the host of {} (process {}) did not end in {} s and is killed", it->account.name, pid,
                 limits::shutdown_patience.count());
    ::kill(pid, SIGKILL);
  });
}

void HostTable::ask_reload(Entry host, std::uint64_t id) {
  struct stat about {};
  bool const allowed =
      host->account.uid == 0 || (::stat(file_.c_str(), &about) == 0 && about.st_uid == host->account.uid);
  auto const answer = [this, pid = host->pid, id](Result<void> const& outcome) {
    auto const it = std::ranges::find(hosts_, pid, &Host::pid);
    if (it == hosts_.end() || !it->peer) return;
    ipc::message::HostOrder order;
    order.mutable_reloaded()->set_id(id);
    if (!outcome) order.mutable_reloaded()->set_error(outcome.error().message);
    it->peer->send(0, order);
  };
  if (!allowed) return answer(fail("the account may not change the configuration"));
  loop_.defer([this, answer] { on_reload_(answer); });
}

void HostTable::answer_shell_seat(Host& host, ipc::message::ShellSeat const& request) {
  if (!request.taken()) {
    host.has_shell_seat = false;
    return;
  }
  std::set<uid_t> others;
  for (Host const& other : hosts_)
    if (other.account.uid != host.account.uid && other.pid > 0 && other.has_shell_seat)
      others.insert(other.account.uid);
  host.has_shell_seat = others.size() < settings_.winrs.max_concurrent_users;
  if (!host.peer) return;
  ipc::message::HostOrder order;
  order.mutable_shell_seat_answer()->set_id(request.id());
  order.mutable_shell_seat_answer()->set_granted(host.has_shell_seat);
  host.peer->send(0, order);
}

void HostTable::announce_settings() {
  ipc::message::HostOrder order;
  *order.mutable_settings() = settings_message(settings_, file_.string(), privileged_);
  for (Host& host : hosts_)
    if (host.peer) host.peer->send(0, order);
}

Result<HostTable::Entry> HostTable::find_or_start(auth::Principal const& principal) {
  auto const& account = principal.account();
  // A process keeps the groups it was started with: who has lost one since must not be served there.
  auto const it = std::ranges::find_if(hosts_, [&account, groups = groups_of(principal)](Host const& host) {
    return host.peer && host.account.uid == account.uid && host.account.gid == account.gid &&
           host.account.name == account.name && host.groups == groups;
  });
  if (it != hosts_.end()) return it;
  return start(principal);
}

Result<UniqueFd> HostTable::open(auth::Principal const& principal) {
  auto host = find_or_start(principal);
  if (!host) return tl::unexpected(host.error());
  auto channel = ipc::socket_pair();
  if (!channel) return tl::unexpected(channel.error());
  ipc::message::HostOrder order;
  *order.mutable_add_channel()->mutable_principal() = ipc::to_message(principal);
  std::array<int, 1> const fds{channel->second.get()};
  (*host)->peer->send(0, order, fds);
  return std::move(channel->first);
}

bool HostTable::reaped(pid_t pid, int wait_status) {
  auto const it =
      std::find_if(hosts_.begin(), hosts_.end(), [pid](Host const& host) { return host.pid == pid; });
  if (it == hosts_.end()) return false;
  it->log->drain();
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
    log::info("the host of {} (process {}) ended", it->account.name, pid);
  else
    log::error("the host of {} (process {}) {}; its operations are lost", it->account.name, pid,
               describe_end(wait_status));
  // A deferred retirement may still point at the entry.
  it->peer.reset();
  it->pid = -1;
  loop_.defer([this, it] { hosts_.erase(it); });
  return true;
}

bool HostTable::owns(pid_t pid) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [pid](Host const& host) { return host.pid == pid; });
}

bool HostTable::serves(uid_t uid) const {
  return std::any_of(hosts_.begin(), hosts_.end(),
                     [uid](Host const& host) { return host.pid > 0 && host.account.uid == uid; });
}

void HostTable::ask_all_to_stop() {
  ipc::message::HostOrder order;
  order.mutable_stop();
  for (Host& host : hosts_)
    if (host.peer) host.peer->send(0, order);
}

void HostTable::kill_all() {
  for (Host const& host : hosts_)
    if (host.pid > 0) ::kill(host.pid, SIGKILL);
}

}  // namespace winrm::service::broker
