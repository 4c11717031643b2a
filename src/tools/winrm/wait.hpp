#pragma once

#include <functional>
#include <string_view>

#include "base/time.hpp"
#include "client/connection.hpp"
#include "client/session_options.hpp"

namespace winrm::tools::winrm_tool {

/// How long `winrm wait` waits when nothing else is asked for.
inline constexpr Milliseconds wait_patience{300'000};

/// Asks the host of `options` again and again until it answers WS-Management requests (a refused log-on is an
/// answer, too), and says so in one line; false when it did not in `patience`. Throws client::Failure for
/// options that can never work.
[[nodiscard]] bool wait_for_host(client::SessionOptions const& options, client::Transport const& transport,
                                 Milliseconds patience, std::function<void(std::string_view)> const& say);

}  // namespace winrm::tools::winrm_tool
