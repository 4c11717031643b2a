#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "auth/tls_identity.hpp"
#include "base/secret.hpp"
#include "service/broker/child_process.hpp"
#include "service/broker/front_desk.hpp"
#include "service/broker/listeners.hpp"

namespace winrm::service::broker {

/// What a front is started with: its listeners, with identity and channel binding of each.
struct FrontSetup {
  std::vector<BoundListener> listeners;
  std::vector<auth::TlsIdentity> identities;
  std::vector<std::string> channel_bindings;  ///< "" without TLS
};

/// Binds the listeners (sharing sockets with `open`) and reads their certificates.
[[nodiscard]] Result<FrontSetup> make_front_setup(config::Settings const& settings,
                                                  std::vector<BoundListener> const& open);

/// What fronts need besides their setup. All outlive the table.
struct FrontServices {
  PollLoop& loop;
  WorkPool& pool;
  config::Settings const& settings;
  auth::UsersFile const& users;
  auth::PasswordVerifier& verifier;
  AccountPolicy const& policy;
  HostTable& hosts;
  LogonLimiter& limiter;
  bool privileged = false;
};

/// The front processes. One takes new connections; when the settings of the network side change, a new one
/// takes its place as soon as it is ready, and the old one serves the connections it has until they end. Loop
/// thread only.
class FrontTable {
 public:
  using Outcome = std::function<void(Result<void> const&)>;
  /// `on_lost` runs when a front that was in use ended unexpectedly and cannot be started again.
  FrontTable(FrontServices services, std::function<void(Error)> on_lost);
  ~FrontTable();

  /// Starts a front; `done` runs once: when it takes connections in place of the one before, or with the
  /// reason why not (the one before then goes on).
  void start(FrontSetup setup, Outcome done);
  /// True when a front with this setup and the present settings would do what the one in use does.
  [[nodiscard]] bool is_in_use(FrontSetup const& setup) const;
  /// The sockets of the front in use.
  [[nodiscard]] std::vector<BoundListener> const& open_listeners() const;

  /// Gives a connected local client to the front in use; drops it when there is none.
  void adopt(UniqueFd client, auth::Principal const& principal);

  /// A child was reaped; true when it was one of ours.
  bool reaped(pid_t pid, int wait_status);
  [[nodiscard]] bool owns(pid_t pid) const;
  [[nodiscard]] bool empty() const noexcept { return fronts_.empty(); }
  void ask_all_to_stop();
  void kill_all();

 private:
  struct Front {
    FrontSetup setup;
    Secret order;  ///< what it was told: setup and settings
    pid_t pid = -1;
    std::unique_ptr<ControlPeer> peer;
    std::unique_ptr<LogRelay> log;
    std::shared_ptr<FrontDesk> desk;
    Outcome done;  ///< until it is ready
  };
  using Entry = std::list<Front>::iterator;

  Result<void> launch(Entry front);
  void on_ready(Entry front);
  void on_death(Entry front, int wait_status);
  void restart(FrontSetup setup);

  FrontServices services_;
  std::function<void(Error)> on_lost_;
  std::list<Front> fronts_;
  Front* in_use_ = nullptr;
  bool stopping_ = false;
};

}  // namespace winrm::service::broker
