#include "service/host/channel.hpp"

#include <sys/socket.h>

#include <array>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "ipc/soap_frame.hpp"

namespace winrm::service::host {

Channel::Channel(UniqueFd socket, auth::Principal principal)
    : socket_(std::move(socket)), principal_(std::move(principal)) {}

bool Channel::receive(std::deque<ipc::Frame>& frames) {
  auto const status = reader_.receive(fd());
  if (status == ipc::FrameReader::Status::would_block) return true;
  if (status != ipc::FrameReader::Status::received) return false;
  while (auto frame = reader_.next()) frames.push_back(std::move(*frame));
  return !reader_.broken();
}

void Channel::serve(ipc::Frame frame, engine::Dispatcher& dispatcher, std::function<void()> finished) {
  std::uint64_t const id = frame.id;
  auto const request = ipc::decode_request(frame.payload);
  if (!request) {
    log::error("the front sent an unreadable request: {}", request.error().message);
    return finished();
  }
  engine::Message message;
  message.bytes.assign(request->message);
  message.encoding = request->utf16 ? wsman::Encoding::utf16 : wsman::Encoding::utf8;
  engine::ClientFacts client;
  client.address.assign(request->address);
  client.host_used.assign(request->host_used);
  client.url.assign(request->url);
  client.over_tls = request->over_tls;
  {
    std::lock_guard const lock(calls_mutex_);
    calls_[id].finished = std::move(finished);
  }
  auto completion = [self = shared_from_this(), id](engine::Answer const& answer) {
    auto const open = self->take(id);
    if (!open) return;
    self->answer(id, answer);
    open->finished();
  };
  std::shared_ptr<engine::Call> call =
      dispatcher.dispatch(std::move(message), principal_, client, std::move(completion));
  {
    std::lock_guard const lock(calls_mutex_);
    auto const it = calls_.find(id);
    if (it == calls_.end()) return;
    it->second.call = std::move(call);
    if (!it->second.cancelled) return;
  }
  cancel(id);
}

std::optional<Channel::OpenCall> Channel::take(std::uint64_t id) {
  std::lock_guard const lock(calls_mutex_);
  auto const it = calls_.find(id);
  if (it == calls_.end()) return std::nullopt;
  std::optional<OpenCall> open = std::move(it->second);
  calls_.erase(it);
  return open;
}

void Channel::cancel(std::uint64_t id) {
  {
    std::lock_guard const lock(calls_mutex_);
    auto const it = calls_.find(id);
    if (it == calls_.end()) return;
    it->second.cancelled = true;
    if (!it->second.call) return;  // serve() sees the mark
  }
  auto const open = take(id);
  if (!open) return;
  open->call->cancel();
  open->finished();
}

void Channel::abandon() {
  std::vector<std::uint64_t> ids;
  {
    std::lock_guard const lock(calls_mutex_);
    for (auto const& [id, call] : calls_) ids.push_back(id);
  }
  for (std::uint64_t const id : ids) cancel(id);
}

void Channel::answer(std::uint64_t id, engine::Answer const& answer) {
  std::string const prefix = ipc::encode_answer_prefix(answer.http_status);
  std::array<std::string_view, 2> const payload{prefix, answer.message};
  std::lock_guard const lock(write_mutex_);
  if (auto sent =
          ipc::send_frame(fd(), ipc::FrameKind::answer, id, std::span<std::string_view const>(payload));
      !sent)
    log::debug("an answer had no taker: {}", sent.error().message);
}

void Channel::refuse(std::uint64_t id) { send_empty(ipc::FrameKind::retry, id); }

void Channel::confirm() { send_empty(ipc::FrameKind::alive, 0); }

void Channel::send_empty(ipc::FrameKind kind, std::uint64_t id) {
  std::lock_guard const lock(write_mutex_);
  if (auto sent = ipc::send_frame(fd(), kind, id, std::string_view{}); !sent)
    log::debug("the front is gone: {}", sent.error().message);
}

void Channel::stop_receiving() { ::shutdown(fd(), SHUT_RD); }

}  // namespace winrm::service::host
