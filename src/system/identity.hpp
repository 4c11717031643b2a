#pragma once

#include <optional>
#include <string>

#include "system/host.hpp"

/// What the machine and its distribution call themselves.
namespace winrm::system {

/// os-release(5).
struct Distribution {
  std::string name;     ///< PRETTY_NAME, else NAME
  std::string version;  ///< VERSION_ID; empty for rolling releases
  std::string vendor;   ///< VENDOR_NAME; empty where the distribution does not say
};
[[nodiscard]] std::optional<Distribution> distribution(Host const& host);

/// /etc/machine-id.
[[nodiscard]] std::optional<std::string> machine_id(Host const& host);

/// The system's default language, from /etc/locale.conf or /etc/default/locale.
struct Locale {
  std::string language;  ///< "en-US"; empty for C and POSIX
  std::string code_set;  ///< "UTF-8"
};
[[nodiscard]] std::optional<Locale> default_locale(Host const& host);

/// PRETTY_HOSTNAME of machine-info(5): what people call the machine.
[[nodiscard]] std::optional<std::string> pretty_host_name(Host const& host);

/// One field of /sys/class/dmi/id ("sys_vendor"); nothing without DMI, or when the account may not read it.
[[nodiscard]] std::optional<std::string> dmi(Host const& host, std::string const& field);

/// The name without the domain part.
[[nodiscard]] std::string short_name(KernelName const& kernel);

}  // namespace winrm::system
