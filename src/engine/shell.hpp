#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/activity.hpp"
#include "engine/call.hpp"
#include "engine/command.hpp"
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
  Milliseconds idle_timeout{};
};

/// One open shell and its commands. Thread-safe.
class Shell {
 public:
  Shell(ShellFacts facts, std::unique_ptr<ShellInstance> instance);

  [[nodiscard]] ShellFacts const& facts() const noexcept { return facts_; }
  void touch() noexcept { activity_->touch(); }
  /// Nobody has used it for its idle time. `again` is when to ask next.
  [[nodiscard]] bool idle(Deadline& again) const;

  /// Starts a command and returns its id. Throws what the plug-in throws, and faults::already_exists.
  std::string start(CommandStart start);
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
  void forget_told_commands();

  ShellFacts const facts_;
  SteadyClock::time_point const created_ = SteadyClock::now();
  std::shared_ptr<Activity> const activity_ = std::make_shared<Activity>();
  mutable std::mutex mutex_;
  std::shared_ptr<ShellInstance> instance_;
  std::map<std::string, std::shared_ptr<Command>> commands_;
  std::vector<std::string> order_;  ///< of commands_, oldest first
};

}  // namespace winrm::engine
