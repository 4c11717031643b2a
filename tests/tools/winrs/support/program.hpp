#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"

namespace winrm::tools::winrs_tool::testing {

/// One run of a program with pipes on its standard streams.
class Program {
 public:
  /// `configuration` becomes WINRM_CONFIG. `null_input` gives it /dev/null instead of a pipe.
  Program(std::vector<std::string> const& arguments, std::filesystem::path const& configuration,
          bool null_input);
  ~Program();
  Program(Program const&) = delete;
  Program& operator=(Program const&) = delete;

  void write_input(std::string_view bytes) const;
  void close_input() { input_.reset(); }
  /// Stops reading its output, as `head` does.
  void close_output() { output_.reset(); }
  void signal(int number) const;
  /// Reads both streams to their end; the exit status, or 128 and the number of the signal that killed it.
  int finish();

  std::string out;
  std::string err;

 private:
  pid_t pid_ = -1;
  UniqueFd input_;
  UniqueFd output_;
  UniqueFd errors_;
};

}  // namespace winrm::tools::winrs_tool::testing
