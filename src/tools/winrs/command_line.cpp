#include "tools/winrs/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/common/connection_switches.hpp"

namespace winrm::tools::winrs_tool {
namespace {

constexpr auto command_rows = std::to_array<SwitchRow>({
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
    {"codepage",
     {"", ""},
     SwitchValue::required,
     "NUMBER",
     "Windows code page of the command's output and input (437, 850, 1252, ...), for programs that cannot "
     "write UTF-8. Without it: 65001, and every byte is passed on as it is."},
    {"reconnect",
     {"", ""},
     SwitchValue::required,
     "SECONDS",
     "How long a lost connection is tried again before the command is given up: 180 unless told."},
    {"timeout",
     {"t", ""},
     SwitchValue::required,
     "SECONDS",
     "Accepted for command lines from Windows; has no effect."},
});

constexpr auto script_rows = std::to_array<SwitchRow>({
    {"ps",
     {"", ""},
     SwitchValue::none,
     "",
     "The words that follow are a PowerShell script; without words it is read from the standard input."},
    {"file",
     {"", ""},
     SwitchValue::required,
     "FILE",
     "Run the PowerShell script in FILE. It is the last switch: all words that follow are the script's "
     "arguments."},
});

constexpr auto fleet_rows = std::to_array<SwitchRow>({
    {"inventory",
     {"i", ""},
     SwitchValue::required,
     "FILE",
     "Hosts, groups and their switches, in TOML (see winrs-inventory(5)). -remote then names groups or hosts "
     "of it; "
     "without -remote it is all of them."},
    {"parallel",
     {"", ""},
     SwitchValue::required,
     "NUMBER",
     "How many hosts are at work at a time, not counting those that are silent: 64 unless told."},
    {"hosttimeout",
     {"", ""},
     SwitchValue::required,
     "SECONDS",
     "Each host's time; then its command is ended. Without it only hosts that do not answer are given up."},
    {"output",
     {"", ""},
     SwitchValue::required,
     "LAYOUT",
     "prefix: lines as they come, each after its host's name (the default). group: all of a host together, "
     "once it ended."},
    {"format",
     {"", ""},
     SwitchValue::required,
     "FORMAT",
     "text, or json: one object a host and line, with exit code, output and errors."},
    {"maxoutput",
     {"", ""},
     SwitchValue::required,
     "MEGABYTES",
     "A host that writes more is ended. Without it 16, or 1 with -output:group and -format:json."},
    {"input",
     {"", ""},
     SwitchValue::required,
     "FILE",
     "What the command reads on every host; - is the standard input. Without it: nothing."},
});

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

std::span<SwitchRow const> command_switches() { return command_rows; }
std::span<SwitchRow const> script_switches() { return script_rows; }
std::span<SwitchRow const> fleet_switches() { return fleet_rows; }

std::span<SwitchRow const> all_switches() {
  static auto const rows = [] {
    std::vector<SwitchRow> joined;
    for (auto const part : {connection_switches(), command_switches(), script_switches(), fleet_switches()})
      joined.insert(joined.end(), part.begin(), part.end());
    return joined;
  }();
  return rows;
}

Invocation parse_command_line(std::vector<std::string> const& arguments) {
  SwitchParser const parser(all_switches());
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
    if (invocation.switches.has("file")) {  // as with powershell.exe: all else is the script's
      ++at;
      break;
    }
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

std::string join_script(std::vector<std::string> const& words) {
  std::string script;
  for (auto const& word : words) script.append(script.empty() ? "" : " ").append(word);
  return script;
}

std::string help_text() {
  return "winrs runs a command on another machine, or on many.\n\n"
         "  winrs [-SWITCH[:VALUE] ...] COMMAND\n"
         "  winrs -remote:HOST                       a shell to type into\n"
         "  winrs -remote:HOST,HOST,... COMMAND      many hosts at once\n"
         "  winrs -remote:@FILE COMMAND              the same, with one host a line\n"
         "  winrs -ps [-file:FILE] [SCRIPT]          PowerShell\n\n"
         "The first word that is no switch begins the command; -- ends the switches, too. What the command "
         "writes\n"
         "comes out here, what is typed or piped in goes to it. Ctrl-C interrupts the command, a second one "
         "ends\n"
         "winrs. The exit status is the command's; 255 says that winrs itself failed. For many hosts it is 0 "
         "when\n"
         "every command succeeded, 1 when some ended with another status, 2 when some hosts did not run it "
         "to its\n"
         "end, 3 when none did.\n\n"
         "  winrs -remote:web1 -username:alice uname -a\n"
         "  winrs -r:https://web1:5986 -u:alice sh -c 'exit 3'\n"
         "  winrs -r:web1,web2,web3 -u:alice -format:json uptime\n\n"
         "Switches (- or /, in any case):\n" +
         switch_help(command_switches()) + "\nPowerShell:\n" + switch_help(script_switches()) +
         "\nMany hosts:\n" + switch_help(fleet_switches()) + "\nConnection:\n" +
         switch_help(connection_switches());
}

}  // namespace winrm::tools::winrs_tool
