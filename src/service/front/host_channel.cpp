#include "service/front/host_channel.hpp"

#include <boost/asio/post.hpp>

#include <array>
#include <string_view>
#include <utility>

#include "base/log.hpp"

namespace winrm::service::front {

HostChannel::HostChannel(net::io_context& io, UniqueFd socket)
    : io_(io), link_(std::make_shared<FrameLink>(io, std::move(socket))) {}

HostChannel::~HostChannel() { link_->close(); }

void HostChannel::start() {
  auto on_frame = [weak = weak_from_this()](ipc::Frame frame) {
    if (auto const self = weak.lock()) self->on_frame(std::move(frame));
  };
  auto on_gone = [weak = weak_from_this()] {
    auto const self = weak.lock();
    if (!self) return;
    self->open_ = false;
    self->pending_.complete_all();
  };
  link_->start(std::move(on_frame), std::move(on_gone));
}

net::awaitable<HostReply> HostChannel::ask(std::uint64_t id, ipc::SoapRequest request) {
  std::string const prefix = ipc::encode_request_prefix(request);
  std::array<std::string_view, 2> const payload{prefix, request.message};
  if (!link_->send(ipc::FrameKind::request, id, payload)) {
    open_ = false;
    HostReply unsent;
    unsent.outcome = HostReply::Outcome::retry;
    co_return unsent;
  }
  co_return co_await pending_.wait(id);
}

void HostChannel::cancel(std::uint64_t id) {
  (void)link_->send(ipc::FrameKind::cancel, id, {});
  // Not from here: the caller may be in the middle of ending the connection.
  net::post(io_, [self = shared_from_this(), id] { self->pending_.complete(id, HostReply()); });
}

void HostChannel::on_frame(ipc::Frame frame) {
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
