#include "client/settings.hpp"

#include <unistd.h>

#include <cstdlib>

#include "config/load.hpp"
#include "system/accounts.hpp"

namespace winrm::client {
namespace {

Result<ClientSettings> found_in(std::filesystem::path file, Result<config::Settings> loaded) {
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
  if (auto const named = path_from_environment("WINRM_CONFIG"); !named.empty())
    return found_in(named, config::load(named));
  auto personal = personal_folder() / "client.toml";
  std::error_code ignored;
  bool const has_personal = std::filesystem::exists(personal, ignored);
  // The machine's file may be closed to ordinary users; they then have the defaults.
  std::filesystem::path const machine(config::default_file);
  bool const has_machine = access(machine.c_str(), R_OK) == 0;
  if (has_personal)
    return found_in(personal, has_machine ? config::load_over(machine, personal) : config::load(personal));
  if (has_machine) return found_in(machine, config::load(machine));
  ClientSettings defaults;
  defaults.file = std::move(personal);
  return defaults;
}

}  // namespace winrm::client
