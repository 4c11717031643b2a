#include "base/unicode.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>

namespace winrm::unicode {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// The first of `at`… that is not plain ASCII, eight bytes at a time.
char const* skip_ascii(char const* at, char const* end) {
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
    at += 8;
  }
  while (at != end && static_cast<unsigned char>(*at) < 0x80) ++at;
  return at;
}

inline bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }
inline std::uint32_t low_six(char c) { return static_cast<unsigned char>(c) & 0x3fU; }

struct Decoded {
  std::uint32_t code_point = 0;
  int length = 0;  ///< 0: not valid UTF-8
};

/// One character of two bytes or more (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
Decoded decode_long(char const* at, char const* end) {
  auto const first = static_cast<unsigned char>(*at);
  auto const left = end - at;
  if (first >= 0xc2 && first <= 0xdf && left >= 2 && is_continuation(at[1])) {
    return {(first & 0x1fU) << 6 | low_six(at[1]), 2};
  }
  if (first >= 0xe0 && first <= 0xef && left >= 3 && is_continuation(at[1]) && is_continuation(at[2])) {
    std::uint32_t const value = (first & 0x0fU) << 12 | low_six(at[1]) << 6 | low_six(at[2]);
    if (value >= 0x800 && (value < 0xd800 || value > 0xdfff)) return {value, 3};
  }
  if (first >= 0xf0 && first <= 0xf4 && left >= 4 && is_continuation(at[1]) && is_continuation(at[2]) &&
      is_continuation(at[3])) {
    std::uint32_t const value =
        (first & 0x07U) << 18 | low_six(at[1]) << 12 | low_six(at[2]) << 6 | low_six(at[3]);
    if (value >= 0x10000 && value <= 0x10ffff) return {value, 4};
  }
  return {};
}

void append_utf8(std::string& out, std::uint32_t value) {
  auto const put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xc0 | value >> 6);
    put(0x80 | (value & 0x3f));
  } else if (value < 0x10000) {
    put(0xe0 | value >> 12);
    put(0x80 | (value >> 6 & 0x3f));
    put(0x80 | (value & 0x3f));
  } else {
    put(0xf0 | value >> 18);
    put(0x80 | (value >> 12 & 0x3f));
    put(0x80 | (value >> 6 & 0x3f));
    put(0x80 | (value & 0x3f));
  }
}

inline std::uint32_t unit_at(char const* at, ByteOrder order) {
  auto const a = static_cast<unsigned char>(at[0]);
  auto const b = static_cast<unsigned char>(at[1]);
  return order == ByteOrder::little ? a | b << 8U : b | a << 8U;
}

inline void append_unit(std::string& out, std::uint32_t unit) {
  out.push_back(static_cast<char>(unit & 0xff));
  out.push_back(static_cast<char>(unit >> 8));
}

inline bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
inline bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

/// XML 1.0 production [2] Char, for what is valid UTF-8 already.
inline bool is_forbidden_in_xml(std::uint32_t value) {
  return (value < 0x20 && value != '\t' && value != '\n' && value != '\r') || value == 0xfffe ||
         value == 0xffff;
}

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

bool is_valid_utf8(std::string_view text) {
  char const* at = text.data();
  char const* const end = at + text.size();
  while ((at = skip_ascii(at, end)) != end) {
    int const length = decode_long(at, end).length;
    if (length == 0) return false;
    at += length;
  }
  return true;
}

Result<std::string> utf16_to_utf8(std::string_view bytes, ByteOrder order) {
  if (bytes.size() % 2 != 0) return fail("UTF-16 text has an odd number of bytes");
  if (bytes.substr(0, 2) == "\xFF\xFE") {
    order = ByteOrder::little;
    bytes.remove_prefix(2);
  } else if (bytes.substr(0, 2) == "\xFE\xFF") {
    order = ByteOrder::big;
    bytes.remove_prefix(2);
  }
  std::string out;
  out.reserve(bytes.size() / 2 + bytes.size() / 8);
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    std::uint32_t value = unit_at(bytes.data() + at, order);
    if (value < 0x80) {
      out.push_back(static_cast<char>(value));
      continue;
    }
    if (is_low_surrogate(value)) return fail(fmt::format("UTF-16 text has a lone surrogate at byte {}", at));
    if (is_high_surrogate(value)) {
      std::uint32_t const next = at + 2 < bytes.size() ? unit_at(bytes.data() + at + 2, order) : 0;
      if (!is_low_surrogate(next))
        return fail(fmt::format("UTF-16 text has a lone surrogate at byte {}", at));
      value = 0x10000 + ((value - 0xd800) << 10) + (next - 0xdc00);
      at += 2;
    }
    append_utf8(out, value);
  }
  return out;
}

std::string utf8_to_utf16(std::string_view text, bool with_mark) {
  std::string out;
  out.reserve(text.size() * 2 + 2);
  if (with_mark) append_unit(out, 0xfeff);
  char const* at = text.data();
  char const* const end = at + text.size();
  while (at != end) {
    auto const c = static_cast<unsigned char>(*at);
    if (c < 0x80) {
      append_unit(out, c);
      ++at;
      continue;
    }
    Decoded const character = decode_long(at, end);
    if (character.length == 0) {
      append_unit(out, 0xfffd);
      ++at;
      continue;
    }
    if (character.code_point < 0x10000) {
      append_unit(out, character.code_point);
    } else {
      append_unit(out, 0xd800 + ((character.code_point - 0x10000) >> 10));
      append_unit(out, 0xdc00 + ((character.code_point - 0x10000) & 0x3ff));
    }
    at += character.length;
  }
  return out;
}

std::string latin1_to_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (char const c : bytes) append_utf8(out, static_cast<unsigned char>(c));
  return out;
}

std::string sanitize_for_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  char const* at = text.data();
  char const* const end = at + text.size();
  while (at != end) {
    auto const c = static_cast<unsigned char>(*at);
    Decoded const character = c < 0x80 ? Decoded{c, 1} : decode_long(at, end);
    if (character.length == 0 || is_forbidden_in_xml(character.code_point)) {
      out += replacement;
    } else {
      out.append(at, static_cast<std::size_t>(character.length));
    }
    at += character.length == 0 ? 1 : character.length;
  }
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::string to_lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

}  // namespace winrm::unicode
