#include "tools/common/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

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

/// The name and the short forms of a word.
std::string forms_of(CompletedWord const& word, std::string_view separator) {
  std::vector<std::string> forms{word.name};
  forms.insert(forms.end(), word.short_forms.begin(), word.short_forms.end());
  return fmt::format("{}", fmt::join(forms, separator));
}

/// Every form of the words that a host follows.
std::string host_words(CompletedProgram const& program, std::string_view separator) {
  std::vector<std::string> forms;
  for (auto const& word : program.words)
    if (word.takes_host) forms.push_back(forms_of(word, separator));
  return fmt::format("{}", fmt::join(forms, separator));
}

/// The switches of every word, each once.
std::vector<SwitchRow> switches_of(CompletedProgram const& program) {
  std::vector<SwitchRow> rows;
  for (auto const& word : program.words)
    for (auto const& row : word.switches)
      if (std::ranges::find(rows, row.name, &SwitchRow::name) == rows.end()) rows.push_back(row);
  return rows;
}

/// Names and short forms of the switches whose value is of that kind: "remote|r|machine", with an `ending`
/// each.
std::string taking(std::vector<SwitchRow> const& rows, std::string_view value_name, std::string_view ending,
                   std::string_view beginning = "-") {
  std::vector<std::string> names;
  for (auto const& row : rows) {
    if (row.value_name != value_name) continue;
    names.push_back(fmt::format("{}{}{}", beginning, row.name, ending));
    for (auto const form : row.short_forms)
      if (!form.empty()) names.push_back(fmt::format("{}{}{}", beginning, form, ending));
  }
  return fmt::format("{}", fmt::join(names, "|"));
}

constexpr std::string_view host = "HOST";
constexpr std::string_view file = "FILE";

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

/// A POSIX command that prints the names of the connections; the tools read one of these files.
constexpr std::string_view print_connections =
    R"(sed -n 's/^ *\[host\."\{0,1\}\([^]"]*\).*/\1/p' )"
    R"("${WINRM_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/openwinrm/client.toml}" )"
    R"(/etc/openwinrm/winrm.toml 2>/dev/null)";

// ---- bash -------------------------------------------------------------------------------------------------

std::string bash_hosts(std::string_view program) {
  return fmt::format("_{}_hosts() {{\n  {}\n  compgen -A hostname\n}}\n", program, print_connections);
}

/// The cases of values; what else is completed follows them.
std::string bash_cases(std::string_view program, std::vector<SwitchRow> const& rows,
                       std::vector<CompletedValues> const& switch_values) {
  std::string cases;
  for (auto const& [value_name, values] : switch_values)
    cases += fmt::format(
        "    {})\n"
        "      before=${{current%%:*}}:\n"
        "      mapfile -t COMPREPLY < <(compgen -P \"$before\" -W {} -- \"${{current#\"$before\"}}\")\n"
        "      ;;\n",
        taking(rows, value_name, ":*"), in_quotes(fmt::format("{}", fmt::join(values, " "))));
  return cases +
         fmt::format(
             "    {2}|{3})\n"
             "      before=${{current%%:*}}:\n"
             "      case ${{current#\"$before\"}} in @*) before+=@ ;; esac\n"
             "      mapfile -t COMPREPLY < <(compgen -P \"$before\" -f -- \"${{current#\"$before\"}}\")\n"
             "      compopt -o filenames\n"
             "      ;;\n"
             "    {1})\n"
             "      before=${{current%\"${{current##*[:,]}}\"}}\n"
             "      mapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$(_{0}_hosts)\" -- "
             "\"${{current#\"$before\"}}\")\n"
             "      ;;\n",
             program, taking(rows, host, ":*"), taking(rows, host, ":@*"), taking(rows, file, ":*"));
}

/// Readline replaces only what follows the last colon, where a colon parts words.
constexpr std::string_view bash_end =
    "  case $COMP_WORDBREAKS in\n"
    "    *:*) COMPREPLY=(\"${COMPREPLY[@]#\"${current%\"${current##*:}\"}\"}\") ;;\n"
    "  esac\n"
    "  case ${COMPREPLY[0]} in *[:/]) compopt -o nospace ;; esac\n"
    "}\n";

// ---- zsh --------------------------------------------------------------------------------------------------

std::string zsh_hosts(std::string_view program) {
  return fmt::format(
      "_{0}_hosts() {{\n"
      "  local -a names\n"
      "  names=(${{(f)\"$({1})\"}})\n"
      "  compadd \"$@\" -a names\n"
      "  _hosts \"$@\"\n"
      "}}\n",
      program, print_connections);
}

std::string zsh_cases(std::string_view program, std::vector<SwitchRow> const& rows,
                      std::vector<CompletedValues> const& switch_values) {
  std::string cases;
  for (auto const& [value_name, values] : switch_values)
    cases += fmt::format("    ({}) compset -P 1 '*:'; compadd -- {} ;;\n", taking(rows, value_name, ":*"),
                         fmt::join(values, " "));
  return cases + fmt::format(
                     "    ({2}|{3}) compset -P 1 '*:'; compset -P '@'; _files ;;\n"
                     "    ({1}) compset -P '*[:,]'; _{0}_hosts ;;\n",
                     program, taking(rows, host, ":*"), taking(rows, host, ":@*"), taking(rows, file, ":*"));
}

// ---- fish -------------------------------------------------------------------------------------------------

std::string fish_values(std::string_view program, std::vector<SwitchRow> const& rows,
                        std::vector<CompletedValues> const& switch_values) {
  auto out = fmt::format(
      R"fish(function __{0}_connections
    set -l personal $HOME/.config
    set -q XDG_CONFIG_HOME; and set personal $XDG_CONFIG_HOME
    set -l files $personal/openwinrm/client.toml
    set -q WINRM_CONFIG; and set files $WINRM_CONFIG
    sed -n 's/^ *\[host\."\{{0,1\}}\([^]"]*\).*/\1/p' $files /etc/openwinrm/winrm.toml 2>/dev/null
    __fish_print_hostnames
end
function __{0}_hosts
    set -l before (string match -r -- '^.*[:,]' (commandline -ct))
    for name in (__{0}_connections)
        echo $before$name
    end
end
function __{0}_files
    set -l before (string match -r -- '^[^:]*:@?' (commandline -ct))
    for name in (__fish_complete_path (string sub -s (math (string length -- $before) + 1) -- (commandline -ct)))
        echo $before$name
    end
end
complete -c {0} -f -n 'string match -qr -- "^-({1}):[^@]*\$" (commandline -ct)' -a '(__{0}_hosts)'
complete -c {0} -f -n 'string match -qr -- "^-(({2}):|({1}):@)" (commandline -ct)' -a '(__{0}_files)'
)fish",
      program, taking(rows, host, "", ""), taking(rows, file, "", ""));
  if (switch_values.empty()) return out;
  out += fmt::format(
      R"fish(function __{0}_choices
    set -l before (string match -r -- '^[^:]*:' (commandline -ct))
    for value in $argv
        echo $before$value
    end
end
)fish",
      program);
  for (auto const& [value_name, values] : switch_values)
    out += fmt::format(
        "complete -c {0} -f -n 'string match -qr -- \"^-({1}):\" (commandline -ct)' -a '(__{0}_choices "
        "{2})'\n",
        program, taking(rows, value_name, "", ""), fmt::join(values, " "));
  return out;
}

}  // namespace

