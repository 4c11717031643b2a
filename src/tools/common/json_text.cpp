#include "tools/common/json_text.hpp"

#include <fmt/format.h>

namespace winrm::tools {

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (byte < 0x20 || byte == 0x7F)
          out += fmt::format("\\u{:04x}", byte);
        else
          out += c;
    }
  }
  out += '"';
}

}  // namespace winrm::tools
