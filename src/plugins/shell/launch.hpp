#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/shell_plugin.hpp"
#include "system/accounts.hpp"
#include "system/login_environment.hpp"

/// From what a client asks to what is executed. No side effects but look-ups of files.
namespace winrm::plugins::shell {

using system::Environment;
using system::make_environment;

struct Launch {
  std::string program;  ///< path
  std::vector<std::string> arguments;
  Environment environment;
};

/// The account's login shell with the whole command line, as sh -c, in the account's environment with
/// `variables`.
[[nodiscard]] Launch launch_in_shell(system::Account const& account, Environment const& variables,
                                     std::string_view command, std::vector<std::string> const& arguments);

/// The same after the profile was read. In shells of Bourne's kind `variables` win over what the profile
/// sets.
[[nodiscard]] Launch launch_with_profile(system::Account const& account, Environment const& variables,
                                         std::string_view command, std::vector<std::string> const& arguments);

/// The program itself, searched along PATH of `environment` when it has no slash; each argument stays one.
/// Throws faults::file_not_found.
[[nodiscard]] Launch launch_directly(Environment environment, std::string const& directory,
                                     std::string const& command, std::vector<std::string> const& arguments);

/// The command line as the login shell gets it: command, blank, arguments. Clients that put the whole line
/// into quotes (Ruby) mean what is inside, unless it is a program's name.
[[nodiscard]] std::string command_line(std::string_view command, std::vector<std::string> const& arguments);

}  // namespace winrm::plugins::shell
