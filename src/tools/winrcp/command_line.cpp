#include "tools/winrcp/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "tools/common/connection_switches.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

constexpr unsigned most_parallel = 16;

constexpr auto own_switches = std::to_array<SwitchRow>({
    {"parallel",
     {"par", ""},
     SwitchValue::required,
     "NUMBER",
     "How many files go at once, 1 to 16; 4 without it."},
    {"compression", {"comp", ""}, SwitchValue::none, "", "Compress what goes over the network."},
    {"quiet", {"q", ""}, SwitchValue::none, "", "Show no progress."},
});

std::vector<SwitchRow> all_switches() {
  std::vector<SwitchRow> rows(connection_switches().begin(), connection_switches().end());
  rows.insert(rows.end(), own_switches.begin(), own_switches.end());
  return rows;
}

/// A slash begins a path here, not a switch as in the other tools.
bool is_switch(std::string_view argument) { return argument.size() > 1 && argument.front() == '-'; }

bool is_help(std::string_view argument) {
  return argument == "-?" || argument == "/?" || argument == "-help" || argument == "--help";
}

unsigned parallel_of(SwitchValues const& switches) {
  if (!switches.has("parallel")) return Invocation{}.parallel;
  auto const& text = switches.value("parallel");
  unsigned number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0 || number > most_parallel)
    throw UsageError(fmt::format("-parallel takes a number from 1 to {}, not \"{}\".", most_parallel, text));
  return number;
}

/// Puts the one host of the command line where the other tools have it.
void take_host(std::string const& host, Invocation& invocation) {
  if (host.empty()) {
    if (!invocation.switches.has("remote"))
      throw UsageError("\":PATH\" is on the host that -remote names, and there is no -remote.");
    return;
  }
  if (invocation.switches.has("remote") && invocation.switches.value("remote") != host)
    throw UsageError(fmt::format("-remote names {}, and a path {}. Copy to or from one host at a time.",
                                 invocation.switches.value("remote"), host));
  if (!invocation.switches.has("remote")) invocation.switches.add("remote", host);
}

void take_paths(std::vector<std::string> const& paths, Invocation& invocation) {
  if (paths.size() < 2) throw UsageError("Name what is to be copied, and where it goes.");
  auto const target = parse_location(paths.back());
  invocation.upload = target.remote;
  invocation.target = target.path;
  if (target.remote) take_host(target.host, invocation);
  for (std::size_t i = 0; i + 1 < paths.size(); ++i) {
    auto const source = parse_location(paths[i]);
    if (source.remote == target.remote)
      throw UsageError(target.remote ? "Both ends are on other machines. Copy here first, then there."
                                     : fmt::format("Neither end names a host: write HOST:{} for a file of "
                                                   "another machine.",
                                                   paths[i]));
    if (source.remote) take_host(source.host, invocation);
    if (source.path.empty()) throw UsageError("A path is empty.");
    invocation.sources.push_back(source.path);
  }
}

}  // namespace

Invocation parse_command_line(std::vector<std::string> const& arguments) {
  static auto const rows = all_switches();
  SwitchParser const parser(rows);
  Invocation invocation;
  std::vector<std::string> paths;
  bool switches_over = false;
  for (auto const& argument : arguments) {
    if (switches_over || (!is_switch(argument) && argument != "/?")) {
      paths.push_back(argument);
    } else if (argument == "--") {
      switches_over = true;
    } else if (is_help(argument)) {
      invocation.help = true;
    } else {
      parser.take(argument, invocation.switches);
    }
  }
  if (arguments.empty()) invocation.help = true;
  if (invocation.help) return invocation;
  take_paths(paths, invocation);
  invocation.parallel = parallel_of(invocation.switches);
  return invocation;
}

std::span<SwitchRow const> copy_switches() { return own_switches; }

std::string help_text() {
  return "winrcp copies files and folders to another machine, or from it.\n\n"
         "  winrcp [-SWITCH[:VALUE] ...] SOURCE ... TARGET\n\n"
         "One end is HOST:PATH, where HOST is a name, an address in brackets or a connection of the\n"
         "configuration; \":PATH\" is on the host that -remote names. A path that is not absolute begins at\n"
         "the home directory there. Into a TARGET that is a folder, that ends with a slash, or that several\n"
         "sources go to, each source is copied under its own name. Folders go with all that is in them.\n\n"
         "A lost connection is waited for, and the same command goes on where another one stopped. Every\n"
         "file is compared by its SHA-256. The exit status is 0, 1 when something was not copied, 2 for a\n"
         "wrong command line.\n\n"
         "  winrcp -username:alice report.pdf web1:/srv/reports/\n"
         "  winrcp -u:alice web1:/var/log ./logs\n"
         "  winrcp -r:https://web1:5986 -u:alice site :/srv/www\n\n"
         "Switches (in any case):\n" +
         switch_help(own_switches) + "\nConnection:\n" + switch_help(connection_switches());
}

}  // namespace winrm::tools::winrcp_tool
