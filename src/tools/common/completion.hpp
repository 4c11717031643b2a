#pragma once

#include <string>
#include <vector>

#include "tools/common/switches.hpp"

/// Completion of command lines by shells, made from the tables that the parsers read. A switch whose value is
/// named HOST is completed with the connections of the configuration and the hosts the shell knows, one whose
/// value is named FILE with files; others as CompletedValues says.
namespace winrm::tools {

/// A word that may stand first on the command line, and the switches that go with it.
struct CompletedWord {
  std::string name;
  std::string summary;
  std::vector<SwitchRow> switches;
  std::vector<std::string> short_forms;  ///< of the name
  bool takes_host = false;               ///< the next word is a host
};

/// What the value of a switch may be, by the name that the value has in the help.
struct CompletedValues {
  std::string value_name;
  std::vector<std::string> values;
};

struct CompletedProgram {
  std::string name;
  std::vector<CompletedWord> words;
  std::vector<std::string> values;  ///< resource URIs that a command line often has
  std::vector<CompletedValues> switch_values;
};

/// A program whose switches stand before anything else.
struct CompletedSwitches {
  std::string name;
  std::vector<SwitchRow> switches;
  std::vector<CompletedValues> switch_values;
  bool copies = false;  ///< the other words are files, and HOST:PATH
};

[[nodiscard]] std::string bash_completion(CompletedSwitches const& program);
[[nodiscard]] std::string zsh_completion(CompletedSwitches const& program);
[[nodiscard]] std::string fish_completion(CompletedSwitches const& program);

[[nodiscard]] std::string bash_completion(CompletedProgram const& program);
[[nodiscard]] std::string zsh_completion(CompletedProgram const& program);
[[nodiscard]] std::string fish_completion(CompletedProgram const& program);

}  // namespace winrm::tools
