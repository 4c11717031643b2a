#include "plugins/shell/launch.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

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

std::string shell_of(system::Account const& account) {
  return account.shell.empty() ? "/bin/sh" : account.shell.native();
}

bool is_bourne_shell(std::string_view name) {
  constexpr auto known = std::to_array<std::string_view>({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"});
  return std::ranges::find(known, name) != known.end();
}

bool is_shell_name(std::string_view name) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  constexpr std::string_view digits = "0123456789";
  return !name.empty() && letters.find(name.front()) != std::string_view::npos &&
         std::ranges::all_of(name, [&](char c) {
           return letters.find(c) != std::string_view::npos || digits.find(c) != std::string_view::npos;
         });
}

/// What gives variables that the profile changed their values again. The values come in variables of their
/// own, because everybody can read a command line.
std::string restoring(Environment const& variables, Environment& environment) {
  std::string script;
  for (auto const& [name, value] : variables) {
    if (!is_shell_name(name)) continue;
    std::string const kept = "_WINRS_" + name;
    environment.emplace_back(kept, value);
    script += fmt::format("[ \"${{{0}-}}\" = \"${1}\" ]||export {0}=\"${1}\";unset {1};", name, kept);
  }
  return script;
}

/// A shell takes what follows -c as one more option when it begins like one.
std::string no_option(std::string line) {
  if (line.starts_with('-') || line.starts_with('+')) line.insert(0, 1, ' ');
  return line;
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

Launch launch_in_shell(system::Account const& account, Environment const& variables, std::string_view command,
                       std::vector<std::string> const& arguments) {
  std::string const program = shell_of(account);
  return {.program = program,
          .arguments = {std::string(base_name(program)), "-c", no_option(command_line(command, arguments))},
          .environment = make_environment(account, variables)};
}

Launch launch_with_profile(system::Account const& account, Environment const& variables,
                           std::string_view command, std::vector<std::string> const& arguments) {
  std::string const program = shell_of(account);
  std::string_view const name = base_name(program);
  // A leading dash is what login(1) does and every shell knows; some read the profile for -l only, and csh
  // takes no -l beside -c.
  Launch launch{.program = program,
                .arguments = {fmt::format("-{}", name)},
                .environment = make_environment(account, variables)};
  if (name != "csh" && name != "tcsh") launch.arguments.emplace_back("-l");
  launch.arguments.emplace_back("-c");
  std::string const line = no_option(command_line(command, arguments));
  launch.arguments.push_back(is_bourne_shell(name) ? restoring(variables, launch.environment) + line : line);
  return launch;
}

Launch launch_directly(Environment environment, std::string const& directory, std::string const& command,
                       std::vector<std::string> const& arguments) {
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
  Launch launch{.program = *program, .arguments = {command}, .environment = std::move(environment)};
  launch.arguments.insert(launch.arguments.end(), arguments.begin(), arguments.end());
  return launch;
}

}  // namespace winrm::plugins::shell
