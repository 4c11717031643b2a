#pragma once

#include <string>
#include <vector>

namespace winrm::support {

struct ProgramResult {
  int status = 0;      ///< exit status, or 128 plus the signal
  std::string output;  ///< standard output; standard error stays ours
};

/// Runs a program to its end with `input` on its standard input.
[[nodiscard]] ProgramResult run_program(std::vector<std::string> const& command,
                                        std::string const& input = {});

/// The path of a program that the build put beside the running one.
[[nodiscard]] std::string beside_this_program(std::string const& name);

}  // namespace winrm::support
