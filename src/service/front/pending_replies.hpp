#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

namespace winrm::service::front {

namespace net = boost::asio;

/// Coroutines that wait for the reply to a numbered question. One thread only.
template <class Reply>
class PendingReplies {
 public:
  /// Suspends until complete() is called with this id.
  [[nodiscard]] net::awaitable<Reply> wait(std::uint64_t id) {
    auto initiation = [this, id](auto handler) {
      pending_.emplace(id, std::make_unique<Suspended<decltype(handler)>>(std::move(handler)));
    };
    co_return co_await net::async_initiate<net::use_awaitable_t<> const, void(Reply)>(initiation,
                                                                                      net::use_awaitable);
  }

  /// Resumes who waits for `id`; nothing happens when nobody does.
  void complete(std::uint64_t id, Reply reply) {
    auto const it = pending_.find(id);
    if (it == pending_.end()) return;
    std::unique_ptr<Waiter> const waiter = std::move(it->second);
    pending_.erase(it);
    waiter->resume(std::move(reply));
  }

  /// Resumes everyone with a default reply.
  void complete_all() {
    while (!pending_.empty()) complete(pending_.begin()->first, Reply());
  }

  [[nodiscard]] bool empty() const noexcept { return pending_.empty(); }

 private:
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void resume(Reply reply) = 0;
  };
  template <class Handler>
  struct Suspended final : Waiter {
    explicit Suspended(Handler h) : handler(std::move(h)) {}
    void resume(Reply reply) override { std::move(handler)(std::move(reply)); }
    Handler handler;
  };
  std::unordered_map<std::uint64_t, std::unique_ptr<Waiter>> pending_;
};

}  // namespace winrm::service::front
