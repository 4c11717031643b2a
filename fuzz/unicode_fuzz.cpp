// Text conversions: every result is valid, and valid text survives a round trip.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/unicode.hpp"

namespace unicode = winrm::unicode;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  if (auto const text = unicode::utf16_to_utf8(bytes)) {
    if (!unicode::is_valid_utf8(*text)) std::abort();
  }
  if (!unicode::is_valid_utf8(unicode::latin1_to_utf8(bytes))) std::abort();
  if (!unicode::is_valid_utf8(unicode::sanitize_for_xml(bytes))) std::abort();
  auto const back = unicode::utf16_to_utf8(unicode::utf8_to_utf16(bytes, true));
  if (!back) std::abort();
  if (unicode::is_valid_utf8(bytes) && *back != bytes) std::abort();
  return 0;
}
