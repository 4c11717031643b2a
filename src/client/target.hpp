#pragma once

#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "http/client.hpp"

namespace winrm::client {

/// Reads [TRANSPORT://]HOST[:PORT][/PREFIX] with the defaults of windows-surface 2.4: a bare host has WinRM's
/// ports (5985, or 5986 with `use_ssl`), a written transport has its own (80, 443). IPv6 stands in brackets.
/// Throws Failure (usage): malformed, unknown transport, port out of range, both transport and `use_ssl`.
[[nodiscard]] http::Endpoint parse_target(std::string_view text, bool use_ssl,
                                          config::Client const& defaults);

/// The service on this machine through its Unix socket, `state_dir`/winrmd.sock.
[[nodiscard]] http::Endpoint local_target(config::Settings const& settings);

/// "http://host:5985/wsman" for wsa:To and messages; "http://localhost/wsman" for the local service.
[[nodiscard]] std::string url_of(http::Endpoint const& endpoint);

}  // namespace winrm::client
