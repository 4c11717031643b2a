#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace winrm::config {

/// Where programs look when no --config is given.
inline constexpr std::string_view default_file = "/etc/openwinrm/winrm.toml";

/// Reads a TOML file over the defaults. An unknown key, a wrong type or a value out of range is an error that
/// names file, line, key and the allowed range. Relative paths are relative to the file's folder.
[[nodiscard]] Result<Settings> load(std::filesystem::path const& file);

/// The same from text; `name` stands for the file in errors.
[[nodiscard]] Result<Settings> parse(std::string_view toml, std::string_view name);

/// The configuration reference: every key with type, range, default and meaning, in Markdown.
[[nodiscard]] std::string document();

}  // namespace winrm::config
