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

/// Nothing when the variable is empty: that counts as not set (XDG Base Directory Specification).
std::filesystem::path path_from_environment(char const* name) {
  auto const* value = std::getenv(name);
  return value == nullptr ? std::filesystem::path() : std::filesystem::path(value);
}

}  // namespace

std::filesystem::path personal_folder() {
  // The specification has relative paths ignored.
  if (auto const given = path_from_environment("XDG_CONFIG_HOME"); given.is_absolute())
    return given / "openwinrm";
  auto home = path_from_environment("HOME");
  if (home.empty()) home = system::current_account().home;
  return home / ".config/openwinrm";
}

Result<ClientSettings> load_settings() {
  if (auto named = path_from_environment("WINRM_CONFIG"); !named.empty()) return load_from(std::move(named));
  auto personal = personal_folder() / "client.toml";
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
