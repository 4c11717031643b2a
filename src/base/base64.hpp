#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

/// RFC 4648 section 4, standard alphabet, padded, on one line.
namespace winrm::base64 {

/// Appends the encoding of `bytes` to `out`.
void append(std::string& out, std::string_view bytes);
[[nodiscard]] std::string encode(std::string_view bytes);

/// How many characters `bytes` bytes become.
[[nodiscard]] constexpr std::size_t encoded_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

/// Accepts white space between characters (Ruby clients break lines) and refuses anything else.
[[nodiscard]] Result<std::string> decode(std::string_view text);

}  // namespace winrm::base64
