#include "tools/common/manual.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace winrm::tools {
namespace {

std::string spelled(SwitchRow const& row) {
  return row.value == SwitchValue::required ? fmt::format("-{}:", row.name) : fmt::format("-{}", row.name);
}

std::vector<std::string> spelled(std::vector<SwitchRow> const& rows) {
  std::vector<std::string> words;
  for (auto const& row : rows) words.push_back(spelled(row));
  return words;
}

std::vector<std::string> names_of(CompletedProgram const& program) {
  std::vector<std::string> names;
  for (auto const& word : program.words) names.push_back(word.name);
  return names;
}

/// For single quotes of a shell.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (char const c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out += '\'';
}

/// Without what ends a description in zsh's lists.
std::string described(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == ':' || c == '[' || c == ']') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (char const c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_begins = c == '\n';
  }
  return out;
}

std::string roff_switches(std::span<SwitchRow const> rows) {
  std::string out;
  for (auto const& row : rows) {
    auto heading = fmt::format("\\fB\\-{}\\fR", roff(row.name));
    if (row.value == SwitchValue::required) heading += fmt::format(":\\fI{}\\fR", roff(row.value_name));
    for (auto const form : row.short_forms)
      if (!form.empty()) heading += fmt::format(", \\fB\\-{}\\fR", roff(form));
    out += fmt::format(".TP\n{}\n{}\n", heading, roff(row.help));
  }
  return out;
}

std::string bash_completion(CompletedSwitches const& program) {
  return fmt::format(
      "# bash completion for {0}; made from its switch tables\n"
      "_{0}() {{\n"
      "  local current=${{COMP_LINE:0:COMP_POINT}}\n"
      "  current=${{current##* }}\n"
      "  COMPREPLY=()\n"
      "  case $current in -*) COMPREPLY=($(compgen -W {1} -- \"$current\")) ;; esac\n"
      "  case ${{COMPREPLY[0]}} in *:) compopt -o nospace ;; esac\n"
      "}}\n"
      "complete -o default -F _{0} {0}\n",
      program.name, in_quotes(fmt::format("{}", fmt::join(spelled(program.switches), " "))));
}

std::string zsh_completion(CompletedSwitches const& program) {
  std::string switches;
  for (auto const& row : program.switches)
    switches += fmt::format("    {}\n", in_quotes(fmt::format("{}:{}", described(spelled(row)), row.help)));
  return fmt::format(
      "#compdef {0}\n"
      "# made from the switch tables of {0}\n"
      "_{0}() {{\n"
      "  local -a switches\n"
      "  switches=(\n{1}  )\n"
      "  if [[ $words[CURRENT] == -* ]]; then\n"
      "    _describe -o switch switches -S ''\n"
      "  else\n"
      "    _command_names -e || _files\n"
      "  fi\n"
      "}}\n"
      "_{0} \"$@\"\n",
      program.name, switches);
}

std::string fish_completion(CompletedSwitches const& program) {
  auto out = fmt::format("# fish completion for {}; made from its switch tables\n", program.name);
  for (auto const& row : program.switches)
    out += fmt::format("complete -c {} -n 'string match -q -- \"-*\" (commandline -ct)' -a {} -d {}\n",
                       program.name, in_quotes(spelled(row)), in_quotes(row.help));
  return out;
}

std::string bash_completion(CompletedProgram const& program) {
  std::string cases;
  for (auto const& word : program.words)
    cases += fmt::format("    {}) switches={} ;;\n", word.name,
                         in_quotes(fmt::format("{}", fmt::join(spelled(word.switches), " "))));
  return fmt::format(
      "# bash completion for {0}; made from its switch tables\n"
      "_{0}() {{\n"
      "  local current=${{COMP_LINE:0:COMP_POINT}} switches=\n"
      "  current=${{current##* }}\n"
      "  case ${{COMP_WORDS[1]}} in\n"
      "{1}"
      "  esac\n"
      "  local words={2}\n"
      "  [ \"$COMP_CWORD\" -gt 1 ] && words={3}\n"
      "  [ \"${{current#-}}\" != \"$current\" ] && words=$switches\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "  case ${{COMPREPLY[0]}} in *:) compopt -o nospace ;; esac\n"
      "}}\n"
      "complete -o default -F _{0} {0}\n",
      program.name, cases, in_quotes(fmt::format("{}", fmt::join(names_of(program), " "))),
      in_quotes(fmt::format("{}", fmt::join(program.values, " "))));
}

std::string zsh_completion(CompletedProgram const& program) {
  std::string words;
  std::string cases;
  for (auto const& word : program.words) {
    words += fmt::format("    {}\n", in_quotes(word.name + ":" + described(word.summary)));
    std::string switches;
    for (auto const& row : word.switches)
      switches += fmt::format(" {}", in_quotes(fmt::format("{}[{}]", spelled(row), described(row.help))));
    cases += fmt::format("    {}) _values -w switch{} ;;\n", word.name, switches);
  }
  return fmt::format(
      "#compdef {0}\n"
      "# made from the switch tables of {0}\n"
      "_{0}() {{\n"
      "  local -a operations\n"
      "  operations=(\n{1}  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe operation operations\n"
      "  elif [[ $words[CURRENT] == -* ]]; then\n"
      "    case $words[2] in\n{2}    esac\n"
      "  else\n"
      "    compadd -- {3}\n"
      "  fi\n"
      "}}\n"
      "_{0} \"$@\"\n",
      program.name, words, cases, fmt::join(program.values, " "));
}

std::string fish_completion(CompletedProgram const& program) {
  auto out = fmt::format("# fish completion for {0}; made from its switch tables\ncomplete -c {0} -f\n",
                         program.name);
  for (auto const& word : program.words) {
    out += fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d {}\n", program.name, word.name,
                       in_quotes(word.summary));
    for (auto const& row : word.switches)
      out += fmt::format("complete -c {} -n '__fish_seen_subcommand_from {}' -a {} -d {}\n", program.name,
                         word.name, in_quotes(spelled(row)), in_quotes(row.help));
  }
  for (auto const& value : program.values)
    out +=
        fmt::format("complete -c {} -n 'not __fish_use_subcommand' -a {}\n", program.name, in_quotes(value));
  return out;
}

}  // namespace winrm::tools
