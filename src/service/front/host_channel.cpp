#include "service/front/host_channel.hpp"

#include <boost/asio/post.hpp>

#include <array>
#include <string_view>
#include <utility>

#include "base/limits.hpp"
#include "base/log.hpp"

namespace winrm::service::front {

HostChannel::HostChannel(net::io_context& io, UniqueFd socket, Milliseconds check_interval,
                         std::size_t most_waiting)
    : io_(io),
      check_interval_(check_interval),
      most_waiting_(most_waiting),
      timer_(io),
      link_(std::make_shared<FrameLink>(io, std::move(socket))) {}

HostChannel::~HostChannel() { link_->close(); }

void HostChannel::start() {
  auto on_frame = [weak = weak_from_this()](ipc::Frame frame) {
    if (auto const self = weak.lock()) self->on_frame(std::move(frame));
  };
  auto on_gone = [weak = weak_from_this()] {
    if (auto const self = weak.lock()) self->lose();
  };
  link_->start(std::move(on_frame), std::move(on_gone));
}

net::awaitable<HostReply> HostChannel::ask(std::uint64_t id, ipc::SoapRequest request) {
  std::string const prefix = ipc::encode_request_prefix(request);
  std::array<std::string_view, 2> const payload{prefix, request.message};
  if (link_->waiting_bytes() > most_waiting_) {
    HostReply lost;
    co_return lost;
  }
  if (!link_->send(ipc::FrameKind::request, id, payload)) {
    open_ = false;
    HostReply unsent;
    unsent.outcome = HostReply::Outcome::retry;
    co_return unsent;
  }
  check_soon();
  co_return co_await pending_.wait(id);
}

void HostChannel::lose() {
  open_ = false;
  pending_.complete_all();
}

void HostChannel::check_soon() {
  if (std::exchange(checking_, true)) return;
  timer_.expires_after(check_interval_);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code const& error) {
    auto const self = weak.lock();
    if (!error && self) self->check();
  });
}

/// Whatever comes from the host is a sign of it.
void HostChannel::check() {
  checking_ = false;
  if (pending_.empty() || !open_) {
    checks_missed_ = 0;
    return;
  }
  if (++checks_missed_ > limits::host_checks_missed) {
    log::error("a host has not answered for {} s: its requests are given up",
               std::chrono::duration_cast<std::chrono::seconds>(check_interval_ * checks_missed_).count());
    link_->close();
    return lose();
  }
  (void)link_->send(ipc::FrameKind::alive, 0, {});
  check_soon();
}

void HostChannel::cancel(std::uint64_t id) {
  (void)link_->send(ipc::FrameKind::cancel, id, {});
  // Not from here: the caller may be in the middle of ending the connection.
  net::post(io_, [self = shared_from_this(), id] { self->pending_.complete(id, HostReply()); });
}

void HostChannel::on_frame(ipc::Frame frame) {
  checks_missed_ = 0;
  HostReply reply;
  if (frame.kind == ipc::FrameKind::retry) {
    open_ = false;
    reply.outcome = HostReply::Outcome::retry;
  } else if (frame.kind == ipc::FrameKind::answer) {
    auto answer = ipc::decode_answer(std::move(frame.payload));
    if (answer) {
      reply.outcome = HostReply::Outcome::answered;
      reply.http_status = answer->http_status;
      reply.message = std::move(answer->message);
    } else {
      log::error("a host sent an unreadable answer: {}", answer.error().message);
    }
  } else {
    return;
  }
  pending_.complete(frame.id, std::move(reply));
}

}  // namespace winrm::service::front
