#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/unique_fd.hpp"
#include "ipc/frame.hpp"

namespace winrm::service::front {

namespace net = boost::asio;

/// Frames on a socket, driven by one thread's io_context. Held by shared_ptr; lives until close() or until
/// the peer is gone.
class FrameLink : public std::enable_shared_from_this<FrameLink> {
 public:
  using OnFrame = std::function<void(ipc::Frame frame)>;
  using OnGone = std::function<void()>;

  FrameLink(net::io_context& io, UniqueFd socket);

  void start(OnFrame on_frame, OnGone on_gone);
  /// False when the peer is gone: nothing was sent that the peer could have read whole.
  [[nodiscard]] bool send(ipc::FrameKind kind, std::uint64_t id, std::span<std::string_view const> payload);
  /// What the peer has not taken yet.
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return writer_.waiting_bytes(); }
  void close();

 private:
  void wait_readable();
  void wait_writable();
  void on_readable();
  void on_writable();
  void gone();

  net::posix::stream_descriptor descriptor_;
  ipc::FrameReader reader_;
  ipc::FrameWriter writer_;
  OnFrame on_frame_;
  OnGone on_gone_;
  bool waiting_to_write_ = false;
};

}  // namespace winrm::service::front
