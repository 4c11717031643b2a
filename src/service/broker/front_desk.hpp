#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auth/exchange.hpp"
#include "config/settings.hpp"
#include "ipc/control.hpp"
#include "service/broker/account_policy.hpp"
#include "service/broker/control_peer.hpp"
#include "service/broker/grants.hpp"
#include "service/broker/host_table.hpp"
#include "service/broker/logon_limiter.hpp"
#include "service/broker/poll_loop.hpp"
#include "service/broker/work_pool.hpp"

namespace winrm::service::broker {

/// What the desk works with. All outlive it.
struct DeskServices {
  PollLoop& loop;
  WorkPool& pool;
  config::Settings const& settings;
  auth::UsersFile const& users;
  auth::PasswordVerifier& verifier;
  AccountPolicy const& policy;
  HostTable& hosts;
  LogonLimiter& limiter;
  std::vector<std::string> const& channel_bindings;  ///< by listener, "" without TLS
};

/// Answers the questions of one front process, and only those of its table. Loop thread only; held by a
/// shared_ptr, so that an answer from the pool finds out that the front is gone.
class FrontDesk : public std::enable_shared_from_this<FrontDesk> {
 public:
  FrontDesk(DeskServices services, std::function<void()> on_ready, std::function<void()> on_gone);

  /// One of the front's question sockets.
  void add_socket(UniqueFd socket);
  /// A grant for a local client, to be handed to the front with its connection.
  [[nodiscard]] std::string grant_local(auth::Principal const& principal) { return grants_.give(principal); }

 private:
  using Question = ipc::message::Question;
  /// Where an answer goes.
  struct Asker {
    std::weak_ptr<ControlPeer> peer;
    std::uint64_t id = 0;
  };
  struct AllowedQuestion {
    Question::QuestionCase kind;
    bool (*allowed)(config::Settings const&);
    void (FrontDesk::*answer)(Asker, Question&);
  };
  static AllowedQuestion const allowed_questions[];

  /// One NTLM or Kerberos exchange under way.
  struct Conversation {
    std::unique_ptr<auth::Acceptor> acceptor;  ///< null while a step runs in the pool
    auth::Scheme scheme = auth::Scheme::negotiate;
    std::string peer_address;
    std::string peer;  ///< who counts as having begun it
    Deadline expires{};
    std::size_t rounds = 0;
    bool was_spaced = false;  ///< LogonLimiter::Admission
  };
  struct StepResult;

  void on_question(std::weak_ptr<ControlPeer> const& from, ipc::Frame frame);
  void verify_password(Asker asker, Question& question);
  void gss_step(Asker asker, Question& question);
  void abandon_context(Asker asker, Question& question);
  void open_host(Asker asker, Question& question);
  void release_grant(Asker asker, Question& question);
  void ready(Asker asker, Question& question);

  /// A verification for the pool, and where the limiter has to account for it.
  struct Attempt {
    Asker asker;
    std::string peer_address;
    std::uint64_t context = 0;  ///< of its conversation, if it belongs to one
    WorkPool::Work work;
  };
  /// Runs the work now, a little later, or never (then the answer is no).
  void attempt_logon(Attempt attempt);
  void admitted(Attempt const& attempt, LogonLimiter::Admission const& admission);
  void submit(Attempt const& attempt);
  void make_room_for_conversation();
  [[nodiscard]] std::uint64_t begin_conversation(ipc::message::GssStep const& step);
  void step_conversation(Asker const& asker, std::uint64_t context, std::string token);
  void finish_step(Asker const& asker, std::uint64_t context, StepResult& result);
  void deny(Asker const& asker);
  void accept(Asker const& asker, auth::Principal const& principal, std::string const& peer_address,
              ipc::message::Verdict& verdict);
  void logon_failed(std::string_view name, auth::Scheme scheme, std::string const& peer_address,
                    std::string const& reason);
  void sweep();

  DeskServices services_;
  std::function<void()> on_ready_;
  std::function<void()> on_gone_;
  std::vector<std::shared_ptr<ControlPeer>> peers_;
  GrantTable grants_;
  std::map<std::uint64_t, Conversation> conversations_;  ///< the oldest first
  std::uint64_t last_context_ = 0;
};

}  // namespace winrm::service::broker
