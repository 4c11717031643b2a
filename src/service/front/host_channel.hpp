#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "base/unique_fd.hpp"
#include "ipc/soap_frame.hpp"
#include "service/front/frame_link.hpp"
#include "service/front/pending_replies.hpp"

namespace winrm::service::front {

/// What became of a request that was handed to a host.
struct HostReply {
  enum class Outcome {
    lost,   ///< the host died or is stopped, or the client left: whether the operation was done is unknown
    retry,  ///< the host did not look at it
    answered,
    access_denied,  ///< nobody was asked: the account may not do anything here
  };
  HostReply() {}  // user-declared: see docs/common-errors.md (g++ 12 coroutines)
  Outcome outcome = Outcome::lost;
  int http_status = 0;
  std::string message;
};

/// One thread's stream of requests to one principal's host. While requests are under way the host is asked
/// from time to time whether it is there, for a stopped one would keep them for ever; how long they take is
/// the host's affair. Held by shared_ptr.
class HostChannel : public std::enable_shared_from_this<HostChannel> {
 public:
  /// Requests are lost while the host has not taken `most_waiting` bytes of those before.
  HostChannel(net::io_context& io, UniqueFd socket, Milliseconds check_interval, std::size_t most_waiting);
  ~HostChannel();
  HostChannel(HostChannel const&) = delete;
  HostChannel& operator=(HostChannel const&) = delete;

  void start();
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  /// `request` must stay valid until the reply. `id` comes from next_id().
  [[nodiscard]] net::awaitable<HostReply> ask(std::uint64_t id, ipc::SoapRequest request);
  [[nodiscard]] std::uint64_t next_id() noexcept { return ++last_id_; }
  /// The client of request `id` left: ask() returns `lost` soon, and the host is told.
  void cancel(std::uint64_t id);

 private:
  void on_frame(ipc::Frame frame);
  void lose();
  void check_soon();
  void check();

  net::io_context& io_;
  Milliseconds check_interval_;
  std::size_t most_waiting_;
  net::steady_timer timer_;
  bool checking_ = false;
  int checks_missed_ = 0;
  std::shared_ptr<FrameLink> link_;
  PendingReplies<HostReply> pending_;
  std::uint64_t last_id_ = 0;
  bool open_ = true;
};

}  // namespace winrm::service::front