std::string bash_completion(CompletedSwitches const& program) {
  auto const others = fmt::format(
      "    *) mapfile -t COMPREPLY < <([ -z \"$current\" ] || compgen -S : -W \"$(_{}_hosts)\" -- "
      "\"$current\") ;;\n",
      program.name);
  return fmt::format(
      "# bash completion for {0}; made from its switch tables\n"
      "{1}"
      "_{0}() {{\n"
      "  local current=${{COMP_LINE:0:COMP_POINT}} before\n"
      "  current=${{current##* }}\n"
      "  COMPREPLY=()\n"
      "  case $current in\n"
      "{2}"
      "    -*) mapfile -t COMPREPLY < <(compgen -W {3} -- \"$current\") ;;\n"
      "{4}"
      "  esac\n"
      "{5}"
      "complete -o default -F _{0} {0}\n",
      program.name, bash_hosts(program.name),
      bash_cases(program.name, program.switches, program.switch_values),
      in_quotes(fmt::format("{}", fmt::join(spelled(program.switches), " "))), program.copies ? others : "",
      bash_end);
}

std::string zsh_completion(CompletedSwitches const& program) {
  std::string switches;
  for (auto const& row : program.switches)
    switches += fmt::format("    {}\n", in_quotes(fmt::format("{}:{}", described(spelled(row)), row.help)));
  auto const others = program.copies ? fmt::format("_{}_hosts -S :; _files", program.name)
                                     : std::string("_command_names -e || _files");
  return fmt::format(
      "#compdef {0}\n"
      "# made from the switch tables of {0}\n"
      "{1}"
      "_{0}() {{\n"
      "  local -a switches\n"
      "  switches=(\n{2}  )\n"
      "  case $words[CURRENT] in\n"
      "{3}"
      "    (-*) _describe -o switch switches -S '' ;;\n"
      "    (*) {4} ;;\n"
      "  esac\n"
      "}}\n"
      "_{0} \"$@\"\n",
      program.name, zsh_hosts(program.name), switches,
      zsh_cases(program.name, program.switches, program.switch_values), others);
}

