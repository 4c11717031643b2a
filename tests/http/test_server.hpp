#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "http/certificate.hpp"
#include "http/server.hpp"

/// A server with a scripted handler on a loopback port, and a client that sends raw bytes to it.
namespace winrm::http {

constexpr std::size_t test_body_limit = 64 * 1024;

inline Deadline soon() { return SteadyClock::now() + Milliseconds(10'000); }

/// What the handlers of a server do, and what they saw. The counters may be read from any thread.
struct Script {
  std::function<Handler::Admission(RequestHead const&)> admit = [](RequestHead const&) {
    Handler::Admission admission;
    admission.body_limit = test_body_limit;
    return admission;
  };
  std::function<net::awaitable<Response>(RequestHead const&, std::string)> respond;  ///< empty: echo the body
  std::atomic<int> handlers{0};
  std::atomic<int> admitted{0};
  std::atomic<int> answered{0};
  std::atomic<int> disconnected{0};
  std::function<void()> on_disconnect;
};

class ScriptedHandler final : public Handler {
 public:
  explicit ScriptedHandler(Script& script) : script_(script) { ++script_.handlers; }

  net::awaitable<Admission> admit(RequestHead const& head) override {
    ++script_.admitted;
    co_return script_.admit(head);
  }
  net::awaitable<Response> respond(RequestHead const& head, std::string body) override {
    if (script_.respond) {
      auto response = co_await script_.respond(head, std::move(body));
      ++script_.answered;
      co_return response;
    }
    Response response;
    response.content_type = "text/plain";
    response.body = std::move(body);
    ++script_.answered;
    co_return response;
  }
  void disconnected() override {
    ++script_.disconnected;
    if (script_.on_disconnect) script_.on_disconnect();
  }

 private:
  Script& script_;
};

inline UniqueFd listen_on_loopback(std::string const& host = "127.0.0.1") {
  bool const sixth = host.find(':') != std::string::npos;
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  ::inet_pton(sixth ? AF_INET6 : AF_INET, host.c_str(),
              sixth ? static_cast<void*>(&v6.sin6_addr) : static_cast<void*>(&v4.sin_addr));
  auto const* address = sixth ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  UniqueFd socket(::socket(sixth ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(socket.get(), address, sixth ? sizeof v6 : sizeof v4) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0)
    throw std::runtime_error("cannot listen on " + host);
  return socket;
}

inline std::uint16_t port_of(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size);
  return ntohs(storage.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(storage).sin_port
                                            : reinterpret_cast<sockaddr_in6&>(storage).sin6_port);
}

/// One certificate for all tests of a program: making a key takes a while.
inline CertificateAndKey const& test_certificate() {
  static CertificateAndKey const made = [] {
    std::vector<std::string> const names = {"localhost", "127.0.0.1", "::1"};
    return make_self_signed_certificate(names).value();
  }();
  return made;
}

struct TestServerOptions {
  ServerLimits limits;
  std::size_t threads = 1;
  bool tls = false;
  std::string address = "127.0.0.1";
};

class TestServer {
 public:
  explicit TestServer(Script& script, TestServerOptions options = {}) {
    ListenerSocket listener;
    listener.socket = listen_on_loopback(options.address);
    port_ = port_of(listener.socket.get());
    listener.tls = options.tls;
    if (options.tls) {
      listener.certificate_pem = test_certificate().certificate_pem;
      listener.key_pem = test_certificate().key_pem.reveal();
    }
    std::vector<ListenerSocket> listeners;
    listeners.push_back(std::move(listener));
    server_ = std::make_unique<Server>(std::move(listeners), options.limits, options.threads,
                                       [this, &script](ConnectionFacts const& facts, net::any_io_executor) {
                                         facts_ = facts;
                                         return std::make_unique<ScriptedHandler>(script);
                                       });
    if (auto started = server_->start(); !started) throw std::runtime_error(started.error().message);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  Server& server() { return *server_; }
  /// Of the last connection; read it after an answer came.
  [[nodiscard]] ConnectionFacts const& facts() const { return facts_; }

 private:
  std::uint16_t port_ = 0;
  ConnectionFacts facts_;
  std::unique_ptr<Server> server_;
};

/// A peer that sends what it is told and reads answers; no method waits longer than ten seconds.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, char const* source = nullptr)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (source != nullptr) {
      ::inet_pton(AF_INET, source, &address.sin_addr);
      ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
  }
  explicit RawClient(UniqueFd socket) : socket_(std::move(socket)) {}

  /// False when the peer has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto const sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Head and body of the next answer, by its Content-Length; "" when the connection ended first.
  std::string answer(bool with_body = true) {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
      if (!receive_some()) return {};
    auto total = end + 4;
    auto const length = received_.find("Content-Length: ");
    if (with_body && length != std::string::npos && length < end)
      total += std::stoul(received_.substr(length + 16));
    while (received_.size() < total)
      if (!receive_some()) return {};
    auto const result = received_.substr(0, total);
    received_.erase(0, total);
    return result;
  }

  /// All bytes until the peer closes.
  std::string rest() {
    while (receive_some()) {
    }
    return std::exchange(received_, {});
  }

  /// True when the peer has closed and nothing is left to read.
  bool is_closed() { return received_.empty() && !receive_some(); }

  /// True when bytes or the end come within `timeout`.
  bool hears_something(Milliseconds timeout) {
    pollfd readable{socket_.get(), POLLIN, 0};
    return !received_.empty() || ::poll(&readable, 1, static_cast<int>(timeout.count())) > 0;
  }

  void close() { socket_.reset(); }
  void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }
  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  bool receive_some() {
    constexpr int patience_ms = 10000;
    pollfd readable{socket_.get(), POLLIN, 0};
    if (::poll(&readable, 1, patience_ms) <= 0) return false;
    char piece[16384];
    auto const bytes = ::recv(socket_.get(), piece, sizeof piece, 0);
    if (bytes <= 0) return false;
    received_.append(piece, static_cast<std::size_t>(bytes));
    return true;
  }

  UniqueFd socket_;
  std::string received_;
};

inline std::string post(std::string_view body, std::string_view headers = "") {
  return std::string("POST /wsman HTTP/1.1\r\nHost: localhost\r\n")
      .append(headers)
      .append("Content-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n\r\n")
      .append(body);
}

inline std::string body_of(std::string const& answer) {
  auto const end = answer.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : answer.substr(end + 4);
}

inline std::string status_of(std::string const& answer) {
  return answer.substr(0, std::min<std::size_t>(12, answer.size()));
}

/// Waits until `condition` holds, for at most ten seconds.
template <class Condition>
bool eventually(Condition condition) {
  auto const deadline = SteadyClock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (SteadyClock::now() > deadline) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

}  // namespace winrm::http
