#include "tools/common/printable.hpp"

#include <fmt/format.h>

namespace winrm::tools {

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const byte = static_cast<unsigned char>(text[i]);
    bool const c0 = (byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7F;
    // U+0080 to U+009F are C2 80 to C2 9F in UTF-8.
    bool const c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) ++i;
    if (c0 || c1)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
    else
      out += text[i];
  }
  return out;
}

}  // namespace winrm::tools
