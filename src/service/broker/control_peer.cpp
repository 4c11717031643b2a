#include "service/broker/control_peer.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "base/limits.hpp"
#include "ipc/control.hpp"

namespace winrm::service::broker {

ControlPeer::ControlPeer(PollLoop& loop, UniqueFd socket, OnFrame on_frame, OnGone on_gone)
    : loop_(loop),
      socket_(std::move(socket)),
      on_frame_(std::move(on_frame)),
      on_gone_(std::move(on_gone)),
      reader_(limits::ipc_control_bytes) {
  ipc::set_non_blocking(socket_.get());
  loop_.watch(socket_.get(), POLLIN, [this](short events) { on_ready(events); });
}

ControlPeer::~ControlPeer() { loop_.unwatch(socket_.get()); }

void ControlPeer::send(std::uint64_t id, google::protobuf::MessageLite const& message,
                       std::span<int const> fds) {
  if (is_gone_) return;
  Secret const bytes = ipc::encode(message);
  std::array<std::string_view, 1> const payload{bytes.reveal()};
  after_write(writer_.send(socket_.get(), ipc::FrameKind::control, id, payload, fds));
}

void ControlPeer::after_write(ipc::FrameWriter::Status status) {
  if (status == ipc::FrameWriter::Status::broken || writer_.waiting_bytes() > limits::ipc_waiting_bytes)
    return gone();
  short const events = writer_.empty() ? POLLIN : POLLIN | POLLOUT;
  loop_.change_events(socket_.get(), events);
}

void ControlPeer::on_ready(short events) {
  if ((events & POLLOUT) != 0) after_write(writer_.flush(socket_.get()));
  if (is_gone_ || (events & (POLLIN | POLLHUP | POLLERR)) == 0) return;
  auto const status = reader_.receive(socket_.get());
  if (status == ipc::FrameReader::Status::would_block) return;
  if (status != ipc::FrameReader::Status::received) return gone();
  while (auto frame = reader_.next()) {
    on_frame_(std::move(*frame));
    if (is_gone_) return;
  }
  if (reader_.broken()) gone();
}

void ControlPeer::gone() {
  if (is_gone_) return;
  is_gone_ = true;
  loop_.unwatch(socket_.get());
  loop_.defer(on_gone_);
}

}  // namespace winrm::service::broker
