#include "plugins/shell/cmd_shell.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/unicode.hpp"
#include "base/unique_fd.hpp"
#include "plugins/shell/command_process.hpp"
#include "plugins/shell/guard.hpp"
#include "plugins/shell/launch.hpp"
#include "plugins/shell/poller.hpp"
#include "plugins/shell/process_tree.hpp"
#include "system/host.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::shell {
namespace {

namespace faults = wsman::faults;

constexpr std::string_view plugin_name = "Shell cmd plugin";  // as Windows names it in faults
constexpr std::string_view option_no_profile = "WINRS_NOPROFILE";
constexpr std::string_view option_code_page = "WINRS_CODEPAGE";
constexpr std::string_view option_console_mode = "WINRS_CONSOLEMODE_STDIN";
constexpr std::string_view option_skip_shell = "WINRS_SKIP_CMD_SHELL";

/// The largest pipe an ordinary user may have (pipe(7)): fewer switches between command and poller.
constexpr int pipe_bytes = 1024 * 1024;

wsman::Fault from_plugin(wsman::Fault fault) {
  return std::move(fault).from_provider(std::string(plugin_name), "%systemroot%\\system32\\winrscmd.dll");
}

/// Options that are not known are ignored unless the client insists (MS-WSMV 3.1.4.1.23).
void check_options(wsman::OptionSet const& options, std::initializer_list<std::string_view> known) {
  for (wsman::Option const& option : options) {
    bool const is_known = std::ranges::any_of(
        known, [&](std::string_view name) { return unicode::equals_ignoring_case(name, option.name); });
    if (!is_known && option.must_comply) throw faults::options_not_supported(option.name);
  }
}

/// A code page decides nothing here: output is passed on as the programs wrote it. A number it must be.
void check_code_page(wsman::OptionSet const& options) {
  wsman::Option const* const option = options.find(option_code_page);
  if (!option) return;
  std::string const& text = option->value;
  std::uint16_t page = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), page);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw faults::invalid_option_value(option_code_page, text);
  }
}

struct Pipe {
  UniqueFd reading;
  UniqueFd writing;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  return {.reading = UniqueFd(ends[0]), .writing = UniqueFd(ends[1])};
}

void make_nonblocking(UniqueFd const& fd) {
  if (fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::generic_category(), "fcntl");
  }
}

UniqueFd open_null() {
  UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) throw std::system_error(errno, std::generic_category(), "/dev/null");
  return null;
}

/// Absolute: programs are looked for beside it before it is gone to.
std::string directory_for(engine::ShellStart const& start, system::Account const& account) {
  if (start.working_directory.empty()) return account.home.native();
  return std::filesystem::absolute(start.working_directory).native();
}

