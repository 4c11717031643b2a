#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/shell.hpp"

namespace winrm::client {

/// What runs on one host, and what it reads.
struct FleetCommand {
  CommandLine line;
  std::string input;  ///< all of its standard input
};

/// One host's part of a fleet's work.
struct FleetTask {
  SessionOptions session;
  ShellOptions shell;
  /// Called on the host's own thread before the shell is made; may ask the host what it is, and throw
  /// Failure.
  std::function<FleetCommand(Session&)> command;
};

struct FleetLimits {
  /// Hosts at work at a time. A host that has been silent for `silence` is no longer counted, so that those
  /// that hang do not keep the others waiting.
  std::size_t in_flight = 64;
  Milliseconds silence{3000};
  Milliseconds silence_at_start{700};     ///< the same for one that has not answered yet
  std::size_t threads = 1024;             ///< silent ones included; one thread each
  std::optional<Milliseconds> host_time;  ///< for one host from its start to its end; none: no limit
  std::size_t output_bytes = 16 << 20;    ///< of one host; one that writes more is ended
};

/// How one host's part ended.
struct FleetOutcome {
  enum class State {
    ended,      ///< the command ran to its end
    failed,     ///< no connection, no log-on, or a fault
    timed_out,  ///< FleetLimits::host_time was over
    flooded,    ///< it wrote more than FleetLimits::output_bytes
    stopped,    ///< Fleet::stop(), or never started because of Fleet::signal()
  };
  State state = State::stopped;
  std::uint32_t exit_code = 0;  ///< when it ended
  std::uint32_t error = 0;      ///< when it failed: Failure::code()
  std::string text;             ///< unless it ended: why
  Milliseconds time{0};
};

/// Told what happens, on the hosts' threads: at the same time for different hosts, in order for each. A call
/// that blocks holds up its own host only, as far as the observer's locks go.
class FleetObserver {
 public:
  virtual ~FleetObserver() = default;
  virtual void on_start(std::size_t host) = 0;
  /// `stream` is "stdout" or "stderr".
  virtual void on_output(std::size_t host, std::string_view stream, std::string_view bytes) = 0;
  virtual void on_end(std::size_t host, FleetOutcome const& outcome) = 0;
  /// Several times a second, on the thread of Fleet::run().
  virtual void on_tick() = 0;
};

/// Runs a command on many hosts at once, a thread with a session of its own for each host at work. A host
/// that hangs, refuses or floods takes nothing from the others.
class Fleet {
 public:
  /// `observer` must outlive it; hosts are numbered as in `tasks`.
  Fleet(std::vector<FleetTask> tasks, FleetLimits limits, FleetObserver& observer);
  ~Fleet();
  Fleet(Fleet const&) = delete;
  Fleet& operator=(Fleet const&) = delete;

  /// Returns when every host ended. Call it once.
  void run();
  /// Passes a signal to every running command and starts no more hosts. Returns at once; thread-safe.
  void signal(Signal signal);
  /// Ends everything; shells are deleted, as far as their hosts answer soon. Returns at once; thread-safe.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace winrm::client
