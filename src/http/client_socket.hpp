#pragma once

#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"
#include "http/client.hpp"

/// Opening sockets and waiting on them, with deadlines. Blocking; used by the client's side only.
namespace winrm::http {

/// Ends waits from another thread or a signal handler.
class Interrupter {
 public:
  Interrupter();
  void trip() noexcept;
  [[nodiscard]] int descriptor() const { return event_.get(); }

 private:
  UniqueFd event_;
};

enum class Waited { ready, timed_out, interrupted };

/// Waits until `events` (poll's) or an error of the socket. `interrupter` may be null.
[[nodiscard]] Waited wait_for(int socket, short events, Deadline deadline, Interrupter const* interrupter);

/// "HOST:PORT" for messages and the Host header: brackets around an IPv6 address.
[[nodiscard]] std::string host_and_port(Endpoint const& endpoint);

/// A connected, non-blocking socket to any of the endpoint's addresses. They are tried in the order of RFC
/// 6724, a second one starting when the first has not answered for a quarter of a second (RFC 8305).
[[nodiscard]] Result<UniqueFd, TransportError> open_socket(Endpoint const& endpoint, Deadline deadline);

}  // namespace winrm::http
