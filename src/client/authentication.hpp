#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/exchange.hpp"
#include "client/session_options.hpp"

namespace winrm::client {

/// How every connection of a session authenticates; decided before anything is sent.
struct AuthenticationPlan {
  enum class Method {
    local,  ///< the Unix socket's peer is the credential
    none,   ///< Identify without logging on
    basic,
    gss,          ///< Negotiate and Kerberos
    certificate,  ///< the TLS client certificate of the session's checks
  };
  Method method = Method::none;
  std::string
      scheme;  ///< as in the Authorization header: "Basic", "Negotiate", "Kerberos", or the profile's URI
  auth::InitiatorOptions::Mechanism mechanism = auth::InitiatorOptions::Mechanism::negotiate;
  bool seal = false;          ///< message encryption: HTTP without TLS, unless unencrypted
  bool ntlm_refused = false;  ///< Kerberos only, because the host is not trusted for NTLM over plain HTTP
};

/// Chooses the scheme and checks it against the client's configuration (rows A4, A5, A7-A10, A14). Throws
/// Failure (usage, policy) with what was refused, why, and what to do.
[[nodiscard]] AuthenticationPlan plan_authentication(SessionOptions const& options);

/// The text for a 401 that ended an attempt. `mechanism` is what SPNEGO chose ("NTLM", "Kerberos", "" when
/// unknown); `challenges` are the WWW-Authenticate values of the answer.
[[nodiscard]] std::string describe_refusal(SessionOptions const& options, AuthenticationPlan const& plan,
                                           std::string_view mechanism,
                                           std::vector<std::string_view> const& challenges);

/// The scheme words of WWW-Authenticate values, in order, without duplicates: {"Negotiate", "Basic"}.
[[nodiscard]] std::vector<std::string> offered_schemes(std::vector<std::string_view> const& challenges);

/// The token a challenge list carries for `scheme` (base64 text), or "".
[[nodiscard]] std::string_view challenge_token(std::vector<std::string_view> const& challenges,
                                               std::string_view scheme);

/// "alice", or "the ticket in the credential cache".
[[nodiscard]] std::string identity_of(SessionOptions const& options);

}  // namespace winrm::client
