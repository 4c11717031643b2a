#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/principal.hpp"
#include "base/time.hpp"
#include "wsman/selectors.hpp"

/// Shell semantics (MS-WSMV 3.1.4.5, 3.1.4.12–17) are the engine's: identifiers, the table of shells, idle
/// timeouts, quotas, reading and writing of the messages, long polls. A shell plug-in only runs things.
namespace winrm::engine {

/// rsp:Shell of a Create, and its options.
struct ShellStart {
  std::string shell_id;
  std::string name;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string working_directory;
  std::vector<std::string> input_streams;
  std::vector<std::string> output_streams;
  wsman::OptionSet options;
  std::string creation_xml;  ///< base64 text of pwsh:creationXml, "" when absent
};

/// rsp:CommandLine of a Command, and its options.
struct CommandStart {
  std::string command_id;
  std::string command;
  std::vector<std::string> arguments;
  wsman::OptionSet options;
};

enum class Signal { terminate, ctrl_c, ctrl_break };

/// Where a running command puts what it produced. Implemented by the engine; thread-safe; safe to call after
/// the command was forgotten (then nothing happens). The engine may call the RunningCommand from within; so a
/// plug-in holds no lock of its own while it calls these, and calls none of them from within a
/// RunningCommand's member.
class CommandSink {
 public:
  virtual ~CommandSink() = default;
  /// Takes output, all of it; false when the buffer is full: stop reading until on_room() of the
  /// RunningCommand, which may come from another thread before this returns.
  virtual bool output(std::string_view stream, std::string_view bytes) = 0;
  virtual void end_of_stream(std::string_view stream) = 0;
  /// The command can take more input after send() took less than it was given.
  virtual void input_room() = 0;
  /// The command ended. Streams not yet ended end with it. Input that comes later is dropped.
  virtual void done(std::uint32_t exit_code) = 0;
};

/// One command of a shell. Destroying it ends its processes. Members are called from any thread, send() and
/// end_input() from one at a time.
class RunningCommand {
 public:
  virtual ~RunningCommand() = default;
  /// Takes input for the command; returns how many bytes were taken now (flow control). Input that the
  /// command can no longer read counts as taken.
  virtual std::size_t send(std::string_view stream, std::string_view bytes) = 0;
  virtual void end_input(std::string_view stream) = 0;
  /// ctrl_c or ctrl_break; terminate is the destruction.
  virtual void signal(Signal signal) = 0;
  /// The sink has room again.
  virtual void on_room() = 0;
};

/// One open shell. Destroying it ends all its commands; RunningCommands may outlive it.
class ShellInstance {
 public:
  virtual ~ShellInstance() = default;
  /// Throws wsman::Fault (file not found, …).
  [[nodiscard]] virtual std::unique_ptr<RunningCommand> start(CommandStart command,
                                                              std::shared_ptr<CommandSink> sink) = 0;
  [[nodiscard]] virtual std::uint32_t child_processes() const = 0;
  [[nodiscard]] virtual std::uint64_t memory_bytes() const = 0;
};

/// Lives longer than all its shells and their commands.
class ShellPlugin {
 public:
  virtual ~ShellPlugin() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  ///< "Shell cmd plugin"
  [[nodiscard]] virtual bool serves(std::string_view resource_uri) const = 0;
  /// Throws wsman::Fault (unknown option with MustComply, bad working directory, …).
  [[nodiscard]] virtual std::unique_ptr<ShellInstance> create(ShellStart const& start,
                                                              auth::Principal const& principal) = 0;
};

}  // namespace winrm::engine
