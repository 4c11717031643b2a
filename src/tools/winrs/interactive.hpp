#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "client/shell.hpp"
#include "tools/winrs/output_decoder.hpp"
#include "tools/winrs/signals.hpp"

namespace winrm::tools::winrs_tool {

/// Lets a person at our terminal talk to a remote shell: lines are edited here and sent whole, Ctrl-C goes to
/// what runs there, Ctrl-D ends its input. Returns the shell's exit code. Throws client::Failure.
[[nodiscard]] std::uint32_t converse(client::Session& session, client::Command& command, SignalRelay& signals,
                                     OutputDecoder decoder,
                                     std::function<std::string(std::string_view)> const& encode);

}  // namespace winrm::tools::winrs_tool
