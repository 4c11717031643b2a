#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/common/password.hpp"
#include "tools/winrm/offline.hpp"
#include "tools/winrm/run.hpp"

namespace {

/// A terminal that knows colours, and nobody who does not want them (no-color.org).
bool wants_colour() {
  auto const* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

}  // namespace

int main(int argc, char** argv) {
  using namespace winrm::tools;
  std::ios::sync_with_stdio(false);
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is seen when writing, and ends us cleanly
  std::vector<std::string> const arguments(argv + 1, argv + argc);
  hide_password_arguments(argc, argv);
  winrm_tool::Surroundings surroundings{
      std::cout, std::cerr, winrm_tool::with_offline_configuration({}, winrm_tool::service_file())};
  surroundings.input = &std::cin;
  surroundings.input_is_terminal = isatty(STDIN_FILENO) == 1;
  if (wants_colour()) surroundings.style = winrm_tool::bold_titles;
  if (winrm_tool::has_text_editor(surroundings.input_is_terminal)) surroundings.edit = winrm_tool::edit_text;
  return winrm_tool::run(arguments, surroundings);
}
