#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "config/settings.hpp"
#include "http/client.hpp"
#include "wsman/encoding.hpp"

namespace winrm::client {

/// The scheme the caller asks for; automatic is windows-surface 2.6.
enum class Authentication { automatic, none, basic, negotiate, kerberos, certificate };

struct Credentials {
  std::string user;  ///< "alice", "DOMAIN\\alice", "alice@REALM"
  Secret password;
};

/// What happens to a connection in the middle of an operation that bridges the loss.
enum class NetworkEvent {
  lost,        ///< the first failure; the message will be sent again
  retrying,    ///< it failed again
  reconnected  ///< the message was answered after all
};

/// Everything about one session. What the configuration forbids is refused when the session is made.
struct SessionOptions {
  http::Endpoint endpoint;  ///< parse_target() or local_target()
  Authentication authentication = Authentication::automatic;
  std::optional<Credentials> credentials;  ///< none: the ticket in the credential cache
  http::TlsChecks tls;
  bool unencrypted = false;  ///< no message encryption over HTTP; needs AllowUnencrypted
  bool delegate = false;     ///< Kerberos: the service gets a ticket to act for the user
  bool spn_port = false;     ///< the port is part of the Kerberos service's name
  wsman::Encoding encoding = wsman::Encoding::utf8;
  Milliseconds operation_timeout{60000};         ///< wsman:OperationTimeout of every request
  std::uint32_t max_envelope_size = 500 * 1024;  ///< bytes of the largest answer; at least 8192
  std::string locale = "en-US";
  config::Client policy;  ///< TrustedHosts, enabled schemes, AllowUnencrypted, NetworkDelayms
  /// How long operations of shells bridge a lost connection before they fail.
  Milliseconds reconnect_time{180000};
  /// Hears of it on the thread of the operation; may be empty.
  std::function<void(NetworkEvent)> on_network;
  std::string policy_source;  ///< where to change the policy, for messages; "" leaves it out
};

}  // namespace winrm::client
