#pragma once

#include <string>
#include <string_view>

namespace winrm::tools {

/// Appends UTF-8 text as a JSON string, in its quotes.
void append_json_text(std::string& out, std::string_view text);

}  // namespace winrm::tools
