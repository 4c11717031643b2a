#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

/// The client's side of HTTP/1.1, blocking, one connection an object. No Boost in this header.
namespace winrm::http {

/// A web proxy that is asked for a tunnel (CONNECT) to an HTTPS service.
struct Proxy {
  std::string host;
  std::uint16_t port = 8080;
  std::string user;  ///< with `password`: Basic; empty: no log-on to the proxy
  Secret password;
};

struct Endpoint {
  bool tls = false;
  std::string host;  ///< name, IPv4 or IPv6 without brackets
  std::uint16_t port = 5985;
  std::string path = "/wsman";
  std::string unix_socket;             ///< when not empty: the local service; host and port are ignored
  std::shared_ptr<Proxy const> proxy;  ///< null: direct. With TLS only.
  std::size_t answer_bytes = limits::ipc_frame_bytes;  ///< the largest body of an answer that is read
};

struct TlsChecks {
  bool skip_ca_check = false;
  bool skip_cn_check = false;
  std::string ca_file;             ///< extra trust anchors in PEM; empty: the system's
  std::string client_certificate;  ///< PEM file with our certificate, its chain and its key; empty: none
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct ClientRequest {
  HeaderList headers;  ///< besides Host, Content-Length and Connection
  std::string body;
};

struct ClientResponse {
  unsigned status = 0;
  HeaderList headers;
  std::string body;
  /// First value of that name, without case; "" when absent.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
};

/// Why a request got no HTTP answer.
struct TransportError {
  enum class Kind { name_not_resolved, refused, timed_out, tls, closed, protocol, interrupted };
  Kind kind = Kind::closed;
  std::string message;  ///< what, which host and port, and what to do
};

class ClientConnection {
 public:
  virtual ~ClientConnection() = default;
  /// Resolves, connects, and for TLS shakes hands and checks the certificate (chain, then name).
  [[nodiscard]] static Result<std::unique_ptr<ClientConnection>, TransportError> connect(
      Endpoint const& endpoint, TlsChecks const& checks, Deadline deadline);

  /// POSTs and reads the whole answer (at most Endpoint::answer_bytes). After an error the connection is
  /// dead.
  [[nodiscard]] virtual Result<ClientResponse, TransportError> post(ClientRequest const& request,
                                                                    Deadline deadline) = 0;
  /// False once the peer closed or an error happened: connect anew (and authenticate anew).
  [[nodiscard]] virtual bool is_open() const = 0;
  /// The server's certificate in DER; "" without TLS.
  [[nodiscard]] virtual std::string server_certificate() const = 0;
  /// Ends a post() that is waiting, from another thread or a signal-driven one; it returns `interrupted`.
  virtual void interrupt() = 0;
};

}  // namespace winrm::http
