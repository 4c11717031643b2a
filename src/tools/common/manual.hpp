#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/common/switches.hpp"

/// Manual pages and shell completions, made from the tables that the parsers read.
namespace winrm::tools {

/// Text as roff takes it: backslashes, hyphens and leading dots are not its commands.
[[nodiscard]] std::string roff(std::string_view text);

/// One .TP entry each: the switch with its short forms, and its help.
[[nodiscard]] std::string roff_switches(std::span<SwitchRow const> rows);

/// A word that may stand first on the command line, and the switches that go with it.
struct CompletedWord {
  std::string name;
  std::string summary;
  std::vector<SwitchRow> switches;
};

struct CompletedProgram {
  std::string name;
  std::vector<CompletedWord> words;
  std::vector<std::string> values;  ///< resource URIs that a command line often has
};

/// A program whose switches stand before anything else.
struct CompletedSwitches {
  std::string name;
  std::vector<SwitchRow> switches;
};

[[nodiscard]] std::string bash_completion(CompletedSwitches const& program);
[[nodiscard]] std::string zsh_completion(CompletedSwitches const& program);
[[nodiscard]] std::string fish_completion(CompletedSwitches const& program);

[[nodiscard]] std::string bash_completion(CompletedProgram const& program);
[[nodiscard]] std::string zsh_completion(CompletedProgram const& program);
[[nodiscard]] std::string fish_completion(CompletedProgram const& program);

}  // namespace winrm::tools
