#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"

/// The service's side of HTTP/1.1: connections, TLS, deadlines, limits. What a request means is the
/// handler's.
namespace winrm::http {

namespace net = boost::asio;

/// What is known of a connection when it opens.
struct ConnectionFacts {
  std::string peer_address;  ///< "192.0.2.7" or "::1"; "local" for the Unix socket
  std::string local_address;
  std::uint16_t local_port = 0;
  bool tls = false;
  std::string certificate_der;  ///< the certificate we showed; "" without TLS
  std::string url_prefix;       ///< of the listener: "wsman"
  std::string local_principal;  ///< Unix socket only: the broker's grant for the peer
  std::string local_account;    ///< Unix socket only: the peer's account, by which it is counted
  int listener = -1;            ///< index into the server's listeners
};

/// A request's line and headers. Views into the connection's buffer.
class RequestHead {
 public:
  virtual ~RequestHead() = default;
  [[nodiscard]] virtual std::string_view method() const = 0;
  [[nodiscard]] virtual std::string_view target() const = 0;
  /// First value, without case; "" when absent.
  [[nodiscard]] virtual std::string_view header(std::string_view name) const = 0;
  [[nodiscard]] virtual std::size_t count(std::string_view name) const = 0;
};

struct Response {
  unsigned status = 200;
  std::string content_type;                                  ///< "" for none
  std::vector<std::pair<std::string, std::string>> headers;  ///< others
  std::string body;
  bool close = false;  ///< end the connection afterwards
};

/// One connection's conversation. All calls happen on the connection's thread, one at a time.
class Handler {
 public:
  virtual ~Handler() = default;

  struct Admission {
    std::size_t body_limit = 0;  ///< read at most this; more is answered 413
    bool anonymous = false;      ///< admitted without a credential: still counts against the peer's cap
    std::string_view account;    ///< whose request it is, counted with all others of it; "" for nobody's
    std::unique_ptr<Response> refusal;  ///< set: answer with this; the body is drained unread
    Admission() {}                      // user-declared: see docs/common-errors.md (g++ 12 coroutines)
  };
  /// Called with the headers, before any of the body is kept: authenticates, and chooses the limit.
  [[nodiscard]] virtual net::awaitable<Admission> admit(RequestHead const& head) = 0;
  /// Called with the whole request. Long polls may take minutes; disconnected() tells when the peer left.
  [[nodiscard]] virtual net::awaitable<Response> respond(RequestHead const& head, std::string body) = 0;
  /// The peer closed or reset while respond() was running: cancel what it waits for.
  virtual void disconnected() {}
};

using HandlerFactory = std::function<std::unique_ptr<Handler>(ConnectionFacts const&, net::any_io_executor)>;

/// One bound, listening socket and how to speak on it.
struct ListenerSocket {
  UniqueFd socket;
  bool tls = false;
  std::string certificate_pem;  ///< chain
  std::string key_pem;
  std::string url_prefix = "wsman";
};

struct ServerLimits {
  /// Of the network, at once; further peers are answered 503.
  std::size_t max_connections = limits::http_connections;
  std::size_t max_local_connections = limits::local_connections;  ///< in all
  std::size_t local_connections_per_user = limits::local_connections_per_user;
  /// MaxConnections: requests that are being answered at once, three quarters of them for one account.
  /// Further ones wait for their turn, and are answered 503 when it does not come within packet_retrieval.
  std::size_t max_requests = 300;
  Milliseconds packet_retrieval{120000};               ///< MaxPacketRetrievalTimeSeconds: one whole request
  Milliseconds header = limits::http_header_deadline;  ///< from a request's first byte to its empty line
  Milliseconds idle_keep_alive = limits::http_idle_keep_alive;
  Milliseconds tls_handshake = limits::tls_handshake_deadline;
  /// Connections of one address, or of one IPv6 /64, that have not authenticated. At most three quarters of
  /// max_connections, so that one peer cannot shut out the others.
  std::size_t unauthenticated_per_peer = limits::unauthenticated_connections_per_peer;
};

/// Accepts on every listener and serves with `threads` threads, each with an io_context of its own; a
/// connection stays on the thread that had the fewest when it came. Deadlines are checked five times a
/// second.
class Server {
 public:
  Server(std::vector<ListenerSocket> listeners, ServerLimits limits, std::size_t threads,
         HandlerFactory factory);
  ~Server();
  Server(Server const&) = delete;
  Server& operator=(Server const&) = delete;

  /// Returns once every listener accepts.
  [[nodiscard]] Result<void> start();
  /// Gives an already connected local socket to the server. False when there are too many already, of its
  /// account or in all: no handler is made, and its first request is answered 503. Thread-safe.
  [[nodiscard]] bool adopt(UniqueFd socket, ConnectionFacts facts);
  /// Closes the listeners; connections go on, those too that waited to be accepted. Thread-safe.
  void stop_accepting();
  /// Stops accepting, lets answers under way finish for `grace`, closes the rest (their handlers hear
  /// disconnected()), and ends the threads. Blocks until then; not to be called from a server thread.
  void stop(Milliseconds grace);
  [[nodiscard]] std::size_t connections() const;
  /// For code that must run on every server thread; they exist from construction on and run from start() on.
  [[nodiscard]] std::vector<net::io_context*> contexts();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace winrm::http
