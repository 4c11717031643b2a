#include "tools/winrmd/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "config/load.hpp"

namespace winrm::tools::winrmd {

namespace {

/// One way to call the program: the words that choose it and how many names follow.
struct CommandRow {
  Command command;
  std::string_view words;
  bool takes_name;
  bool needs_password_stdin;
  std::string_view usage;
  std::string_view help;
};

constexpr std::array commands{
    CommandRow{
        Command::user_add, "user add", true, true,
        "winrmd user add NAME --password-stdin [--as ACCOUNT] [--config FILE]",
        "add NAME, which runs as ACCOUNT (without --as: as who runs this), or give it a new password,\n"
        "      read from standard input"},
    CommandRow{Command::user_list, "user list", false, false, "winrmd user list [--config FILE]",
               "print the service's own users and the accounts they run as"},
    CommandRow{Command::user_remove, "user remove", true, false, "winrmd user remove NAME [--config FILE]",
               "remove NAME"},
    CommandRow{Command::check_config, "--check-config", false, false, "winrmd --check-config FILE",
               "say whether FILE is valid, and the certificates and keytab it names, and exit"},
    CommandRow{Command::help, "--help", false, false, "winrmd --help", "print this text"},
    CommandRow{Command::version, "--version", false, false, "winrmd --version", "print the version"},
    CommandRow{Command::serve, "", false, false, "winrmd [--config FILE]",
               "serve in the foreground until SIGTERM or SIGINT"},
};

tl::unexpected<Error> usage_error(std::string text) { return fail(std::move(text) + "; see winrmd --help"); }

/// The row whose words begin the command line, and how many words those are.
std::pair<CommandRow const*, std::size_t> choose(std::vector<std::string_view> const& words) {
  std::string const first = words.empty() ? "" : std::string(words[0]);
  std::string const two = words.size() < 2 ? first : first + " " + std::string(words[1]);
  for (CommandRow const& row : commands) {
    if (row.words == two && words.size() >= 2) return {&row, 2};
    if (row.words == first && !first.empty()) return {&row, 1};
  }
  return {&commands.back(), 0};
}

}  // namespace

Result<Arguments> parse_arguments(std::vector<std::string_view> const& words) {
  auto const [row, used] = choose(words);
  Arguments arguments;
  arguments.command = row->command;
  arguments.config = config::default_file;
  bool password_stdin = false;
  bool config_given = false;
  for (std::size_t i = used; i < words.size(); ++i) {
    std::string_view const word = words[i];
    bool const takes_value = word == "--config" || (word == "--as" && row->command == Command::user_add);
    if (takes_value && i + 1 == words.size()) return usage_error(std::string(word) + " needs a value");
    if (word == "--config") {
      arguments.config = words[++i];
      config_given = true;
    } else if (takes_value) {
      arguments.account = words[++i];
    } else if (word == "--password-stdin" && row->needs_password_stdin) {
      password_stdin = true;
    } else if (row->command == Command::check_config && !config_given) {
      arguments.config = word;
      config_given = true;
    } else if (row->takes_name && arguments.name.empty() && !word.starts_with('-')) {
      arguments.name = word;
    } else {
      return usage_error("\"" + std::string(word) + "\" is not understood here");
    }
  }
  if (row->takes_name && arguments.name.empty())
    return usage_error(std::string(row->words) + " needs a NAME");
  if (row->needs_password_stdin && !password_stdin)
    return usage_error(std::string(row->words) +
                       " reads the password from standard input: say so with --password-stdin");
  if (row->command == Command::check_config && !config_given)
    return usage_error("--check-config needs a FILE");
  return arguments;
}

std::string help_text() {
  std::string text = "winrmd: the Windows Remote Management service for Linux\n\n";
  for (CommandRow const& row : commands) text += fmt::format("  {}\n      {}\n", row.usage, row.help);
  return text +
         fmt::format("\nWithout --config the file is {}. Every key of it is in docs/configuration.md.\n",
                     config::default_file);
}

}  // namespace winrm::tools::winrmd
