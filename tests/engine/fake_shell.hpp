#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/shell_plugin.hpp"
#include "wsman/actions.hpp"

namespace winrm::engine::test {

/// What the fake shells know and did. Thread-safe through its own lock.
class FakeShells {
 public:
  struct Command {
    std::shared_ptr<CommandSink> sink;
    CommandStart start;
    std::string input;
    bool input_ended = false;
    std::size_t input_room = std::string::npos;
    std::vector<Signal> signals;
    int room_calls = 0;
    bool running = true;
  };

  std::function<void(ShellStart const&)> on_create = [](ShellStart const&) {};
  std::function<void(CommandStart const&)> on_start = [](CommandStart const&) {};
  std::function<void()> on_send = [] {};

  template <class Use>
  auto with(std::string const& command_id, Use use) {
    std::lock_guard const lock(mutex_);
    return use(commands_[command_id]);
  }
  std::shared_ptr<CommandSink> sink(std::string const& command_id) {
    return with(command_id, [](Command& command) { return command.sink; });
  }
  int open_shells = 0;

 private:
  friend class FakeCommand;
  friend class FakeShell;
  std::mutex mutex_;
  std::map<std::string, Command> commands_;
};

class FakeCommand final : public RunningCommand {
 public:
  FakeCommand(std::shared_ptr<FakeShells> shells, std::string id)
      : shells_(std::move(shells)), id_(std::move(id)) {}
  ~FakeCommand() override {
    shells_->with(id_, [](auto& command) { command.running = false; });
  }
  std::size_t send(std::string_view, std::string_view bytes) override {
    shells_->on_send();
    return shells_->with(id_, [&](auto& command) {
      std::size_t const taken = std::min(bytes.size(), command.input_room);
      command.input += bytes.substr(0, taken);
      if (command.input_room != std::string::npos) command.input_room -= taken;
      return taken;
    });
  }
  void end_input(std::string_view) override {
    shells_->with(id_, [](auto& command) { command.input_ended = true; });
  }
  void signal(Signal signal) override {
    shells_->with(id_, [&](auto& command) { command.signals.push_back(signal); });
  }
  void on_room() override {
    shells_->with(id_, [](auto& command) { ++command.room_calls; });
  }

 private:
  std::shared_ptr<FakeShells> const shells_;
  std::string const id_;
};

class FakeShell final : public ShellInstance {
 public:
  explicit FakeShell(std::shared_ptr<FakeShells> shells) : shells_(std::move(shells)) {
    ++shells_->open_shells;
  }
  ~FakeShell() override { --shells_->open_shells; }
  std::unique_ptr<RunningCommand> start(CommandStart command, std::shared_ptr<CommandSink> sink) override {
    shells_->on_start(command);
    std::string const id = command.command_id;
    shells_->with(id, [&](auto& entry) {
      entry.sink = std::move(sink);
      entry.start = std::move(command);
    });
    return std::make_unique<FakeCommand>(shells_, id);
  }
  [[nodiscard]] std::uint32_t child_processes() const override { return 2; }
  [[nodiscard]] std::uint64_t memory_bytes() const override { return 46 * 1024 * 1024; }

 private:
  std::shared_ptr<FakeShells> const shells_;
};

class FakeShellPlugin final : public ShellPlugin {
 public:
  explicit FakeShellPlugin(std::shared_ptr<FakeShells> shells) : shells_(std::move(shells)) {}
  [[nodiscard]] std::string_view name() const override { return "Shell cmd plugin"; }
  [[nodiscard]] bool serves(std::string_view uri) const override { return uri == wsman::resource::cmd_shell; }
  std::unique_ptr<ShellInstance> create(ShellStart const& start, auth::Principal const&) override {
    shells_->on_create(start);
    return std::make_unique<FakeShell>(shells_);
  }

 private:
  std::shared_ptr<FakeShells> const shells_;
};

}  // namespace winrm::engine::test
