#include "service/front/frame_link.hpp"

#include <utility>

namespace winrm::service::front {

FrameLink::FrameLink(net::io_context& io, UniqueFd socket) : descriptor_(io) {
  ipc::set_non_blocking(socket.get());
  descriptor_.assign(socket.release());
}

void FrameLink::start(OnFrame on_frame, OnGone on_gone) {
  on_frame_ = std::move(on_frame);
  on_gone_ = std::move(on_gone);
  wait_readable();
}

bool FrameLink::send(ipc::FrameKind kind, std::uint64_t id, std::span<std::string_view const> payload) {
  if (!descriptor_.is_open()) return false;
  auto const status = writer_.send(descriptor_.native_handle(), kind, id, payload);
  if (status == ipc::FrameWriter::Status::queued) wait_writable();
  return status != ipc::FrameWriter::Status::broken;
}

void FrameLink::wait_readable() {
  descriptor_.async_wait(net::posix::stream_descriptor::wait_read,
                         [self = shared_from_this()](boost::system::error_code const& error) {
                           if (!error) self->on_readable();
                         });
}

void FrameLink::wait_writable() {
  if (std::exchange(waiting_to_write_, true)) return;
  descriptor_.async_wait(net::posix::stream_descriptor::wait_write,
                         [self = shared_from_this()](boost::system::error_code const& error) {
                           if (!error) self->on_writable();
                         });
}

void FrameLink::on_readable() {
  auto const status = reader_.receive(descriptor_.native_handle());
  if (status == ipc::FrameReader::Status::closed || status == ipc::FrameReader::Status::broken) return gone();
  while (descriptor_.is_open()) {
    auto frame = reader_.next();
    if (!frame) break;
    on_frame_(std::move(*frame));
  }
  if (reader_.broken()) return gone();
  if (descriptor_.is_open()) wait_readable();
}

void FrameLink::on_writable() {
  waiting_to_write_ = false;
  auto const status = writer_.flush(descriptor_.native_handle());
  if (status == ipc::FrameWriter::Status::queued) wait_writable();
  // A broken socket is noticed by the reading side, after what the peer still said.
}

void FrameLink::close() {
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

void FrameLink::gone() {
  close();
  if (auto const on_gone = std::exchange(on_gone_, nullptr)) on_gone();
}

}  // namespace winrm::service::front
