#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "auth/principal.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "config/settings.hpp"
#include "ipc/control.hpp"
#include "service/broker/child_process.hpp"
#include "service/broker/control_peer.hpp"
#include "service/broker/poll_loop.hpp"

namespace winrm::service::broker {

/// The running hosts. New channels of an account go to the one that was started with the groups that the
/// account has now. Loop thread only.
class HostTable {
 public:
  /// A host of an administrator asks for the configuration to be read again; `answer` may be called later.
  using ReloadAsked = std::function<void(std::function<void(Result<void> const&)> answer)>;

  /// `settings` may change; announce_settings() then tells the hosts. `file` is where they come from.
  HostTable(PollLoop& loop, config::Settings const& settings, std::filesystem::path file, bool privileged,
            ReloadAsked on_reload);
  ~HostTable();

  /// A new channel to the account's host, which is started when there is none. What is sent on the channel
  /// runs as `principal`.
  [[nodiscard]] Result<UniqueFd> open(auth::Principal const& principal);

  /// A child was reaped; true when it was one of our hosts.
  bool reaped(pid_t pid, int wait_status);
  [[nodiscard]] bool owns(pid_t pid) const;
  [[nodiscard]] bool serves(uid_t uid) const;
  [[nodiscard]] bool empty() const noexcept { return hosts_.empty(); }

  void announce_settings();
  void ask_all_to_stop();
  void kill_all();

 private:
  struct Host {
    system::Account account;
    SidSet groups;  ///< it was started with
    pid_t pid = -1;
    std::unique_ptr<ControlPeer> peer;  ///< null once the host takes no more channels
    std::unique_ptr<LogRelay> log;
    bool has_shell_seat = false;  ///< one of winrs/MaxConcurrentUsers
  };
  using Entry = std::list<Host>::iterator;

  void retire(Entry host);
  void ask_reload(Entry host, std::uint64_t id);
  void answer_shell_seat(Host& host, ipc::message::ShellSeat const& request);
  [[nodiscard]] Result<Entry> start(auth::Principal const& principal);
  [[nodiscard]] Result<Entry> find_or_start(auth::Principal const& principal);

  PollLoop& loop_;
  config::Settings const& settings_;
  std::filesystem::path file_;
  bool privileged_;
  ReloadAsked on_reload_;
  std::list<Host> hosts_;
};

}  // namespace winrm::service::broker
