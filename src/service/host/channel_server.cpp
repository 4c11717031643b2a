#include "service/host/channel_server.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/log.hpp"

namespace winrm::service::host {

namespace {

/// A worker that has served one request for longer than this counts as held up.
constexpr std::int64_t held_up_ms = 20;
constexpr Milliseconds supervision{20};
constexpr Milliseconds quiet_supervision{1000};

std::int64_t now_ms() {
  return std::chrono::duration_cast<Milliseconds>(SteadyClock::now().time_since_epoch()).count();
}

void watch(int epoll, int fd, std::uint32_t events, int operation) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll, operation, fd, &event);
}

std::size_t baseline_threads() {
  static std::size_t const count = std::max<std::size_t>(2, std::thread::hardware_concurrency());
  return count;
}

}  // namespace

ChannelServer::ChannelServer(engine::Dispatcher& dispatcher, std::size_t max_threads)
    : dispatcher_(dispatcher),
      max_threads_(std::max(max_threads, baseline_threads())),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      work_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)),
      activity_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      last_activity_(now_ms()) {
  watch(epoll_.get(), work_.get(), EPOLLIN, EPOLL_CTL_ADD);
  for (std::size_t i = 0; i < baseline_threads(); ++i) add_worker();
}

ChannelServer::~ChannelServer() {
  stopping_ = true;
  ::eventfd_write(work_.get(), 1'000'000);
  for (Worker& worker : workers_) worker.thread.join();
}

void ChannelServer::add(UniqueFd socket, auth::Principal principal) {
  int const fd = socket.get();
  auto channel = std::make_shared<Channel>(std::move(socket), std::move(principal));
  {
    std::lock_guard const lock(channels_mutex_);
    channels_[fd] = std::move(channel);
  }
  watch(epoll_.get(), fd, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, EPOLL_CTL_ADD);
}

void ChannelServer::add_worker() {
  Worker& worker = workers_.emplace_back();
  worker.thread = std::thread([this, &worker] { work(worker); });
}

Milliseconds ChannelServer::supervise() {
  ::eventfd_t drained = 0;
  ::eventfd_read(activity_.get(), &drained);
  std::int64_t const now = now_ms();
  std::size_t busy = 0;
  std::size_t held_up = 0;
  for (auto const& worker : workers_) {
    std::int64_t const since = worker.busy_since;
    if (since == 0) continue;
    ++busy;
    if (now - since > held_up_ms) ++held_up;
  }
  while (workers_.size() - held_up < baseline_threads() && workers_.size() < max_threads_) add_worker();
  // A long poll is an open request without a worker: nothing to look after until something comes again.
  // First say so, then look: a request that comes in between is either seen here or wakes us.
  quiet_ = true;
  if (busy == 0 && now - last_activity_ >= quiet_supervision.count()) return quiet_supervision;
  quiet_ = false;
  return supervision;
}

std::optional<Deadline> ChannelServer::quiet_since() const {
  if (open_requests_ > 0) return std::nullopt;
  return Deadline(Milliseconds(last_activity_.load()));
}

void ChannelServer::touch() {
  last_activity_.store(now_ms(), std::memory_order_relaxed);
  if (quiet_.load(std::memory_order_relaxed) && quiet_.exchange(false)) ::eventfd_write(activity_.get(), 1);
}

void ChannelServer::work(Worker& self) {
  while (!stopping_) {
    if (serve_one(self)) continue;
    epoll_event event{};
    ++waiting_workers_;
    int const ready = ::epoll_wait(epoll_.get(), &event, 1, -1);
    --waiting_workers_;
    if (ready != 1 || stopping_) continue;
    if (event.data.fd == work_.get()) {
      ::eventfd_t one = 0;
      ::eventfd_read(work_.get(), &one);
      continue;
    }
    self.busy_since = now_ms();
    read_channel(event.data.fd);
    self.busy_since = 0;
  }
}

void ChannelServer::read_channel(int fd) {
  std::shared_ptr<Channel> channel;
  {
    std::lock_guard const lock(channels_mutex_);
    if (auto const it = channels_.find(fd); it != channels_.end()) channel = it->second;
  }
  if (!channel) return;
  std::deque<ipc::Frame> frames;
  bool const open = channel->receive(frames);
  for (ipc::Frame& frame : frames) take_in(channel, std::move(frame));
  if (!open) return close_channel(channel);
  watch(epoll_.get(), fd, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, EPOLL_CTL_MOD);
}

void ChannelServer::take_in(std::shared_ptr<Channel> const& channel, ipc::Frame frame) {
  if (frame.kind == ipc::FrameKind::cancel) return channel->cancel(frame.id);
  if (frame.kind == ipc::FrameKind::alive) return channel->confirm();
  if (frame.kind != ipc::FrameKind::request) return;
  if (refusing_) return channel->refuse(frame.id);
  ++open_requests_;
  touch();
  bool another_waits = false;
  {
    std::lock_guard const lock(queue_mutex_);
    queue_.emplace_back(channel, std::move(frame));
    another_waits = queue_.size() > 1;
  }
  // The reading worker serves the first request itself.
  if (another_waits && waiting_workers_ > 0) ::eventfd_write(work_.get(), 1);
}

bool ChannelServer::serve_one(Worker& self) {
  Request request;
  {
    std::lock_guard const lock(queue_mutex_);
    if (queue_.empty()) return false;
    request = std::move(queue_.front());
    queue_.pop_front();
  }
  self.busy_since = now_ms();
  auto finished = [this] {
    last_activity_.store(now_ms(), std::memory_order_relaxed);
    --open_requests_;
  };
  request.first->serve(std::move(request.second), dispatcher_, std::move(finished));
  self.busy_since = 0;
  return true;
}

void ChannelServer::close_channel(std::shared_ptr<Channel> const& channel) {
  {
    std::lock_guard const lock(channels_mutex_);
    watch(epoll_.get(), channel->fd(), 0, EPOLL_CTL_DEL);
    channels_.erase(channel->fd());
  }
  channel->abandon();
}

void ChannelServer::drain() {
  refusing_ = true;
  std::vector<std::shared_ptr<Channel>> channels;
  {
    std::lock_guard const lock(channels_mutex_);
    for (auto const& [fd, channel] : channels_) channels.push_back(channel);
  }
  for (auto const& channel : channels) channel->stop_receiving();
  // A worker finds each channel at its end, refuses what had come before and closes it.
  for (;;) {
    std::lock_guard const lock(channels_mutex_);
    if (channels_.empty()) return;
    std::this_thread::yield();
  }
}

}  // namespace winrm::service::host
