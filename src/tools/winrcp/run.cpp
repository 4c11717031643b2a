#include "tools/winrcp/run.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <thread>

#include "client/settings.hpp"
#include "tools/common/connection_switches.hpp"
#include "tools/common/printable.hpp"
#include "tools/winrcp/command_line.hpp"
#include "tools/winrcp/copy.hpp"
#include "tools/winrcp/local.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

constexpr int exit_incomplete = 1;
constexpr int exit_usage = 2;
constexpr int signal_exit_base = 128;
constexpr Milliseconds close_timeout_when_ending{2000};
constexpr timespec signal_poll{0, 100'000'000};

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int const signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

/// Takes Ctrl-C and its like: the copy stops, and the shell on the far side is deleted. Make it before any
/// other thread.
class SignalWatch {
 public:
  SignalWatch() {
    auto const set = ending_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
  }
  ~SignalWatch() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  SignalWatch(SignalWatch const&) = delete;
  SignalWatch& operator=(SignalWatch const&) = delete;

  /// What is interrupted. It must outlive this object.
  void watch(client::Session& session) {
    thread_ = std::thread([this, &session] { run(session); });
  }
  [[nodiscard]] std::atomic<bool> const& cancelled() const { return cancelled_; }
  [[nodiscard]] int ended_by() const { return ended_by_; }
  /// From now on the session is left in peace, to clean up.
  void stop_interrupting() { interrupting_ = false; }

 private:
  void run(client::Session& session) {
    auto const set = ending_signals();
    while (!stopping_) {
      int const signal = sigtimedwait(&set, nullptr, &signal_poll);
      if (signal > 0 && cancelled_) _exit(signal_exit_base + signal);  // the second time
      if (signal > 0) {
        ended_by_ = signal;
        cancelled_ = true;
      }
      // Again and again: an interruption ends only what waits at that moment.
      if (cancelled_ && interrupting_) session.interrupt();
    }
  }

  std::atomic<bool> cancelled_{false};
  std::atomic<bool> interrupting_{true};
  std::atomic<bool> stopping_{false};
  std::atomic<int> ended_by_{0};
  std::thread thread_;
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

int report(Copy const& copy) {
  if (copy.skipped() > 0)
    fmt::print(stderr, "winrcp: {} links, devices or the like were not copied.\n", copy.skipped());
  for (auto const& failure : copy.failures()) fmt::print(stderr, "winrcp: {}\n", printable(failure));
  return copy.failures().empty() ? 0 : exit_incomplete;
}

int copy_all(client::Session& session, SignalWatch& signals, Progress& progress,
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

/// Each answer takes and frees a few hundred kilobytes several times over. By default the allocator gives
/// them back to the kernel each time.
void keep_freed_memory() {
  constexpr int kept_bytes = 16 * 1024 * 1024;
  mallopt(M_TRIM_THRESHOLD, kept_bytes);
  mallopt(M_MMAP_THRESHOLD, kept_bytes);
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
    SignalWatch signals;
    signals.watch(session);
    try {
      return copy_all(session, signals, progress, invocation);
    } catch (client::Failure const&) {
      if (signals.ended_by() == 0) throw;
      print_error("interrupted. The same command goes on where it stopped.");
      return signal_exit_base + signals.ended_by();
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
