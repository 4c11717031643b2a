#include "tools/winrm/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/common/connection_switches.hpp"
#include "tools/winrm/hash.hpp"

namespace winrm::tools::winrm_tool {
namespace {

std::vector<SwitchRow> all_switches() {
  std::vector<SwitchRow> rows(connection_switches().begin(), connection_switches().end());
  rows.insert(rows.end(), operation_switches().begin(), operation_switches().end());
  return rows;
}

bool is_help(std::string_view argument) {
  return argument == "-?" || argument == "/?" || argument == "-help" || argument == "--help";
}

/// @{Name="a b"; Other="c"} arrives in several arguments when the user's shell split it. A switch is not part
/// of it, unless it stands where a value is expected: the hash was not closed.
std::string take_hash(std::vector<std::string> const& arguments, std::size_t& at) {
  auto hash = arguments[at];
  while (!hash.ends_with('}') && at + 1 < arguments.size()) {
    auto const& next = arguments[at + 1];
    if (SwitchParser::looks_like_switch(next) && !hash.ends_with('=')) break;
    hash.append(" ").append(next);
    ++at;
  }
  return hash;
}

void refuse_foreign_switches(Invocation const& invocation) {
  auto const& operation = *invocation.operation;
  for (auto const name : invocation.switches.names()) {
    bool const connection = std::any_of(connection_switches().begin(), connection_switches().end(),
                                        [&](SwitchRow const& row) { return row.name == name; });
    if (connection ? !operation.connects : !takes(operation, name))
      throw UsageError(fmt::format("The switch -{} is not for {}.", name, operation.name));
  }
}

void refuse_useless_input(Invocation const& invocation) {
  if (!invocation.input_hash.empty() && !takes(*invocation.operation, "file"))
    throw UsageError(fmt::format("{} takes no input: leave out {}.", invocation.operation->name,
                                 hash_beginning(invocation.input_hash)));
}

}  // namespace

Invocation parse_command_line(std::vector<std::string> const& arguments) {
  static auto const rows = all_switches();
  SwitchParser const parser(rows);
  Invocation invocation;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    auto const& argument = arguments[at];
    if (is_help(argument))
      invocation.help = true;
    else if (argument.starts_with("@{"))
      invocation.input_hash = take_hash(arguments, at);
    else if (SwitchParser::looks_like_switch(argument) &&
             !(invocation.operation != nullptr && invocation.operation->operation == Operation::helpmsg))
      parser.take(argument, invocation.switches);
    else if (invocation.operation == nullptr) {
      invocation.operation = find_operation(argument);
      if (invocation.operation == nullptr) throw UsageError(fmt::format("Unknown operation: {}.", argument));
    } else {
      invocation.words.push_back(argument);
    }
  }
  if (invocation.operation != nullptr && !invocation.help) {
    refuse_foreign_switches(invocation);
    refuse_useless_input(invocation);
  }
  return invocation;
}

}  // namespace winrm::tools::winrm_tool
