#pragma once

#include <string>
#include <vector>

#include "base/limits.hpp"
#include "base/time.hpp"

namespace winrm::system {

/// How a program ended and what it wrote.
struct ProgramResult {
  int exit_status = -1;  ///< negative: the number of the signal that ended it
  std::string output;
  std::string errors;
};

/// Runs `arguments` (the first is the program's absolute path) without a shell, with nothing on its standard
/// input, the C locale and no variables of this process. Blocking; thread-safe. Throws std::system_error when
/// it cannot be started, with ETIMEDOUT when it is not done within `patience` and with EFBIG when it writes
/// more than limits::program_output_bytes; it is killed then.
[[nodiscard]] ProgramResult run_program(std::vector<std::string> const& arguments,
                                        Milliseconds patience = limits::program_answer);

}  // namespace winrm::system
