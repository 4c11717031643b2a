#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace winrm::client {

/// The configuration a client program works under, and where it came from.
struct ClientSettings {
  config::Settings settings;
  std::filesystem::path file;  ///< where it is, or where to write one when `found` is false
  bool found = false;
};

/// Where a user keeps what the clients read: openwinrm in $XDG_CONFIG_HOME, or in ~/.config.
[[nodiscard]] std::filesystem::path personal_folder();

/// Reads the file named by WINRM_CONFIG; else client.toml in the personal folder over the machine's file,
/// under the machine's policy; the defaults when there is none. Fails for a file that cannot be read or has
/// an error.
[[nodiscard]] Result<ClientSettings> load_settings();

}  // namespace winrm::client
