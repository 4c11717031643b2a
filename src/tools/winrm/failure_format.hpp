#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/failure.hpp"
#include "tools/winrm/format.hpp"

namespace winrm::tools::winrm_tool {

/// The error layout of windows-surface 2.5: the WSManFault tree (XML with -format:xml and pretty, an object
/// with json), "Error number:", the text. `machine` is the host as the user named it.
[[nodiscard]] std::string format_failure(client::Failure const& failure, Format format,
                                         std::string_view machine);

/// "5", "0x80338012", "-2144108526".
[[nodiscard]] std::optional<std::uint32_t> parse_code(std::string_view text);

}  // namespace winrm::tools::winrm_tool
