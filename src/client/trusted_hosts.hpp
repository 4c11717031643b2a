#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace winrm::client {

/// Client.TrustedHosts: the hosts that may be spoken to over plain HTTP with a scheme that does not prove who
/// the server is (NTLM, Basic). Immutable; thread-safe.
class TrustedHosts {
 public:
  /// A comma list of names, addresses, patterns with '*', "<local>" (every name without a dot) and bracketed
  /// IPv6 addresses, compared without case. Fails for an entry that is none of these, and says which.
  [[nodiscard]] static Result<TrustedHosts> parse(std::string_view list);

  /// `host` as the user wrote it, IPv6 with or without brackets.
  [[nodiscard]] bool trusts(std::string_view host) const;

 private:
  std::vector<std::string> patterns_;  ///< lower case, without brackets
  bool local_names_ = false;
};

/// "localhost", 127.0.0.0/8 and ::1: what never leaves this machine.
[[nodiscard]] bool is_loopback(std::string_view host);

/// True for an IPv4 or IPv6 literal (with or without brackets, with or without a zone).
[[nodiscard]] bool is_ip_address(std::string_view host);

}  // namespace winrm::client
