#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/activity.hpp"
#include "engine/call.hpp"
#include "engine/command.hpp"
#include "engine/shell_message.hpp"
#include "engine/shell_plugin.hpp"
#include "xml/writer.hpp"

namespace winrm::engine {

/// What is known of a shell from its Create to its end.
struct ShellFacts {
  std::string id;
  std::string resource_uri;
  std::string plugin;  ///< as f:ProviderFault names it
  std::string name;
  std::string owner;
  std::string client_address;
  std::string working_directory;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> input_streams;
  std::vector<std::string> output_streams;
  std::string locale;
  std::string data_locale;
  bool profile_loaded = true;
  bool compressed = false;  ///< streams are xpress blocks (MS-WSMV 3.1.4.1.31.6)
  bool id_chosen_by_client = false;
  std::string session_id;  ///< of the client that made it, "" when it named none
  Milliseconds idle_timeout{};
  BufferMode buffer_mode = BufferMode::block;
};

/// The idle times Windows grants: a second to 2^31 - 1 milliseconds.
inline constexpr Milliseconds min_idle_timeout{1000};
inline constexpr Milliseconds max_idle_timeout{2147483647};

/// One open shell and its commands. Thread-safe.
///
/// It lives without a client: a lost connection changes nothing but what waits, and while it is disconnected
/// its commands run on and their output is kept. Whoever has the account may reconnect to it.
class Shell {
 public:
  Shell(ShellFacts facts, std::unique_ptr<ShellInstance> instance);

  [[nodiscard]] ShellFacts const& facts() const noexcept { return facts_; }
  void touch() noexcept { activity_->touch(); }
  /// Nobody has used it for its idle time. `again` is when to ask next.
  [[nodiscard]] bool idle(Deadline& again) const;

  [[nodiscard]] Milliseconds idle_timeout() const;
  [[nodiscard]] bool connected() const;
  /// Throws faults::shell_disconnected.
  void require_connected() const;

  /// Throw faults when the shell is not in the state for it, or `session_id` is not its client's.
  void disconnect(DisconnectBody const& body);
  void reconnect(std::string const& session_id);
  /// The shell is the client's with `session_id` from now on.
  void connect(std::string const& session_id);

  /// Starts a command and returns its id. The same message a second time starts nothing. Throws what the
  /// plug-in throws, and faults::command_id_conflict.
  std::string start(CommandStart start, std::string const& message_id);
  /// Throws faults::command_not_found.
  [[nodiscard]] std::shared_ptr<Command> command(std::string const& id) const;
  [[nodiscard]] std::vector<std::shared_ptr<Command>> commands() const;
  void signal(std::string const& command_id, Signal signal);
  /// Ends all commands; waiting calls get `fault`.
  void close(wsman::Fault const& fault);

  /// rsp:Shell as the answer to Create has it, or with everything there is to know, as Get and Enumerate have
  /// it.
  enum class Detail { as_created, all };
  void write(xml::Writer& writer, Detail detail) const;

 private:
  void end_start(std::string const& id);
  void forget_told_commands();
  void resume(std::string const& session_id);

  ShellFacts const facts_;
  SteadyClock::time_point const created_ = SteadyClock::now();
  std::shared_ptr<Activity> const activity_ = std::make_shared<Activity>();
  mutable std::mutex mutex_;
  std::shared_ptr<ShellInstance> instance_;
  bool connected_ = true;
  std::string session_id_;
  Milliseconds idle_timeout_;
  BufferMode buffer_mode_;
  std::map<std::string, std::string> starting_;  ///< CommandIds, and the MessageIDs that started them
  std::condition_variable started_;
  std::map<std::string, std::shared_ptr<Command>> commands_;
  std::vector<std::string> order_;  ///< of commands_, oldest first
};

}  // namespace winrm::engine
