#include "client/settings.hpp"

#include <unistd.h>

#include <cstdlib>

#include "config/load.hpp"
#include "system/accounts.hpp"

namespace winrm::client {
namespace {

Result<ClientSettings> load_from(std::filesystem::path file) {
  auto loaded = config::load(file);
  if (!loaded) return tl::unexpected(loaded.error());
  ClientSettings result;
  result.settings = std::move(*loaded);
  result.file = std::move(file);
  result.found = true;
  return result;
}

std::filesystem::path personal_file() {
  if (auto const* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return std::filesystem::path(home) / ".config/openwinrm/client.toml";
  return system::current_account().home / ".config/openwinrm/client.toml";
}

}  // namespace

Result<ClientSettings> load_settings() {
  if (auto const* named = std::getenv("WINRM_CONFIG"); named != nullptr && *named != '\0')
    return load_from(named);
  auto personal = personal_file();
  std::error_code ignored;
  if (std::filesystem::exists(personal, ignored)) return load_from(std::move(personal));
  // The service's file may be closed to ordinary users; they then have the defaults.
  std::filesystem::path const service_file(config::default_file);
  if (access(service_file.c_str(), R_OK) == 0) return load_from(service_file);
  ClientSettings defaults;
  defaults.file = std::move(personal);
  return defaults;
}

}  // namespace winrm::client
