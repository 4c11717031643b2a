#include "wsman/encoding.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/unicode.hpp"

namespace winrm::wsman {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white_space = " \t\"'";
  std::size_t const first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

/// The value of the parameter charset, "" when there is none.
std::string_view charset_of(std::string_view content_type) {
  std::size_t at = content_type.find(';');
  while (at != std::string_view::npos) {
    std::size_t const next = content_type.find(';', at + 1);
    std::string_view const parameter =
        content_type.substr(at + 1, next == std::string_view::npos ? next : next - at - 1);
    std::size_t const equals = parameter.find('=');
    if (equals != std::string_view::npos &&
        unicode::equals_ignoring_case(trimmed(parameter.substr(0, equals)), "charset")) {
      return trimmed(parameter.substr(equals + 1));
    }
    at = next;
  }
  return {};
}

bool has_utf16_mark(std::string_view bytes) {
  return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
}

/// XML 1.0 appendix F: a document begins with a character of ASCII, so its first byte tells the order.
unicode::ByteOrder order_of(std::string_view bytes) {
  return bytes.starts_with('\0') ? unicode::ByteOrder::big : unicode::ByteOrder::little;
}

}  // namespace

std::string_view charset_name(Encoding encoding) { return encoding == Encoding::utf16 ? "UTF-16" : "UTF-8"; }

Result<Encoding> encoding_of_content_type(std::string_view content_type) {
  std::string_view const charset = charset_of(content_type);
  if (charset.empty() || unicode::equals_ignoring_case(charset, "utf-8")) return Encoding::utf8;
  for (std::string_view const name : {"utf-16", "utf-16le", "utf-16be"}) {
    if (unicode::equals_ignoring_case(charset, name)) return Encoding::utf16;
  }
  return fail(
      fmt::format("the character set '{}' is not supported: send UTF-8 or UTF-16", charset.substr(0, 64)));
}

Encoding encoding_of_message(std::string_view bytes, Encoding declared) {
  if (bytes.starts_with(utf8_mark)) return Encoding::utf8;
  return has_utf16_mark(bytes) ? Encoding::utf16 : declared;
}

Result<std::string> decode_message(std::string_view bytes, Encoding declared) {
  if (encoding_of_message(bytes, declared) == Encoding::utf16)
    return unicode::utf16_to_utf8(bytes, order_of(bytes));
  if (bytes.starts_with(utf8_mark)) bytes.remove_prefix(utf8_mark.size());
  if (!unicode::is_valid_utf8(bytes)) return fail("the message is not valid UTF-8");
  return std::string(bytes);
}

std::string encode_message(std::string utf8, Encoding encoding) {
  return encoding == Encoding::utf16 ? unicode::utf8_to_utf16(utf8, true) : std::move(utf8);
}

}  // namespace winrm::wsman
