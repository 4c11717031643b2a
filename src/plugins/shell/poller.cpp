#include "plugins/shell/poller.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include "base/log.hpp"

namespace winrm::plugins::shell {
namespace {

constexpr Poller::Registration stop_registration = 0;

void require(bool succeeded, char const* what) {
  if (!succeeded) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)), stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  require(epoll_ && stop_, "epoll");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = stop_registration;
  require(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, stop_.get(), &event) == 0, "epoll_ctl");
  thread_ = std::thread([this] { run(); });
}

Poller::~Poller() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

Poller::Registration Poller::add(int fd, For what, std::shared_ptr<Handler> handler, int tag) {
  Registration registration = 0;
  {
    std::lock_guard const lock(mutex_);
    registration = next_++;
    entries_.emplace(registration, Entry{std::move(handler), tag});
  }
  epoll_event event{};
  event.events = what == For::reading ? EPOLLIN | EPOLLRDHUP : EPOLLOUT;
  event.data.u64 = registration;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    int const error = errno;
    remove(registration, -1);
    throw std::system_error(error, std::generic_category(), "epoll_ctl");
  }
  return registration;
}

void Poller::remove(Registration registration, int fd) noexcept {
  std::shared_ptr<Handler> removed;  // may be the last owner: destroyed without the lock
  std::lock_guard const lock(mutex_);
  auto const found = entries_.find(registration);
  if (found == entries_.end()) return;
  if (fd >= 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  removed = std::move(found->second.handler);
  entries_.erase(found);
}

void Poller::run() {
  std::array<epoll_event, 64> events;
  while (true) {
    int const count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      Registration const registration = events[static_cast<std::size_t>(i)].data.u64;
      if (registration == stop_registration) return;
      Entry entry;
      {
        std::lock_guard const lock(mutex_);
        auto const found = entries_.find(registration);
        if (found == entries_.end()) continue;  // removed by an event before this one
        entry = found->second;
      }
      try {
        entry.handler->ready(entry.tag);
      } catch (std::exception const& error) {
        log::error("shell output: {}", error.what());
      }
    }
  }
}

}  // namespace winrm::plugins::shell
