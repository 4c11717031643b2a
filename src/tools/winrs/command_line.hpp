#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/common/switches.hpp"

namespace winrm::tools::winrs_tool {

/// A command line, read.
struct Invocation {
  bool help = false;
  SwitchValues switches;
  std::vector<std::string> command;  ///< the words from the first that is no switch
};

/// The switches of winrs beside those of the connection: for one host, for PowerShell scripts, for many
/// hosts.
[[nodiscard]] std::span<SwitchRow const> command_switches();
[[nodiscard]] std::span<SwitchRow const> script_switches();
[[nodiscard]] std::span<SwitchRow const> fleet_switches();
/// Every switch of winrs.
[[nodiscard]] std::span<SwitchRow const> all_switches();

/// `arguments` without the program's name. "--" ends the switches. Throws UsageError.
[[nodiscard]] Invocation parse_command_line(std::vector<std::string> const& arguments);

/// -environment:NAME=VALUE taken apart. Throws UsageError.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> environment_of(SwitchValues const& switches);

/// Whose quoting the remote shell reads.
enum class ShellFamily { unix_shell, windows_cmd };

/// True when join_command() must know the family: a word with blanks has characters that the two quote
/// differently.
[[nodiscard]] bool quoting_depends_on_family(std::vector<std::string> const& words);

/// The words as one line for the remote shell. One word is taken as it is ("ls | wc -l"); of several, those
/// with blanks or quotes (which the local shell took apart) are quoted again, so that sh -c 'exit 3' stays
/// three words.
[[nodiscard]] std::string join_command(std::vector<std::string> const& words, ShellFamily family);

/// The words of a script as they were typed, as far as the local shell left them.
[[nodiscard]] std::string join_script(std::vector<std::string> const& words);

[[nodiscard]] std::string help_text();

}  // namespace winrm::tools::winrs_tool
