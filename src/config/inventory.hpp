#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace winrm::config {

/// The hosts of a fleet: a TOML file with the tables [defaults], [group.NAME] and [host.NAME].
struct Inventory {
  /// Switches of the tools by the name written in the file; a list gives a switch several values.
  using Switches = std::map<std::string, std::vector<std::string>>;
  struct Group {
    std::vector<std::string> hosts;   ///< as listed
    std::vector<std::string> groups;  ///< groups whose hosts belong to this one, too; every one exists
    Switches switches;
  };

  Switches defaults;
  std::map<std::string, Group> groups;
  std::map<std::string, Switches> hosts;
};

/// Fails for a file that cannot be read, is no TOML, or says what an inventory cannot; the error names file,
/// line and what is allowed there.
[[nodiscard]] Result<Inventory> load_inventory(std::filesystem::path const& file);
/// The same from text; `name` stands for the file in errors.
[[nodiscard]] Result<Inventory> parse_inventory(std::string_view toml, std::string_view name);

}  // namespace winrm::config
