#include "http/server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <thread>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "http/certificate.hpp"
#include "http/tls.hpp"
#include "http/worker.hpp"

namespace winrm::http {
namespace {

constexpr Milliseconds pause_without_descriptors{100};
constexpr Milliseconds time_to_abort{1000};

struct PrintedAddress {
  std::string text;
  std::uint16_t port = 0;
};

PrintedAddress address_of(sockaddr_storage const& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  PrintedAddress result;
  if (storage.ss_family == AF_INET) {
    auto const& v4 = reinterpret_cast<sockaddr_in const&>(storage);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    result.port = ntohs(v4.sin_port);
  } else if (storage.ss_family == AF_INET6) {
    auto const& v6 = reinterpret_cast<sockaddr_in6 const&>(storage);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
      ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
    else
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    result.port = ntohs(v6.sin6_port);
  }
  result.text = text.data();
  return result;
}

/// Errors of accept() that say something about one peer, not about us.
bool is_of_the_peer(int error) {
  return error == ECONNABORTED || error == EINTR || error == EPROTO || error == ENETDOWN ||
         error == ENOPROTOOPT || error == EHOSTDOWN || error == ENONET || error == EHOSTUNREACH ||
         error == ENETUNREACH || error == EPERM;
}

}  // namespace

class Server::Impl {
 public:
  Impl(std::vector<ListenerSocket> listeners, ServerLimits limits, std::size_t threads,
       HandlerFactory factory)
      : shared_(limits, std::move(factory)) {
    for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i)
      workers_.push_back(std::make_unique<Worker>(shared_));
    for (auto& listener : listeners) listeners_.push_back(Listener(std::move(listener)));
  }

  ~Impl() { stop(Milliseconds(0)); }

  Result<void> start() {
    for (std::size_t i = 0; i < listeners_.size(); ++i)
      if (auto opened = open(listeners_[i], static_cast<int>(i)); !opened) return opened;
    for (auto& listener : listeners_)
      net::co_spawn(workers_.front()->context(), accept_on(listener), net::detached);
    for (std::size_t i = 0; i < workers_.size(); ++i)
      threads_.emplace_back([worker = workers_[i].get(), i] {
        ::pthread_setname_np(::pthread_self(), ("http-" + std::to_string(i)).c_str());
        auto const work = net::make_work_guard(worker->context());
        worker->context().run();
      });
    return {};
  }

  bool adopt(UniqueFd socket, ConnectionFacts facts) {
    ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
    auto const standing = shared_.admit_local(counted_as(facts));
    if (standing) least_loaded().serve(std::move(socket), std::move(facts), nullptr, *standing);
    return standing == Standing::local;
  }

