#include "tools/winrs/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/common/connection_switches.hpp"

namespace winrm::tools::winrs_tool {
namespace {

constexpr auto own_rows = std::to_array<SwitchRow>({
    {"directory",
     {"d", ""},
     SwitchValue::required,
     "PATH",
     "Where the command starts; without it the home directory."},
    {"environment",
     {"env", ""},
     SwitchValue::required,
     "NAME=VALUE",
     "Sets an environment variable; may be given several times.",
     true},
    {"noecho", {"noe", ""}, SwitchValue::none, "", "Do not show what is typed."},
    {"noprofile", {"nop", ""}, SwitchValue::none, "", "Do not load the user's profile."},
    {"allowdelegate",
     {"ad", ""},
     SwitchValue::none,
     "",
     "Kerberos: hand your ticket to the host, so that the command can reach other machines as you."},
    {"compression",
     {"comp", ""},
     SwitchValue::none,
     "",
     "Compress what goes to and from the command, when the host can."},
    {"timeout",
     {"t", ""},
     SwitchValue::required,
     "SECONDS",
     "Accepted for command lines from Windows; has no effect."},
});

std::vector<SwitchRow> all_switches() {
  std::vector<SwitchRow> rows(connection_switches().begin(), connection_switches().end());
  rows.insert(rows.end(), own_rows.begin(), own_rows.end());
  return rows;
}

bool is_help(std::string_view argument) {
  return argument == "-?" || argument == "/?" || argument == "-help" || argument == "--help";
}

/// Words that the remote shell would see otherwise than the local one passed them.
bool needs_quotes(std::string_view word) {
  return word.empty() || word.find_first_of(" \t\n\"'") != std::string_view::npos;
}

/// Inside double quotes these mean something to a Unix shell, or to Windows' argument rules.
constexpr std::string_view differently_quoted = "\"$`\\!";

void append_single_quoted(std::string& out, std::string_view word) {
  out += '\'';
  for (char const c : word)
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  out += '\'';
}

/// As CommandLineToArgvW takes it apart: backslashes count only before a quote.
void append_windows_quoted(std::string& out, std::string_view word) {
  out += '"';
  std::size_t backslashes = 0;
  for (char const c : word) {
    if (c == '"') out.append(backslashes + 1, '\\');
    backslashes = c == '\\' ? backslashes + 1 : 0;
    out += c;
  }
  out.append(backslashes, '\\');
  out += '"';
}

}  // namespace

Invocation parse_command_line(std::vector<std::string> const& arguments) {
  static auto const rows = all_switches();
  SwitchParser const parser(rows);
  Invocation invocation;
  std::size_t at = 0;
  for (; at < arguments.size(); ++at) {
    auto const& argument = arguments[at];
    if (argument == "--") {
      ++at;
      break;
    }
    if (!SwitchParser::looks_like_switch(argument)) break;
    if (is_help(argument))
      invocation.help = true;
    else
      parser.take(argument, invocation.switches);
  }
  invocation.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(at), arguments.end());
  if (arguments.empty()) invocation.help = true;
  return invocation;
}

std::vector<std::pair<std::string, std::string>> environment_of(SwitchValues const& switches) {
  std::vector<std::pair<std::string, std::string>> variables;
  for (auto const& text : switches.all("environment")) {
    auto const equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError(fmt::format("-environment takes NAME=VALUE, not \"{}\".", text));
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

bool quoting_depends_on_family(std::vector<std::string> const& words) {
  return words.size() > 1 && std::any_of(words.begin(), words.end(), [](std::string const& word) {
           return needs_quotes(word) && word.find_first_of(differently_quoted) != std::string::npos;
         });
}

std::string join_command(std::vector<std::string> const& words, ShellFamily family) {
  if (words.size() == 1) return words.front();
  std::string line;
  for (auto const& word : words) {
    if (!line.empty()) line += ' ';
    bool const plain_in_double_quotes = word.find_first_of(differently_quoted) == std::string::npos;
    if (!needs_quotes(word))
      line += word;
    else if (family == ShellFamily::windows_cmd || plain_in_double_quotes)
      append_windows_quoted(line, word);
    else
      append_single_quoted(line, word);
  }
  return line;
}

std::string help_text() {
  return "winrs runs a command on another machine.\n\n"
         "  winrs [-SWITCH[:VALUE] ...] COMMAND\n\n"
         "The first word that is no switch begins the command; -- ends the switches, too. What the command "
         "writes\n"
         "comes out here, what is typed or piped in goes to it. Ctrl-C interrupts the command, a second one "
         "ends\n"
         "winrs. The exit status is the command's; 255 says that winrs itself failed.\n\n"
         "  winrs -remote:web1 -username:alice uname -a\n"
         "  winrs -r:https://web1:5986 -u:alice sh -c 'exit 3'\n\n"
         "Switches (- or /, in any case):\n" +
         switch_help(own_rows) + "\nConnection:\n" + switch_help(connection_switches());
}

}  // namespace winrm::tools::winrs_tool
