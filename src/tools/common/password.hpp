#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace winrm::tools {

/// Asks on the terminal, without echo. Throws UsageError when there is no terminal or the user gave up
/// (Ctrl-C).
[[nodiscard]] Secret prompt_for_password(std::string_view user);

/// The first line of a file. Throws UsageError when it cannot be read.
[[nodiscard]] Secret password_from_file(std::string const& file);

/// An environment variable, which is then removed from our environment. Throws UsageError when it is not set.
[[nodiscard]] Secret password_from_environment(std::string const& name);

/// Overwrites the value of -password:… in the process's own arguments, where other accounts could read it.
void hide_password_arguments(int argc, char** argv);

}  // namespace winrm::tools
