#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "auth/principal.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"
#include "engine/dispatcher.hpp"
#include "service/host/channel.hpp"

namespace winrm::service::host {

/// Serves channels with a bounded pool of workers. A worker waits on the channels themselves, so that a
/// request is served by the thread that read it; the pool grows while workers are held up.
class ChannelServer {
 public:
  ChannelServer(engine::Dispatcher& dispatcher, std::size_t max_threads);
  /// Ends the workers once what they serve has returned.
  ~ChannelServer();
  ChannelServer(ChannelServer const&) = delete;
  ChannelServer& operator=(ChannelServer const&) = delete;

  void add(UniqueFd socket, auth::Principal principal);

  /// Call now and then from one thread: adds workers when those there are held up. Returns when it wants to
  /// be called again.
  [[nodiscard]] Milliseconds supervise();
  /// Readable when supervise() is wanted sooner than it asked for.
  [[nodiscard]] int activity_fd() const noexcept { return activity_.get(); }

  /// When the last request came or was finished, if none is open.
  [[nodiscard]] std::optional<Deadline> quiet_since() const;

  /// Whether requests are refused with `retry`: the front asks another host.
  void refuse_requests(bool refuse) { refusing_ = refuse; }
  /// Stops taking requests in and refuses those already received.
  void drain();

 private:
  struct Worker {
    std::thread thread;
    std::atomic<std::int64_t> busy_since{0};  ///< steady milliseconds; 0 while waiting
  };
  using Request = std::pair<std::shared_ptr<Channel>, ipc::Frame>;

  void add_worker();
  void work(Worker& self);
  void read_channel(int fd);
  void take_in(std::shared_ptr<Channel> const& channel, ipc::Frame frame);
  [[nodiscard]] bool serve_one(Worker& self);
  void close_channel(std::shared_ptr<Channel> const& channel);
  void touch();

  engine::Dispatcher& dispatcher_;
  std::size_t max_threads_;
  UniqueFd epoll_;
  UniqueFd work_;      ///< wakes a waiting worker for a queued request
  UniqueFd activity_;  ///< wakes the supervisor
  std::atomic<bool> stopping_{false};
  std::atomic<bool> refusing_{false};
  std::atomic<bool> quiet_{true};
  std::atomic<std::size_t> waiting_workers_{0};
  std::atomic<std::size_t> open_requests_{0};
  std::atomic<std::int64_t> last_activity_;

  std::mutex queue_mutex_;
  std::deque<Request> queue_;
  std::mutex channels_mutex_;
  std::unordered_map<int, std::shared_ptr<Channel>> channels_;
  std::list<Worker> workers_;
};

}  // namespace winrm::service::host
