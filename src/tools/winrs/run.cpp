#include "tools/winrs/run.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <optional>

#include "client/settings.hpp"
#include "client/shell.hpp"
#include "tools/common/connection_switches.hpp"
#include "tools/common/printable.hpp"
#include "tools/winrs/command_line.hpp"
#include "tools/winrs/pump.hpp"

namespace winrm::tools::winrs_tool {
namespace {

constexpr int exit_own_failure = 255;
constexpr int signal_exit_base = 128;
constexpr Milliseconds close_timeout_when_ending{2000};

/// -noecho: the terminal does not show what is typed.
class EchoOff {
 public:
  EchoOff() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = tcsetattr(STDIN_FILENO, TCSANOW, &silent) == 0;
  }
  EchoOff(EchoOff const&) = delete;
  EchoOff& operator=(EchoOff const&) = delete;
  ~EchoOff() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

 private:
  termios before_{};
  bool changed_ = false;
};

/// Exit statuses have 8 bits here and 32 on Windows; no failure may turn into 0.
int to_exit_status(std::uint32_t code) {
  auto const status = static_cast<int>(code & 0xFFU);
  return code != 0 && status == 0 ? exit_own_failure : status;
}

ShellFamily family_of(client::Session& session) {
  auto const answer = wsman::read_identify(session.identify());
  bool const windows = answer && answer->product_vendor.find("Microsoft") != std::string::npos;
  return windows ? ShellFamily::windows_cmd : ShellFamily::unix_shell;
}

/// What remains of a command that is done; its exit code stands whatever comes of this.
void forget(client::Command& command) {
  try {
    command.signal(client::Signal::terminate);
  } catch (client::Failure const&) {
    // The shell's deletion ends it, too.
  }
}

client::ShellOptions shell_options(SwitchValues const& switches) {
  client::ShellOptions options;
  options.environment = environment_of(switches);
  options.working_directory = switches.value("directory");
  options.no_profile = switches.has("noprofile");
  options.compression = switches.has("compression");
  return options;
}

std::uint32_t run_command(client::Session& session, SignalRelay& signals, Invocation const& invocation) {
  auto const shell_wish = shell_options(invocation.switches);
  client::CommandLine line;
  auto const family =
      quoting_depends_on_family(invocation.command) ? family_of(session) : ShellFamily::unix_shell;
  line.command = join_command(invocation.command, family);
  line.console_input = isatty(STDIN_FILENO) == 1;

  client::Shell shell(session, shell_wish);
  auto command = shell.start(line);
  signals.set_target(&command);
  std::optional<std::uint32_t> exit_code;
  try {
    std::optional<InputPump> input;
    if (!send_empty_input(command)) input.emplace(session, command);
    exit_code = copy_output(command);
  } catch (...) {
    signals.set_target(nullptr);
    shell.set_close_timeout(close_timeout_when_ending);
    throw;
  }
  signals.set_target(nullptr);
  forget(command);
  return *exit_code;
}

client::SessionOptions options_of(SwitchValues const& switches) {
  auto const settings = client::load_settings();
  if (!settings)
    throw UsageError(fmt::format("The client's configuration cannot be used: {}", settings.error().message));
  auto options = session_options(switches, *settings);
  options.delegate = switches.has("allowdelegate");
  if (options.endpoint.tls) options.unencrypted = false;  // winrs ignores it over HTTPS, as on Windows
  return options;
}

/// Each answer takes and frees a few hundred kilobytes several times over. By default the allocator gives
/// them back to the kernel each time, and a third of the time goes into page faults.
void keep_freed_memory() {
  constexpr int kept_bytes = 16 * 1024 * 1024;
  mallopt(M_TRIM_THRESHOLD, kept_bytes);
  mallopt(M_MMAP_THRESHOLD, kept_bytes);
}

void print_error(std::string_view text) { fmt::print(stderr, "Winrs error:\n\n{}\n", printable(text)); }

}  // namespace

int run(std::vector<std::string> const& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  keep_freed_memory();
  try {
    auto const invocation = parse_command_line(arguments);
    if (invocation.help) {
      fmt::print("{}", help_text());
      return 0;
    }
    if (invocation.command.empty()) throw UsageError("There is no command to run.");
    client::Session session(options_of(invocation.switches));
    SignalRelay signals(session);
    std::optional<EchoOff> quiet;
    if (invocation.switches.has("noecho")) quiet.emplace();
    try {
      return to_exit_status(run_command(session, signals, invocation));
    } catch (client::Failure const&) {
      if (signals.ended_by() == 0) throw;
      return signal_exit_base + signals.ended_by();
    }
  } catch (UsageError const& error) {
    print_error(fmt::format("{}\nType \"winrs -?\" for help.", error.what()));
  } catch (client::Failure const& failure) {
    print_error(failure.text());
  } catch (OutputClosed const&) {
    return signal_exit_base + SIGPIPE;
  }
  return exit_own_failure;
}

}  // namespace winrm::tools::winrs_tool
