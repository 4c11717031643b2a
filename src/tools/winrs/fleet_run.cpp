#include "tools/winrs/fleet_run.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>
#include <utility>

#include "base/unicode.hpp"
#include "client/fleet.hpp"
#include "tools/common/connection_switches.hpp"
#include "tools/winrs/fleet_hosts.hpp"
#include "tools/winrs/fleet_report.hpp"
#include "tools/winrs/job.hpp"
#include "tools/winrs/signals.hpp"

namespace winrm::tools::winrs_tool {
namespace {

constexpr std::uint32_t most_in_flight = 1000;
constexpr std::uint32_t longest_seconds = 7 * 24 * 3600;
constexpr std::uint32_t most_megabytes = 100'000;
constexpr std::size_t megabyte = 1 << 20;
constexpr std::size_t output_when_shown = 16 * megabyte;
constexpr std::size_t output_when_kept = megabyte;
constexpr int grace_ms = 5000;

/// A host that does not answer is given up after this time and Client.NetworkDelayms. Long polls are repeated
/// as often.
constexpr Milliseconds operation_timeout{25000};

FleetLayout layout_of(SwitchValues const& switches) {
  auto const is = [](std::string const& text, std::string_view name) {
    return unicode::equals_ignoring_case(text, name);
  };
  auto const& output = switches.value("output");
  auto const& format = switches.value("format");
  if (!output.empty() && !is(output, "prefix") && !is(output, "group"))
    throw UsageError(fmt::format("-output is prefix or group, not \"{}\".", output));
  if (!format.empty() && !is(format, "text") && !is(format, "json"))
    throw UsageError(fmt::format("-format is text or json, not \"{}\".", format));
  if (is(format, "json")) {
    if (!output.empty()) throw UsageError("-output is for text: leave it out with -format:json.");
    return FleetLayout::json;
  }
  return is(output, "group") ? FleetLayout::grouped : FleetLayout::prefixed;
}

client::FleetLimits limits_of(SwitchValues const& switches, FleetLayout layout) {
  client::FleetLimits limits;
  limits.in_flight = number_of(switches, "parallel", 1, most_in_flight).value_or(limits.in_flight);
  limits.threads = std::max(limits.threads, limits.in_flight);
  if (auto const seconds = number_of(switches, "hosttimeout", 1, longest_seconds))
    limits.host_time = std::chrono::seconds(*seconds);
  limits.output_bytes = layout == FleetLayout::prefixed ? output_when_shown : output_when_kept;
  if (auto const given = number_of(switches, "maxoutput", 1, most_megabytes))
    limits.output_bytes = *given * megabyte;
  return limits;
}

client::SessionOptions session_of(FleetHost const& host, client::ClientSettings const& settings,
                                  client::FleetLimits const& limits, Passwords& passwords) {
  auto options = [&] {
    try {
      return session_options(host.switches, settings, passwords);
    } catch (UsageError const& error) {
      throw UsageError(fmt::format("{}: {}", host.name, error.what()));
    } catch (client::Failure const& failure) {
      throw UsageError(fmt::format("{}: {}", host.name, failure.text()));
    }
  }();
  adapt_session(options, host.switches);
  options.operation_timeout = std::min(options.operation_timeout, operation_timeout);
  if (!limits.host_time) return options;
  // What a session cannot be interrupted in, connecting above all, ends in time by itself.
  auto const half = *limits.host_time / 2;
  options.operation_timeout = std::min(options.operation_timeout, half);
  options.reconnect_time = std::min(options.reconnect_time, half);
  options.policy.network_delay_ms =
      std::min(options.policy.network_delay_ms, static_cast<std::uint32_t>(half.count()));
  return options;
}

/// The first Ctrl-C goes to the commands; a second one, or SIGTERM or SIGHUP, ends the run.
class FleetSignals {
 public:
  FleetSignals() : watcher_([this](int signal) { take(signal); }) {}

  void set_fleet(client::Fleet* fleet) {
    std::lock_guard const lock(mutex_);
    fleet_ = fleet;
  }
  [[nodiscard]] int ended_by() const noexcept { return ended_by_; }

 private:
  void take(int signal) {
    {
      std::lock_guard const lock(mutex_);
      bool const is_interrupt = signal == SIGINT || signal == SIGQUIT;
      if (fleet_ != nullptr && is_interrupt && !std::exchange(interrupted_once_, true)) {
        fleet_->signal(signal == SIGINT ? client::Signal::ctrl_c : client::Signal::ctrl_break);
        return;
      }
      ended_by_ = signal;
      if (fleet_ != nullptr) fleet_->stop();
    }
    if (!watcher_.ends_within(grace_ms)) _exit(exit_status_of_signal(signal));
  }

  std::mutex mutex_;
  client::Fleet* fleet_ = nullptr;
  bool interrupted_once_ = false;
  std::atomic<int> ended_by_{0};
  SignalWatcher watcher_;
};

/// Threads beyond a few share the allocator's arenas: one each would hold on to memory it once used.
void share_memory_arenas() {
  constexpr int arenas = 4;
  mallopt(M_ARENA_MAX, arenas);
}

}  // namespace

int run_fleet(Invocation const& invocation, client::ClientSettings const& settings) {
  share_memory_arenas();
  auto const& switches = invocation.switches;
  auto const layout = layout_of(switches);
  auto const limits = limits_of(switches, layout);
  Job const job(invocation);
  if (job.is_shell()) throw UsageError("There is no command to run: several hosts need one.");
  auto const input = switches.has("input") ? read_whole(switches.value("input")) : std::string{};

  Passwords passwords;
  std::vector<std::string> names;
  std::vector<client::FleetTask> tasks;
  for (auto const& host : choose_hosts(switches)) {
    client::FleetTask task;
    task.session = session_of(host, settings, limits, passwords);
    task.shell = shell_options(host.switches);
    task.command = [&job, &input](client::Session& session) {
      auto command = job.command_for(session);
      command.line.console_input = false;
      command.input += input;
      return command;
    };
    tasks.push_back(std::move(task));
    names.push_back(host.name);
  }

  FleetSignals signals;
  FleetReport::Target target;
  target.progress = isatty(target.err) == 1;
  FleetReport report(std::move(names), layout, job.output_form(), target);
  client::Fleet fleet(std::move(tasks), limits, report);
  report.on_closed([&fleet] { fleet.stop(); });
  signals.set_fleet(&fleet);
  fleet.run();
  signals.set_fleet(nullptr);
  report.finish();
  if (signals.ended_by() != 0) return exit_status_of_signal(signals.ended_by());
  return report.is_closed() ? exit_status_of_signal(SIGPIPE) : report.exit_status();
}

}  // namespace winrm::tools::winrs_tool