  void stop(Milliseconds grace) {
    std::lock_guard const lock(stopping_);
    if (threads_.empty()) return;
    stop_accepting(Waiting::left);
    for (auto& worker : workers_) worker->wind_down();
    if (!shared_.wait_until_empty(grace)) {
      for (auto& worker : workers_) worker->abort();
      if (!shared_.wait_until_empty(time_to_abort))
        log::warning("{} connections did not end in time and were dropped", shared_.connections());
    }
    for (auto& worker : workers_) worker->context().stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  /// Connections that the kernel has made and nobody has accepted: they end with their socket.
  enum class Waiting { accepted, left };

  void stop_accepting(Waiting waiting) {
    net::post(workers_.front()->context(), [this, waiting] {
      for (auto& listener : listeners_) {
        if (waiting == Waiting::accepted && listener.acceptor->is_open())
          static_cast<void>(accept_pending(listener, listener.acceptor->native_handle()));
        boost::system::error_code ignored;
        listener.acceptor->close(ignored);
      }
    });
  }

  std::size_t connections() const { return shared_.connections(); }

  std::vector<net::io_context*> contexts() {
    std::vector<net::io_context*> result;
    for (auto& worker : workers_) result.push_back(&worker->context());
    return result;
  }

 private:
  using Acceptor = net::posix::basic_stream_descriptor<net::io_context::executor_type>;

  struct Listener {
    explicit Listener(ListenerSocket given) : socket(std::move(given)) {}
    ListenerSocket socket;
    SslContext tls;
    ConnectionFacts facts;               ///< what all its connections have in common
    std::unique_ptr<Acceptor> acceptor;  ///< closed once the server stops
  };

  Result<void> open(Listener& listener, int index) {
    auto& given = listener.socket;
    listener.facts.listener = index;
    listener.facts.tls = given.tls;
    listener.facts.url_prefix = given.url_prefix;
    if (given.tls) {
      auto context = make_server_context(given.certificate_pem, given.key_pem);
      wipe(given.key_pem.data(), given.key_pem.size());
      if (!context) return tl::unexpected(context.error());
      listener.tls = std::move(*context);
      auto der = certificate_der(given.certificate_pem);
      if (!der) return tl::unexpected(der.error());
      listener.facts.certificate_der = std::move(*der);
    }
    listener.acceptor = std::make_unique<Acceptor>(workers_.front()->context(), given.socket.release());
    listener.acceptor->non_blocking(true);
    return {};
  }

  net::awaitable<void> accept_on(Listener& listener) {
    auto& acceptor = listener.acceptor;
    net::steady_timer pause(workers_.front()->context());
    bool reported = false;
    while (acceptor->is_open()) {
      auto const [error] = co_await acceptor->async_wait(Acceptor::wait_read, net::as_tuple(net::deferred));
      if (error) co_return;
      int const problem = accept_pending(listener, acceptor->native_handle());
      if (problem == 0) {
        reported = false;
        continue;
      }
      // No descriptors or memory: what other connections free is what helps.
      if (!std::exchange(reported, true))
        log::error(
            "cannot accept connections: {}; waiting for others to end (raise the limit of open files?)",
            std::strerror(problem));
      pause.expires_after(pause_without_descriptors);
      auto const [interrupted] = co_await pause.async_wait(net::as_tuple(net::deferred));
      if (interrupted) co_return;
    }
  }

  /// Accepts what is waiting, but lets other work of the thread in between. Returns 0, or why it cannot go
  /// on.
  int accept_pending(Listener& listener, int descriptor) {
    constexpr int most_at_once = 64;
    for (int i = 0; i < most_at_once; ++i) {
      sockaddr_storage peer{};
      socklen_t size = sizeof peer;
      UniqueFd socket(
          ::accept4(descriptor, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (socket) {
        welcome(listener, std::move(socket), peer);
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return 0;
      } else if (!is_of_the_peer(errno)) {
        return errno;
      }
    }
    return 0;
  }

  void welcome(Listener& listener, UniqueFd socket, sockaddr_storage const& peer) {
    int const on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_storage local{};
    socklen_t size = sizeof local;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&local), &size);
    auto facts = listener.facts;
    facts.peer_address = address_of(peer).text;
    auto local_address = address_of(local);
    facts.local_address = std::move(local_address.text);
    facts.local_port = local_address.port;

    auto const standing = shared_.admit_peer(counted_as(facts));
    if (standing) least_loaded().serve(std::move(socket), std::move(facts), listener.tls, *standing);
  }

  Worker& least_loaded() {
    auto const least = std::min_element(workers_.begin(), workers_.end(),
                                        [](auto const& a, auto const& b) { return a->load() < b->load(); });
    return **least;
  }

  Shared shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Listener> listeners_;  // after the workers: acceptors end before their context
  std::vector<std::thread> threads_;
  std::mutex stopping_;
};

Server::Server(std::vector<ListenerSocket> listeners, ServerLimits limits, std::size_t threads,
               HandlerFactory factory)
    : impl_(std::make_unique<Impl>(std::move(listeners), limits, threads, std::move(factory))) {}
Server::~Server() = default;
Result<void> Server::start() { return impl_->start(); }
bool Server::adopt(UniqueFd socket, ConnectionFacts facts) {
  return impl_->adopt(std::move(socket), std::move(facts));
}
void Server::stop_accepting() { impl_->stop_accepting(Impl::Waiting::accepted); }
void Server::stop(Milliseconds grace) { impl_->stop(grace); }
std::size_t Server::connections() const { return impl_->connections(); }
std::vector<net::io_context*> Server::contexts() { return impl_->contexts(); }

}  // namespace winrm::http
