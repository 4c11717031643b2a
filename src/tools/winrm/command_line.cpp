#include "tools/winrm/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.hpp"
#include "tools/common/connection_switches.hpp"

namespace winrm::tools::winrm_tool {
namespace {

constexpr auto operation_table = std::to_array<OperationRow>({
    {Operation::get,
     "get",
     {"g", "", ""},
     "RESOURCE_URI",
     "Shows one instance of a resource.",
     "format fragment dialect options timeout encoding"},
    {Operation::set,
     "set",
     {"s", "put", "p"},
     "RESOURCE_URI [@{KEY=\"VALUE\"}]",
     "Changes properties of an instance and shows it.",
     "format file options timeout encoding"},
    {Operation::create,
     "create",
     {"c", "", ""},
     "RESOURCE_URI [@{KEY=\"VALUE\"}]",
     "Makes a new instance.",
     "format file options timeout encoding"},
    {Operation::remove,
     "delete",
     {"d", "", ""},
     "RESOURCE_URI",
     "Removes an instance.",
     "format options timeout encoding"},
    {Operation::enumerate,
     "enumerate",
     {"e", "enum", ""},
     "RESOURCE_URI",
     "Shows all instances of a resource.",
     "format filter dialect returntype shallow basepropertiesonly options timeout encoding"},
    {Operation::invoke,
     "invoke",
     {"i", "", ""},
     "ACTION RESOURCE_URI [@{KEY=\"VALUE\"}]",
     "Calls a method of a resource.",
     "format file options timeout encoding"},
    {Operation::identify,
     "identify",
     {"id", "", ""},
     "-remote:HOST",
     "Asks a host whether it speaks WS-Management, and what it is.",
     "format timeout encoding"},
    {Operation::helpmsg,
     "helpmsg",
     {"", "", ""},
     "CODE",
     "Explains an error number (decimal, 0x… or negative).",
     "",
     false},
    {Operation::help,
     "help",
     {"", "", ""},
     "[OPERATION]",
     "Shows this text, or that of an operation.",
     "",
     false},
});

constexpr auto switch_table = std::to_array<SwitchRow>({
    {"format",
     {"f", ""},
     SwitchValue::required,
     "FORMAT",
     "text (default), pretty (indented XML), xml, or json (one object on a line)."},
    {"fragment",
     {"", ""},
     SwitchValue::required,
     "XPATH",
     "One part of the instance, as State or IPAddress[1]."},
    {"dialect",
     {"", ""},
     SwitchValue::required,
     "DIALECT",
     "Of -filter or -fragment: wql, selector, xpath, or a URI. A filter is WQL, a fragment XPath by "
     "default."},
    {"filter",
     {"", ""},
     SwitchValue::required,
     "EXPRESSION",
     "A WQL query (resource URI with /*), or {KEY=\"VALUE\"} with -dialect:selector."},
    {"returntype", {"", ""}, SwitchValue::required, "TYPE", "object (default), epr, or objectandepr."},
    {"shallow", {"", ""}, SwitchValue::none, "", "Only instances of exactly this class."},
    {"basepropertiesonly",
     {"basepropsonly", ""},
     SwitchValue::none,
     "",
     "Only the properties of this class, of derived ones too."},
    {"options", {"", ""}, SwitchValue::required, "{KEY=\"VALUE\"}", "Options for the provider."},
    {"file", {"", ""}, SwitchValue::required, "FILE", "The input as an XML file."},
    {"timeout", {"", ""}, SwitchValue::required, "MILLISECONDS", "How long the operation may take."},
    {"encoding", {"", ""}, SwitchValue::required, "ENCODING", "Of the messages: utf-8 (default) or utf-16."},
});

bool is_named(OperationRow const& row, std::string_view name) {
  if (unicode::equals_ignoring_case(row.name, name)) return true;
  return std::any_of(row.short_forms.begin(), row.short_forms.end(), [&](std::string_view form) {
    return !form.empty() && unicode::equals_ignoring_case(form, name);
  });
}

bool takes(OperationRow const& operation, std::string_view switch_name) {
  auto rest = operation.switches;
  while (!rest.empty()) {
    auto const blank = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, blank) == switch_name) return true;
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return false;
}

std::vector<SwitchRow> switches_of(OperationRow const& operation) {
  std::vector<SwitchRow> rows;
  for (auto const& row : switch_table)
    if (takes(operation, row.name)) rows.push_back(row);
  return rows;
}

std::vector<SwitchRow> all_switches() {
  std::vector<SwitchRow> rows(connection_switches().begin(), connection_switches().end());
  rows.insert(rows.end(), switch_table.begin(), switch_table.end());
  return rows;
}

bool is_help(std::string_view argument) {
  return argument == "-?" || argument == "/?" || argument == "-help" || argument == "--help";
}

/// @{Name="a b"; Other="c"} arrives in several arguments when the user's shell split it.
std::string take_hash(std::vector<std::string> const& arguments, std::size_t& at) {
  auto hash = arguments[at];
  while (!hash.ends_with('}') && at + 1 < arguments.size()) hash.append(" ").append(arguments[++at]);
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

}  // namespace

std::span<OperationRow const> operations() { return operation_table; }

OperationRow const* find_operation(std::string_view name) {
  auto const row = std::find_if(operation_table.begin(), operation_table.end(),
                                [&](OperationRow const& r) { return is_named(r, name); });
  return row == operation_table.end() ? nullptr : &*row;
}

std::span<SwitchRow const> operation_switches() { return switch_table; }

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
  if (invocation.operation != nullptr && !invocation.help) refuse_foreign_switches(invocation);
  return invocation;
}

std::string general_help() {
  std::string out =
      "winrm manages this machine and others over WS-Management.\n\n"
      "  winrm OPERATION RESOURCE_URI [-SWITCH:VALUE ...] [@{KEY=\"VALUE\"}]\n\nOperations:\n";
  for (auto const& row : operation_table) {
    auto names = std::string(row.name);
    for (auto const form : row.short_forms)
      if (!form.empty()) names.append(", ").append(form);
    out += fmt::format("  {:<20}  {}\n", names, row.summary);
  }
  out +=
      "\nRESOURCE_URI is a URI or begins with one of wmicimv2/, wmi/, cimv2/, winrm/, wsman/, shell; an "
      "instance is\n"
      "chosen with ?NAME=VALUE+NAME=VALUE. `winrm OPERATION -?` shows an operation's switches.\n\n"
      "  winrm identify -remote:web1 -username:alice\n"
      "  winrm get wmicimv2/Win32_OperatingSystem\n"
      "  winrm enumerate wmicimv2/Win32_Service -remote:web1 -usessl -format:json\n\n"
      "Switches for every operation that asks a service:\n";
  return out + switch_help(connection_switches());
}

std::string operation_help(OperationRow const& operation) {
  auto out = fmt::format("winrm {} {}\n\n{}\n", operation.name, operation.usage, operation.summary);
  if (auto const own = switches_of(operation); !own.empty()) out += "\nSwitches:\n" + switch_help(own);
  if (operation.connects) out += "\nConnection:\n" + switch_help(connection_switches());
  return out;
}

}  // namespace winrm::tools::winrm_tool
