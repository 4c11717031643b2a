#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "auth/exchange.hpp"
#include "base/time.hpp"
#include "client/authentication.hpp"
#include "client/failure.hpp"
#include "client/session_options.hpp"
#include "http/client.hpp"

namespace winrm::client {

/// One HTTP answer with its body in plain text.
struct Reply {
  unsigned status = 0;
  std::string content_type;
  std::string body;
};

/// One logged-on connection. One request at a time; interrupt() may come from another thread.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Sends one message (wire bytes) and waits for the answer. `headers` go beside the usual ones. Throws
  /// Failure (transport, authentication, protocol, interrupted); the connection is then dead.
  [[nodiscard]] virtual Reply post(std::string_view message, http::HeaderList const& headers,
                                   Deadline deadline) = 0;
  [[nodiscard]] virtual bool is_open() const = 0;
  virtual void interrupt() = 0;
};

/// Where connections and security contexts come from; tests put their own here.
struct Transport {
  Transport();
  std::function<Result<std::unique_ptr<http::ClientConnection>, http::TransportError>(
      http::Endpoint const&, http::TlsChecks const&, Deadline)>
      connect;
  std::function<std::unique_ptr<auth::Initiator>(auth::InitiatorOptions)> make_initiator;
};

/// Connects and logs on as `plan` says. The certificate of a TLS server goes into the channel bindings.
/// Throws Failure.
[[nodiscard]] std::unique_ptr<Connection> open_connection(SessionOptions const& options,
                                                          AuthenticationPlan const& plan,
                                                          Transport const& transport, Deadline deadline);

/// A transport error in the words and codes of this library.
[[nodiscard]] Failure to_failure(http::TransportError const& error);

}  // namespace winrm::client
