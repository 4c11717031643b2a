#include "tools/winrs/run.hpp"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <utility>

#include "client/settings.hpp"
#include "client/shell.hpp"
#include "tools/common/allocator.hpp"
#include "tools/common/connection_switches.hpp"
#include "tools/common/descriptors.hpp"
#include "tools/common/printable.hpp"
#include "tools/winrs/fleet_hosts.hpp"
#include "tools/winrs/fleet_run.hpp"
#include "tools/winrs/interactive.hpp"
#include "tools/winrs/job.hpp"
#include "tools/winrs/pump.hpp"
#include "tools/winrs/signals.hpp"

namespace winrm::tools::winrs_tool {
namespace {

constexpr int exit_own_failure = 255;
/// Whether the command is done or given up: what is left to clean up may not hold the user for long.
constexpr Milliseconds close_timeout{2000};

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

/// What remains of a command that is done; its exit code stands whatever comes of this.
void forget(client::Command& command) {
  try {
    command.finish(close_timeout);
  } catch (client::Failure const&) {
    // The shell's deletion ends it, too.
  }
}

bool is_typed(Job const& job, SwitchValues const& switches) {
  return job.is_shell() && !switches.has("noecho") && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

std::uint32_t pass_streams(client::Session& session, client::Command& command, std::string lead,
                           Job const& job) {
  std::optional<InputPump> input;
  if (!send_empty_input(command, lead))
    input.emplace(session, command, InputSource{std::move(lead), job.input_encoder()});
  return copy_output(command, OutputDecoder(job.output_form()));
}

client::Shell open_shell(client::Session& session, SignalRelay& signals, client::ShellOptions const& wish) {
  SignalRelay::Opening const opening(signals);
  return client::Shell(session, wish);
}

std::uint32_t run_command(client::Session& session, SignalRelay& signals, Job const& job,
                          SwitchValues const& switches) {
  auto const shell_wish = shell_options(switches);
  auto wanted = job.command_for(session);
  wanted.line.console_input = isatty(STDIN_FILENO) == 1;
  client::Shell shell = open_shell(session, signals, shell_wish);
  shell.set_close_timeout(close_timeout);
  std::optional<client::Command> command;
  std::uint32_t exit_code = 0;
  try {
    if (signals.ended_by() != 0)
      throw client::Failure(client::Failure::Kind::interrupted, client::code::operation_aborted,
                            "winrs was ended while the shell was made.");
    command.emplace(shell.start(wanted.line));
    signals.set_target(&*command);
    exit_code = is_typed(job, switches) ? converse(session, *command, signals,
                                                   OutputDecoder(job.output_form()), job.input_encoder())
                                        : pass_streams(session, *command, std::move(wanted.input), job);
  } catch (...) {
    signals.set_target(nullptr);
    throw;
  }
  signals.set_target(nullptr);
  forget(*command);
  return exit_code;
}

client::ClientSettings settings_of_client() {
  auto settings = client::load_settings();
  if (!settings)
    throw UsageError(fmt::format("The client's configuration cannot be used: {}", settings.error().message));
  return std::move(*settings);
}

/// Says what happens to the connection, so that nobody wonders why the output stands still.
void tell_of_losses(client::SessionOptions& options) {
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(options.reconnect_time).count();
  options.on_network = [seconds](client::NetworkEvent event) {
    if (event == client::NetworkEvent::lost)
      fmt::print(stderr, "winrs: The connection is lost. Trying to reconnect for {} seconds.\n", seconds);
    if (event == client::NetworkEvent::reconnected) fmt::print(stderr, "winrs: Connected again.\n");
  };
}

int run_on_one_host(Invocation const& invocation, client::ClientSettings const& settings) {
  auto const& switches = invocation.switches;
  Job const job(invocation);
  auto options = session_options(switches, settings);
  adapt_session(options, switches);
  tell_of_losses(options);
  client::Session session(std::move(options));
  SignalRelay signals(session);
  std::optional<EchoOff> quiet;
  if (switches.has("noecho")) quiet.emplace();
  try {
    return to_exit_status(run_command(session, signals, job, switches));
  } catch (client::Failure const&) {
    if (signals.ended_by() == 0) throw;
    return exit_status_of_signal(signals.ended_by());
  }
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
    auto const settings = settings_of_client();
    return is_fleet(invocation.switches) ? run_fleet(invocation, settings)
                                         : run_on_one_host(invocation, settings);
  } catch (UsageError const& error) {
    print_error(fmt::format("{}\nType \"winrs -?\" for help.", error.what()));
  } catch (client::Failure const& failure) {
    print_error(failure.text());
  } catch (OutputClosed const&) {
    return exit_status_of_signal(SIGPIPE);
  }
  return exit_own_failure;
}

}  // namespace winrm::tools::winrs_tool
