#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace winrm::tools::winrmd {

enum class Command { serve, check_config, user_add, user_list, user_remove, help, version };

/// What the command line asks for.
struct Arguments {
  Command command = Command::serve;
  std::string config;   ///< --config, or the default file
  std::string name;     ///< of `user add` and `user remove`
  std::string account;  ///< --as; empty: the account that runs the command
};

/// Reads everything after the program's name. The error says what was not understood and points to --help.
[[nodiscard]] Result<Arguments> parse_arguments(std::vector<std::string_view> const& words);

/// The text of --help, from the same table.
[[nodiscard]] std::string help_text();

}  // namespace winrm::tools::winrmd
