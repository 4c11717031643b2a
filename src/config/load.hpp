#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace winrm::config {

/// Where programs look when no --config is given.
inline constexpr std::string_view default_file = "/etc/openwinrm/winrm.toml";

/// Reads a TOML file over the defaults, and the files of policy.d beside it over that. An unknown key, a
/// wrong type or a value out of range is an error that names file, line, key and the allowed range. Relative
/// paths are relative to the file's folder.
[[nodiscard]] Result<Settings> load(std::filesystem::path const& file);
/// The same with another folder of policy files; one that does not exist or cannot be read is empty.
[[nodiscard]] Result<Settings> load(std::filesystem::path const& file,
                                    std::filesystem::path const& policy_folder);
/// `file` over `base`, and the policy files beside `base` over both.
[[nodiscard]] Result<Settings> load_over(std::filesystem::path const& base,
                                         std::filesystem::path const& file);
/// What load() would give if `file` held `toml`.
[[nodiscard]] Result<Settings> parse_with_policy(std::string_view toml, std::filesystem::path const& file,
                                                 std::filesystem::path const& policy_folder);

/// The text of a configuration file, at most limits::configuration_file_bytes.
[[nodiscard]] Result<std::string> read_file(std::filesystem::path const& file);
/// policy.d beside `file`.
[[nodiscard]] std::filesystem::path policy_folder_of(std::filesystem::path const& file);
/// Its *.toml files, in order of their names; none when there is no such folder. A folder that cannot be read
/// is an error, lest policy be taken for lifted.
[[nodiscard]] Result<std::vector<std::filesystem::path>> policy_files(std::filesystem::path const& folder);

/// The same from text; `name` stands for the file in errors.
[[nodiscard]] Result<Settings> parse(std::string_view toml, std::string_view name);

/// winrm.toml(5), in roff, of the same rows as document().
[[nodiscard]] std::string manual_page();

/// The configuration reference: every key with type, range, default and meaning, in Markdown.
[[nodiscard]] std::string document();

}  // namespace winrm::config
