#include <string>
#include <vector>

#include "tools/common/password.hpp"
#include "tools/winrcp/run.hpp"

int main(int argc, char** argv) {
  std::vector<std::string> const arguments(argv + 1, argv + argc);
  winrm::tools::hide_password_arguments(argc, argv);
  return winrm::tools::winrcp_tool::run(arguments);
}
