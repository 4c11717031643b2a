#pragma once

#include <string>
#include <string_view>

namespace winrm::tools {

/// Text from the network as a terminal may be given it: control characters other than tab and line feed
/// (C0, DEL, and C1 in UTF-8) are written \xNN, so that no peer can drive the terminal.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace winrm::tools
