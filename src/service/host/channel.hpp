#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "auth/principal.hpp"
#include "base/unique_fd.hpp"
#include "engine/dispatcher.hpp"
#include "ipc/frame.hpp"

namespace winrm::service::host {

/// One stream of requests from a thread of the front, all of one principal. One worker reads at a time; any
/// thread may answer.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  Channel(UniqueFd socket, auth::Principal principal);

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] auth::Principal const& principal() const noexcept { return principal_; }

  /// Reads what is there. False once the front hung up or broke the protocol.
  [[nodiscard]] bool receive(std::deque<ipc::Frame>& frames);

  /// Serves a request on this thread as far as it goes; `finished` runs once when it is answered or
  /// cancelled.
  void serve(ipc::Frame frame, engine::Dispatcher& dispatcher, std::function<void()> finished);
  /// The client of request `id` went away.
  void cancel(std::uint64_t id);
  /// Tells the front that request `id` was not looked at.
  void refuse(std::uint64_t id);
  /// Tells the front that we are there.
  void confirm();
  /// The front is gone: cancels every call.
  void abandon();
  /// No more requests are taken in; those already received can still be read.
  void stop_receiving();

 private:
  /// One request under way. The call is unknown until the dispatcher has returned it.
  struct OpenCall {
    std::shared_ptr<engine::Call> call;
    bool cancelled = false;
    std::function<void()> finished;
  };
  void answer(std::uint64_t id, engine::Answer const& answer);
  void send_empty(ipc::FrameKind kind, std::uint64_t id);
  /// Whoever takes an open call out of the table ends it.
  [[nodiscard]] std::optional<OpenCall> take(std::uint64_t id);

  UniqueFd socket_;
  auth::Principal principal_;
  ipc::FrameReader reader_;
  std::mutex write_mutex_;
  std::mutex calls_mutex_;
  std::unordered_map<std::uint64_t, OpenCall> calls_;
};

}  // namespace winrm::service::host
