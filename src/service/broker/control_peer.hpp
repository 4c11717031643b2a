#pragma once

#include <functional>
#include <span>

#include "base/unique_fd.hpp"
#include "ipc/frame.hpp"
#include "service/broker/poll_loop.hpp"

namespace google::protobuf {
class MessageLite;
}

namespace winrm::service::broker {

/// The broker's end of a socket to the front or to a host. A peer that breaks the protocol, takes no messages
/// or hangs up is reported gone, once.
class ControlPeer {
 public:
  using OnFrame = std::function<void(ipc::Frame frame)>;
  using OnGone = std::function<void()>;

  /// `on_gone` runs deferred: it may destroy the peer.
  ControlPeer(PollLoop& loop, UniqueFd socket, OnFrame on_frame, OnGone on_gone);
  ~ControlPeer();
  ControlPeer(ControlPeer const&) = delete;
  ControlPeer& operator=(ControlPeer const&) = delete;

  void send(std::uint64_t id, google::protobuf::MessageLite const& message, std::span<int const> fds = {});

 private:
  void on_ready(short events);
  void after_write(ipc::FrameWriter::Status status);
  void gone();

  PollLoop& loop_;
  UniqueFd socket_;
  OnFrame on_frame_;
  OnGone on_gone_;
  ipc::FrameReader reader_;
  ipc::FrameWriter writer_;
  bool is_gone_ = false;
};

}  // namespace winrm::service::broker
