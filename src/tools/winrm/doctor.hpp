#pragma once

#include <functional>
#include <string_view>

#include "client/connection.hpp"
#include "client/session_options.hpp"

namespace winrm::tools::winrm_tool {

/// Walks the way from this machine to a service step by step (name, port, TLS, offered schemes, clock,
/// ticket, channel binding, encryption, log-on, rights, quota), one line each: what was found, and for a
/// problem what to change. True when nothing stands in the way. Steps behind a broken one are not tried.
[[nodiscard]] bool examine_host(client::SessionOptions const& options, client::Transport const& transport,
                                std::function<void(std::string_view)> const& say);

}  // namespace winrm::tools::winrm_tool
