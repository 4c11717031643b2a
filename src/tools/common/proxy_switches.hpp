#pragma once

#include <memory>

#include "client/session_options.hpp"
#include "http/client.hpp"
#include "tools/common/switches.hpp"

namespace winrm::tools {

/// The web proxy that -proxyaccess and its companions ask for, from https_proxy and no_proxy of the
/// environment; null for a direct connection. `options` has endpoint and scheme already. Throws UsageError
/// and client::Failure (usage, rows X3 and X4).
[[nodiscard]] std::shared_ptr<http::Proxy const> proxy_of(SwitchValues const& switches,
                                                          client::SessionOptions const& options);

/// "http://[USER:PASSWORD@]HOST[:PORT][/]". Throws UsageError.
[[nodiscard]] http::Proxy parse_proxy(std::string_view url);

/// True when a no_proxy list ("localhost,.example.com,10.0.0.1" or "*") names `host`.
[[nodiscard]] bool bypasses_proxy(std::string_view list, std::string_view host);

}  // namespace winrm::tools
