#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace winrm::config {

/// What can be used of a damaged configuration: those of the tables that winrm/config does not restore
/// (Daemon, host, the lists of listeners, descriptors, plug-ins and mappings) that are right by themselves,
/// as they were written. Always a valid configuration; the settings of winrm/config have their defaults in
/// it. `file` is where the text is from, for paths that are relative to it.
[[nodiscard]] std::string salvage(std::string_view text, std::filesystem::path const& file);

}  // namespace winrm::config