std::string fish_completion(CompletedSwitches const& program) {
  auto out = fmt::format("# fish completion for {}; made from its switch tables\n", program.name);
  out += fish_values(program.name, program.switches, program.switch_values);
  for (auto const& row : program.switches)
    out +=
        fmt::format("complete -c {} -n 'string match -qr -- \"^-[^:]*\\$\" (commandline -ct)' -a {} -d {}\n",
                    program.name, in_quotes(spelled(row)), in_quotes(row.help));
  if (program.copies)
    out += fmt::format(
        "complete -c {0} -n 'not string match -q -- \"-*\" (commandline -ct)' -a '(__{0}_connections):'\n",
        program.name);
  return out;
}

std::string bash_completion(CompletedProgram const& program) {
  std::string cases;
  for (auto const& word : program.words)
    cases += fmt::format("    {}) switches={} ;;\n", forms_of(word, "|"),
                         in_quotes(fmt::format("{}", fmt::join(spelled(word.switches), " "))));
  return fmt::format(
      "# bash completion for {0}; made from its switch tables\n"
      "{1}"
      "_{0}() {{\n"
      "  local current=${{COMP_LINE:0:COMP_POINT}} before switches=\n"
      "  current=${{current##* }}\n"
      "  case ${{COMP_WORDS[1]}} in\n"
      "{2}"
      "  esac\n"
      "  local words={3}\n"
      "  if [ \"$COMP_CWORD\" -gt 1 ]; then\n"
      "    case ${{COMP_WORDS[1]}} in\n"
      "      {7}) words=$(_{0}_hosts) ;;\n"
      "      *) words={4} ;;\n"
      "    esac\n"
      "  fi\n"
      "  COMPREPLY=()\n"
      "  case $current in\n"
      "{5}"
      "    -*) mapfile -t COMPREPLY < <(compgen -W \"$switches\" -- \"$current\") ;;\n"
      "    *) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\") ;;\n"
      "  esac\n"
      "{6}"
      "complete -o default -F _{0} {0}\n",
      program.name, bash_hosts(program.name), cases,
      in_quotes(fmt::format("{}", fmt::join(names_of(program), " "))),
      in_quotes(fmt::format("{}", fmt::join(program.values, " "))),
      bash_cases(program.name, switches_of(program), program.switch_values), bash_end,
      host_words(program, "|"));
}

std::string zsh_completion(CompletedProgram const& program) {
  std::string words;
  std::string cases;
  for (auto const& word : program.words) {
    words += fmt::format("    {}\n", in_quotes(word.name + ":" + described(word.summary)));
    std::string switches;
    for (auto const& row : word.switches)
      switches += fmt::format(" {}", in_quotes(fmt::format("{}:{}", described(spelled(row)), row.help)));
    cases += fmt::format("    ({}) switches=({}) ;;\n", forms_of(word, "|"), switches);
  }
  return fmt::format(
      "#compdef {0}\n"
      "# made from the switch tables of {0}\n"
      "{1}"
      "_{0}() {{\n"
      "  local -a operations switches\n"
      "  operations=(\n{2}  )\n"
      "  case $words[2] in\n{3}  esac\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe operation operations\n"
      "    return\n"
      "  fi\n"
      "  case $words[CURRENT] in\n"
      "{4}"
      "    (-*) _describe -o switch switches -S '' ;;\n"
      "    (*)\n"
      "      case $words[2] in\n"
      "        ({6}) _{0}_hosts ;;\n"
      "        (*) compadd -S '' -- {5} ;;\n"
      "      esac\n"
      "      ;;\n"
      "  esac\n"
      "}}\n"
      "_{0} \"$@\"\n",
      program.name, zsh_hosts(program.name), words, cases,
      zsh_cases(program.name, switches_of(program), program.switch_values), fmt::join(program.values, " "),
      host_words(program, "|"));
}

std::string fish_completion(CompletedProgram const& program) {
  auto out = fmt::format("# fish completion for {0}; made from its switch tables\ncomplete -c {0} -f\n",
                         program.name);
  out += fish_values(program.name, switches_of(program), program.switch_values);
  for (auto const& word : program.words) {
    out += fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d {}\n", program.name, word.name,
                       in_quotes(word.summary));
    for (auto const& row : word.switches)
      out += fmt::format(
          "complete -c {} -n '__fish_seen_subcommand_from {}; and string match -qr -- \"^-[^:]*\\$\" "
          "(commandline -ct)' -a {} -d {}\n",
          program.name, forms_of(word, " "), in_quotes(spelled(row)), in_quotes(row.help));
  }
  auto const hosts = host_words(program, " ");
  out += fmt::format("complete -c {0} -n '__fish_seen_subcommand_from {1}' -a '(__{0}_connections)'\n",
                     program.name, hosts);
  for (auto const& value : program.values)
    out += fmt::format(
        "complete -c {} -n 'not __fish_use_subcommand; and not __fish_seen_subcommand_from {}' -a {}\n",
        program.name, hosts, in_quotes(value));
  return out;
}

}  // namespace winrm::tools
