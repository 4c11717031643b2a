#include "plugins/shell/launch.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "wsman/fault.hpp"

namespace winrm::plugins::shell {
namespace {

namespace faults = wsman::faults;

bool is_executable(std::string const& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string absolute(std::string const& path, std::string const& directory) {
  return path.starts_with('/') ? path : fmt::format("{}/{}", directory, path);
}

std::optional<std::string> search_along(std::string_view path, std::string const& directory,
                                        std::string const& name) {
  while (true) {
    std::size_t const colon = path.find(':');
    std::string const folder(path.substr(0, colon));
    std::string candidate = absolute(fmt::format("{}/{}", folder.empty() ? "." : folder, name), directory);
    if (is_executable(candidate)) return candidate;
    if (colon == std::string_view::npos) return std::nullopt;
    path.remove_prefix(colon + 1);
  }
}

}  // namespace

std::string command_line(std::string_view command, std::vector<std::string> const& arguments) {
  std::string line(command);
  for (auto const& argument : arguments) {
    line += ' ';
    line += argument;
  }
  bool const quoted = line.size() > 2 && line.front() == '"' && line.find('"', 1) == line.size() - 1;
  if (!quoted) return line;
  std::string inside = line.substr(1, line.size() - 2);
  // The rule of cmd.exe /C: quotes around a program's name stay.
  return is_executable(inside) ? line : inside;
}

Launch launch_in_login_shell(system::Account const& account, bool load_profile, std::string_view command,
                             std::vector<std::string> const& arguments) {
  std::string const program = account.shell.empty() ? "/bin/sh" : account.shell.native();
  std::string_view const name = base_name(program);
  Launch launch{.program = program, .arguments = {}};
  // A leading dash is what login(1) does and every shell knows; some read the profile for -l only, and csh
  // takes no -l beside -c.
  bool const takes_l = name != "csh" && name != "tcsh";
  launch.arguments.push_back(load_profile ? fmt::format("-{}", name) : std::string(name));
  if (load_profile && takes_l) launch.arguments.emplace_back("-l");
  launch.arguments.emplace_back("-c");
  launch.arguments.push_back(command_line(command, arguments));
  return launch;
}

Launch launch_directly(Environment const& environment, std::string const& directory,
                       std::string const& command, std::vector<std::string> const& arguments) {
  std::optional<std::string> program;
  if (command.find('/') != std::string::npos) {
    program = absolute(command, directory);
  } else {
    auto const path = std::ranges::find(environment, "PATH", &Environment::value_type::first);
    if (path != environment.end()) program = search_along(path->second, directory, command);
  }
  if (!program) {
    throw faults::file_not_found(
        fmt::format("The program \"{}\" was not found along PATH. Give its full path.", command));
  }
  Launch launch{.program = *program, .arguments = {command}};
  launch.arguments.insert(launch.arguments.end(), arguments.begin(), arguments.end());
  return launch;
}

}  // namespace winrm::plugins::shell
