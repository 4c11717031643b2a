#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace winrm::unicode {

enum class ByteOrder { little, big };

[[nodiscard]] bool is_valid_utf8(std::string_view text);

/// Refuses odd lengths and lone surrogates. A byte order mark at the start decides the order and is dropped.
[[nodiscard]] Result<std::string> utf16_to_utf8(std::string_view bytes, ByteOrder order = ByteOrder::little);

/// `text` must be valid UTF-8 (invalid bytes become U+FFFD). Little endian; with_mark puts FF FE in front.
[[nodiscard]] std::string utf8_to_utf16(std::string_view text, bool with_mark);

/// ISO 8859-1 to UTF-8; every byte string is valid.
[[nodiscard]] std::string latin1_to_utf8(std::string_view bytes);

/// Copies `text`, replacing invalid UTF-8 and characters XML 1.0 forbids by U+FFFD.
[[nodiscard]] std::string sanitize_for_xml(std::string_view text);

/// ASCII only: URIs, header names, option names.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
[[nodiscard]] std::string to_lower_ascii(std::string_view text);

}  // namespace winrm::unicode
