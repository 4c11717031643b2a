#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace winrm::http {

struct CommandResult {
  int status = -1;
  std::string output;  ///< standard output and error
};

/// Runs a shell command line with no standard input.
inline CommandResult run_command(std::string const& line) {
  CommandResult result;
  auto* pipe = ::popen(("{ " + line + "; } 2>&1 < /dev/null").c_str(), "r");
  if (pipe == nullptr) return result;
  char piece[4096];
  while (auto const bytes = std::fread(piece, 1, sizeof piece, pipe)) result.output.append(piece, bytes);
  int const status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

}  // namespace winrm::http
