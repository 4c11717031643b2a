#pragma once

#include <optional>
#include <string>
#include <vector>

#include "system/host.hpp"

namespace winrm::system {

/// An installed package.
struct Package {
  std::string id;  ///< as its manager tells packages apart: "openssl:amd64", "openssl.x86_64"
  std::string name;
  std::string version;
  std::string architecture;
  std::string summary;
  std::string maintainer;
  std::string home_page;
  std::optional<SystemTime> installed;  ///< when this version was
};

/// A newer version that took the place of an older one.
struct PackageUpgrade {
  std::string time;     ///< "2026-01-31 12:00:00", the machine's time then
  std::string package;  ///< as Package::id
  std::string old_version;
  std::string new_version;
};

/// Of dpkg, read from its status file, and of rpm, asked through rpm(8). Configured packages alone: those
/// whose installation is not finished do not count. With a name, at least those of that name.
[[nodiscard]] std::vector<Package> installed_packages(
    Host const& host, std::optional<std::string> const& only_name = std::nullopt);

/// What dpkg's log still remembers, oldest first. rpm keeps no such record.
[[nodiscard]] std::vector<PackageUpgrade> package_upgrades(Host const& host);

}  // namespace winrm::system
