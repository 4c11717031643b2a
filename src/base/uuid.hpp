#pragma once

#include <string>
#include <string_view>

namespace winrm {

/// A random (version 4) UUID in the form Windows uses: upper case, no braces. Unpredictable.
[[nodiscard]] std::string make_uuid();

/// True for 8-4-4-4-12 hexadecimal digits in either case, without braces.
[[nodiscard]] bool is_uuid(std::string_view text);

}  // namespace winrm
