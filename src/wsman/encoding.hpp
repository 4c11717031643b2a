#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace winrm::wsman {

/// The character encoding of one message on the wire. An answer uses its request's.
enum class Encoding { utf8, utf16 };

/// "UTF-8" and "UTF-16", as Content-Type and OriginalContent name them.
[[nodiscard]] std::string_view charset_name(Encoding encoding);

/// The charset of a Content-Type or OriginalContent value (any case, quotes and spaces allowed; absent is
/// UTF-8). Fails for another charset: the caller answers wsman:EncodingLimit / CharacterSet.
[[nodiscard]] Result<Encoding> encoding_of_content_type(std::string_view content_type);

/// What a message is really in: its byte order mark wins over what its Content-Type declared.
[[nodiscard]] Encoding encoding_of_message(std::string_view bytes, Encoding declared);

/// Wire bytes to UTF-8 without a byte order mark. A mark in the bytes wins over `declared`; UTF-16 without
/// one may have either byte order.
[[nodiscard]] Result<std::string> decode_message(std::string_view bytes, Encoding declared);

/// UTF-8 to wire bytes; UTF-16 is little endian with a byte order mark (wire reference 2.2).
[[nodiscard]] std::string encode_message(std::string utf8, Encoding encoding);

}  // namespace winrm::wsman
