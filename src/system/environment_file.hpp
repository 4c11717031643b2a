#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// /etc/environment as pam_env(8) reads it: NAME=value, with or without "export" and quotes. No escapes.
namespace winrm::system {

/// In the order of the file; of a name that is set twice, the last.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_environment(std::string_view content);

/// Letters, digits and underscores, no digit first.
[[nodiscard]] bool is_variable_name(std::string_view name);
/// What the format can carry: one line without control characters, and without the # that begins a comment.
[[nodiscard]] bool is_variable_value(std::string_view value);

/// `content` with the variable set to `value`, or without it; every other line stays as it is.
[[nodiscard]] std::string with_variable(std::string_view content, std::string_view name,
                                        std::optional<std::string_view> value);

}  // namespace winrm::system
