#include "tools/winrcp/run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>

#include "client/settings.hpp"
#include "tools/common/allocator.hpp"
#include "tools/common/connection_switches.hpp"
#include "tools/common/printable.hpp"
#include "tools/common/signal_watcher.hpp"
#include "tools/winrcp/command_line.hpp"
#include "tools/winrcp/copy.hpp"
#include "tools/winrcp/local.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

constexpr int exit_incomplete = 1;
constexpr int exit_usage = 2;
constexpr Milliseconds close_timeout_when_ending{2000};
constexpr int grace_ms = 2500;
constexpr int interrupt_interval_ms = 10;
constexpr std::size_t most_skipped_shown = 20;

/// Ctrl-C and its like stop the copy, and the shell on the far side is deleted. Make it before any other
/// thread.
class CopySignals {
 public:
  explicit CopySignals(client::Session& session)
      : session_(session), watcher_([this](int signal) { end(signal); }) {}

  [[nodiscard]] std::atomic<bool> const& cancelled() const { return cancelled_; }
  /// The number of the signal that ended the copy, or 0.
  [[nodiscard]] int ended_by() const { return ended_by_; }
  /// From now on the session is left in peace, to clean up.
  void stop_interrupting() { interrupting_ = false; }

 private:
  /// When cleaning up takes too long the user still gets the prompt back.
  void end(int signal) {
    ended_by_ = signal;
    cancelled_ = true;
    for (int waited = 0; waited < grace_ms; waited += interrupt_interval_ms) {
      // Again and again: an interruption ends only what waits at that moment.
      if (interrupting_) session_.interrupt();
      if (watcher_.ends_within(interrupt_interval_ms)) return;
    }
    _exit(exit_status_of_signal(signal));
  }

  client::Session& session_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> interrupting_{true};
  std::atomic<int> ended_by_{0};
  SignalWatcher watcher_;
};

client::SessionOptions options_of(SwitchValues const& switches, Progress& progress) {
  auto const settings = client::load_settings();
  if (!settings)
    throw UsageError(fmt::format("The client's configuration cannot be used: {}", settings.error().message));
  auto options = session_options(switches, *settings);
  options.on_network = [&progress](client::NetworkEvent event) {
    progress.waiting = event != client::NetworkEvent::reconnected;
  };
  return options;
}

/// The name each source gets.
std::vector<std::string> targets_of(Invocation const& invocation, Remote const& remote) {
  auto const& target = invocation.target;
  auto const kind = invocation.upload ? remote.kind(target) : local::kind(target);
  bool const into = kind == Kind::directory || invocation.sources.size() > 1 || target.ends_with('/') ||
                    target.ends_with('\\');
  if (into && kind == Kind::file) throw CopyError(fmt::format("{} is a file, not a folder.", target));
  if (into && kind == Kind::absent) {
    if (invocation.upload)
      remote.make_directories(target, {});
    else
      local::make_directory(target);
  }
  std::vector<std::string> targets;
  for (auto const& source : invocation.sources)
    targets.push_back(into ? join(target, base_name(source)) : target);
  return targets;
}

void report_skipped(std::vector<std::string> const& paths) {
  if (paths.empty()) return;
  auto const shown = std::min(paths.size(), most_skipped_shown);
  fmt::print(stderr, "winrcp: Links, devices or the like are not copied, which left out:\n");
  for (std::size_t i = 0; i < shown; ++i) fmt::print(stderr, "  {}\n", printable(paths[i]));
  if (shown < paths.size()) fmt::print(stderr, "  and {} more\n", paths.size() - shown);
}

int report(Copy const& copy) {
  report_skipped(copy.skipped());
  for (auto const& failure : copy.failures()) fmt::print(stderr, "winrcp: {}\n", printable(failure));
  return copy.failures().empty() && copy.skipped().empty() ? 0 : exit_incomplete;
}

int copy_all(client::Session& session, CopySignals& signals, Progress& progress,
             Invocation const& invocation) {
  client::ShellOptions wish;
  wish.no_profile = true;
  wish.compression = invocation.switches.has("compression");
  client::Shell shell(session, wish);
  try {
    Remote const remote = make_remote(session, shell);
    Copy copy(remote, progress, invocation.parallel, signals.cancelled());
    auto const targets = targets_of(invocation, remote);
    ProgressLine const line(progress, !invocation.switches.has("quiet"));
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (invocation.upload)
        copy.upload(invocation.sources[i], targets[i]);
      else
        copy.download(invocation.sources[i], targets[i]);
    }
    return report(copy);
  } catch (...) {
    signals.stop_interrupting();
    shell.set_close_timeout(close_timeout_when_ending);
    throw;
  }
}

void print_error(std::string_view text) { fmt::print(stderr, "winrcp: {}\n", printable(text)); }

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
    Progress progress;
    auto options = options_of(invocation.switches, progress);
    client::Session session(std::move(options));
    CopySignals signals(session);
    try {
      return copy_all(session, signals, progress, invocation);
    } catch (client::Failure const&) {
      if (signals.ended_by() == 0) throw;
      print_error("interrupted. The same command goes on where it stopped.");
      return exit_status_of_signal(signals.ended_by());
    }
  } catch (UsageError const& error) {
    print_error(fmt::format("{}\nType \"winrcp -?\" for help.", error.what()));
    return exit_usage;
  } catch (client::Failure const& failure) {
    print_error(failure.text());
  } catch (CopyError const& error) {
    print_error(error.what());
  }
  return exit_incomplete;
}

}  // namespace winrm::tools::winrcp_tool
