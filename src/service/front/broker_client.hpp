#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/unique_fd.hpp"
#include "ipc/control.hpp"
#include "service/front/frame_link.hpp"
#include "service/front/pending_replies.hpp"

namespace winrm::service::front {

/// The questions one thread of the front asks the broker. When the broker is gone every answer is no.
class BrokerClient {
 public:
  BrokerClient(net::io_context& io, UniqueFd socket);
  ~BrokerClient();
  BrokerClient(BrokerClient const&) = delete;
  BrokerClient& operator=(BrokerClient const&) = delete;

  using Verdict = ipc::message::Verdict;

  [[nodiscard]] net::awaitable<Verdict> verify_password(std::string user, Secret password,
                                                        std::string peer_address);
  /// `context` 0 begins an authentication. `listener` says whose certificate a channel binding names.
  [[nodiscard]] net::awaitable<Verdict> gss_step(std::uint64_t context, std::string token, bool kerberos_only,
                                                 int listener, std::string peer_address);
  /// A channel to the host of the grant's account; none when it cannot be started, or when the principal may
  /// not do anything.
  struct OpenedHost {
    OpenedHost() {}  // user-declared: see docs/common-errors.md (g++ 12 coroutines)
    UniqueFd channel;
    bool access_denied = false;
  };
  [[nodiscard]] net::awaitable<OpenedHost> open_host(std::string grant);

  void abandon_context(std::uint64_t context);
  void release_grant(std::string const& grant);
  void ready();

 private:
  struct Reply {
    Reply() {}  // user-declared: see docs/common-errors.md (g++ 12 coroutines)
    ipc::message::Answer answer;
    std::vector<UniqueFd> fds;
  };
  void tell(ipc::message::Question const& question);
  [[nodiscard]] net::awaitable<Reply> ask(ipc::message::Question question);
  void on_frame(ipc::Frame frame);

  std::shared_ptr<FrameLink> link_;
  PendingReplies<Reply> pending_;
  std::uint64_t last_id_ = 0;
};

}  // namespace winrm::service::front
