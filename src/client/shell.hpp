#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/session.hpp"

namespace winrm::client {

/// How a shell is opened (MS-WSMV 2.2.4.37). Empty fields leave the choice to the service.
struct ShellOptions {
  std::string resource_uri;  ///< empty: the cmd shell
  std::vector<std::pair<std::string, std::string>> environment;
  std::string working_directory;
  std::optional<Milliseconds> idle_timeout;
  bool no_profile = false;
  std::uint32_t code_page = 65001;  ///< UTF-8
  bool compression = false;         ///< xpress, where the service knows it
  bool can_disconnect = false;      ///< the client chooses the ShellId, which disconnect() needs
};

/// A command line as it goes to the service: with skip_cmd_shell the program and its arguments, else the
/// words that the remote shell reads.
struct CommandLine {
  std::string command;
  std::vector<std::string> arguments;
  bool console_input = true;  ///< WINRS_CONSOLEMODE_STDIN: stdin is typed, not piped
  bool skip_cmd_shell = false;
};

enum class Signal { terminate, ctrl_c, ctrl_break };

/// What one Receive brought.
struct Received {
  struct Chunk {
    std::string stream;  ///< "stdout", "stderr"
    std::string bytes;
  };
  std::vector<Chunk> chunks;  ///< in the order of the message
  /// Set when the command ended; everything it wrote has been received. Windows' unsigned 32-bit number.
  std::optional<std::uint32_t> exit_code;
};

/// A running command. Its operations bridge lost connections (Repeat::patiently): output arrives once and
/// whole, input is taken once, when the service keeps answers until they are confirmed, as ours does. They
/// may be called from several threads, as Session's may.
class Command {
 public:
  [[nodiscard]] std::string const& id() const noexcept { return id_; }

  /// Waits for output or the end, however long it takes: a long poll that ends with nothing is repeated.
  [[nodiscard]] Received receive();
  /// Sends input; `end` closes the stream. Returns when the service took it, however long the command lets it
  /// wait.
  void send(std::string_view bytes, bool end);
  void signal(Signal signal);
  /// Terminates what may be left of a command that is done: once, without bridging a lost connection, so that
  /// a dead network holds nobody.
  void finish(Milliseconds timeout);

 private:
  friend class Shell;
  Command(Session& session, ResourceLocator shell, std::string id, bool compressed)
      : session_(session), shell_(std::move(shell)), id_(std::move(id)), compressed_(compressed) {}
  [[nodiscard]] std::string signal_body(Signal signal) const;

  Session& session_;
  ResourceLocator shell_;
  std::string id_;
  bool compressed_;
};

/// A remote shell; deleted with this object, so that it does not count against the user's quota. `session`
/// must outlive it and its commands.
class Shell {
 public:
  /// Throws Failure.
  Shell(Session& session, ShellOptions const& options);
  /// Takes over a disconnected shell (Connect), or with `reconnect` one that this session disconnected.
  [[nodiscard]] static Shell connect(Session& session, std::string id, bool reconnect = false);
  /// close(), without a word when that fails.
  ~Shell();
  Shell(Shell const&) = delete;
  Shell& operator=(Shell const&) = delete;

  [[nodiscard]] std::string const& id() const noexcept { return id_; }
  [[nodiscard]] Command start(CommandLine const& line);
  /// A command that was started before the shell was disconnected.
  [[nodiscard]] Command connect(std::string command_id);
  /// Leaves the shell and its commands running without a client; this object no longer deletes it.
  void disconnect(std::optional<Milliseconds> idle_timeout = std::nullopt);
  /// Deletes the shell with everything that runs in it. A second call does nothing.
  void close();
  /// Gives the deletion less time than other operations.
  void set_close_timeout(Milliseconds timeout) { close_timeout_ = timeout; }

 private:
  Shell(Session& session, std::string id, bool compressed);
  void create(ShellOptions const& options);

  Session& session_;
  ResourceLocator resource_;
  std::string id_;
  bool compressed_ = false;
  std::optional<Milliseconds> close_timeout_;
};

/// How many input bytes go well into one Send: with base64 and headers it stays below the smallest
/// MaxEnvelopeSizekb of the Windows versions in use (150 KB).
inline constexpr std::size_t send_chunk_bytes = 96 * 1024;

}  // namespace winrm::client
