#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "tools/common/password.hpp"
#include "tools/winrm/run.hpp"

int main(int argc, char** argv) {
  using namespace winrm::tools;
  std::ios::sync_with_stdio(false);
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is seen when writing, and ends us cleanly
  std::vector<std::string> const arguments(argv + 1, argv + argc);
  hide_password_arguments(argc, argv);
  winrm_tool::Surroundings const surroundings{std::cout, std::cerr, {}};
  return winrm_tool::run(arguments, surroundings);
}