bool contains(std::vector<std::string> const& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

UniqueFd open_directory(std::string const& path) {
  return UniqueFd(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/// The handle the engine holds; the process itself is shared with the poller.
class CmdCommand final : public engine::RunningCommand {
 public:
  explicit CmdCommand(std::shared_ptr<CommandProcess> process) : process_(std::move(process)) {}
  ~CmdCommand() override { process_->end(); }
  CmdCommand(CmdCommand const&) = delete;
  CmdCommand& operator=(CmdCommand const&) = delete;

  std::size_t send(std::string_view, std::string_view bytes) override { return process_->send(bytes); }
  void end_input(std::string_view) override { process_->end_input(); }
  void signal(engine::Signal signal) override { process_->signal(signal); }
  void on_room() override { process_->on_room(); }

 private:
  std::shared_ptr<CommandProcess> const process_;
};

/// The commands of a shell that may still run. Thread-safe.
class RunningCommands final : public GuardSource {
 public:
  void add(std::weak_ptr<CommandProcess> process) {
    std::lock_guard const lock(mutex_);
    std::erase_if(processes_, [](auto const& known) { return known.expired(); });
    processes_.push_back(std::move(process));
  }
  [[nodiscard]] std::vector<pid_t> guards() const override {
    std::vector<pid_t> pids;
    std::lock_guard const lock(mutex_);
    for (auto const& weak : processes_) {
      auto const process = weak.lock();
      if (auto const guard = process ? process->guard() : std::nullopt) pids.push_back(*guard);
    }
    return pids;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<CommandProcess>> processes_;
};

class CmdShell final : public engine::ShellInstance {
 public:
  CmdShell(Poller& poller, QuotaKeeper& keeper, system::Host const& host, engine::ShellStart const& start,
           system::Account const& account)
      : poller_(poller),
        keeper_(keeper),
        host_(host),
        account_(account),
        variables_(start.environment),
        directory_(directory_for(start, account)),
        load_profile_(!start.options.flag(option_no_profile)),
        reads_input_(contains(start.input_streams, "stdin")),
        output_streams_(start.output_streams) {
    if (open_directory(directory_)) return;
    int const error = errno;
    // An account without a home logs on all the same; a folder that the client asked for has to be there.
    if (start.working_directory.empty()) {
      directory_ = "/";
      return;
    }
    throw from_plugin(faults::file_not_found(
        fmt::format("The working directory \"{}\" cannot be used: {}.", directory_, std::strerror(error))));
  }

  std::unique_ptr<engine::RunningCommand> start(engine::CommandStart command,
                                                std::shared_ptr<engine::CommandSink> sink) override {
    check_options(command.options, {option_console_mode, option_skip_shell});
    require_room_for_a_process();
    ProgramSpec program = program_for(command);
    CommandProcess::Pipes pipes = connect(program);
    auto process = GuardedProcess::start(std::move(program));
    if (!process) throw from_plugin(exec_fault(process.error().number, command.command));
    auto running =
        std::make_shared<CommandProcess>(poller_, *std::move(process), std::move(pipes), std::move(sink));
    auto handle = std::make_unique<CmdCommand>(running);
    running->watch();
    commands_->add(running);
    keeper_.started(commands_);
    return handle;
  }

  [[nodiscard]] std::uint32_t child_processes() const override {
    return static_cast<std::uint32_t>(descendants_of(host_, commands_->guards()).size());
  }
  [[nodiscard]] std::uint64_t memory_bytes() const override {
    return memory_of(descendants_of(host_, commands_->guards()));
  }

 private:
  void require_room_for_a_process() const {
    auto const most = keeper_.quota().max_processes;
    if (most == 0 || child_processes() < most) return;
    throw from_plugin(faults::quota_limit(
        fmt::format("The shell has {} processes, as many as winrs/MaxProcessesPerShell allows. Wait for some "
                    "to end, or terminate a command.",
                    most)));
  }

  [[nodiscard]] Launch launch_of(engine::CommandStart const& command) const {
    if (command.options.flag(option_skip_shell))
      return launch_directly(make_environment(account_, variables_), directory_, command.command,
                             command.arguments);
    auto const launch = load_profile_ ? launch_with_profile : launch_in_shell;
    return launch(account_, variables_, command.command, command.arguments);
  }

  [[nodiscard]] ProgramSpec program_for(engine::CommandStart const& command) const try {
    Launch launch = launch_of(command);
    ProgramSpec program;
    program.program = std::move(launch.program);
    program.arguments = std::move(launch.arguments);
    for (auto const& [name, value] : launch.environment) program.environment.push_back(name + "=" + value);
    program.directory = open_directory(directory_);
    if (!program.directory) {
      throw faults::file_not_found(
          fmt::format("The working directory \"{}\" is gone: {}.", directory_, std::strerror(errno)));
    }
    return program;
  } catch (wsman::Fault& fault) {
    throw from_plugin(std::move(fault));
  }

  /// Gives the program its ends of the pipes and returns the others.
  [[nodiscard]] CommandProcess::Pipes connect(ProgramSpec& program) const {
    CommandProcess::Pipes pipes;
    if (reads_input_) {
      Pipe pipe = make_pipe();
      make_nonblocking(pipe.writing);
      program.standard_input = std::move(pipe.reading);
      pipes.input = std::move(pipe.writing);
    } else {
      program.standard_input = open_null();
    }
    std::array<UniqueFd*, 2> const theirs{&program.standard_output, &program.standard_error};
    constexpr std::array<std::string_view, 2> names{"stdout", "stderr"};
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!contains(output_streams_, names[i])) {
        *theirs[i] = open_null();
        continue;
      }
      Pipe pipe = make_pipe();
      make_nonblocking(pipe.reading);
      fcntl(pipe.reading.get(), F_SETPIPE_SZ, pipe_bytes);  // not more than a wish: the account has a limit
      *theirs[i] = std::move(pipe.writing);
      pipes.output[i] = std::move(pipe.reading);
    }
    return pipes;
  }

  static wsman::Fault exec_fault(int error, std::string const& command) {
    std::string const text = fmt::format("\"{}\" cannot be executed: {}.", command, std::strerror(error));
    constexpr std::uint32_t file_name_too_long = 0x800700CE;
    switch (error) {
      case ENOENT:
      case ENOTDIR:
        return faults::file_not_found(text);
      case EACCES:
        return faults::access_denied(text);
      case E2BIG:
        return faults::internal_error(text).with_code(file_name_too_long);
      default:
        return faults::internal_error(text);
    }
  }

  Poller& poller_;
  QuotaKeeper& keeper_;
  system::Host const& host_;
  system::Account const account_;
  Environment const variables_;  ///< of the client
  std::string directory_;
  bool const load_profile_;
  bool const reads_input_;
  std::vector<std::string> const output_streams_;
  std::shared_ptr<RunningCommands> const commands_ = std::make_shared<RunningCommands>();
};

class CmdShellPlugin final : public engine::ShellPlugin {
 public:
  explicit CmdShellPlugin(std::shared_ptr<Changeable<ShellQuota> const> quota)
      : quota_(std::move(quota)), host_(system::make_host()), keeper_(*host_, *quota_) {}

  [[nodiscard]] std::string_view name() const override { return plugin_name; }

  [[nodiscard]] bool serves(std::string_view resource_uri) const override {
    return unicode::equals_ignoring_case(resource_uri, wsman::resource::cmd_shell);
  }

  std::unique_ptr<engine::ShellInstance> create(engine::ShellStart const& start,
                                                auth::Principal const& principal) override {
    check_options(start.options, {option_no_profile, option_code_page});
    check_code_page(start.options);
    return std::make_unique<CmdShell>(poller_, keeper_, *host_, start, principal.account());
  }

 private:
  Poller poller_;
  std::shared_ptr<Changeable<ShellQuota> const> const quota_;
  std::unique_ptr<system::Host const> const host_;
  QuotaKeeper keeper_;
};

}  // namespace

std::unique_ptr<engine::ShellPlugin> make_cmd_shell_plugin(
    std::shared_ptr<Changeable<ShellQuota> const> quota) {
  return std::make_unique<CmdShellPlugin>(std::move(quota));
}

}  // namespace winrm::plugins::shell
