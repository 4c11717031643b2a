#include "engine/shell.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/limits.hpp"
#include "base/unicode.hpp"
#include "base/uuid.hpp"
#include "xml/names.hpp"

namespace winrm::engine {
namespace {

namespace faults = wsman::faults;
using std::chrono::duration_cast;
using std::chrono::microseconds;

std::string whole_seconds(SteadyClock::duration time) {
  return format_day_time_duration(duration_cast<std::chrono::seconds>(time));
}

std::string command_line(CommandStart const& start) {
  if (start.arguments.empty()) return start.command;
  return fmt::format("{} {}", start.command, fmt::join(start.arguments, " "));
}

}  // namespace

Shell::Shell(ShellFacts facts, std::unique_ptr<ShellInstance> instance)
    : facts_(std::move(facts)),
      instance_(std::move(instance)),
      session_id_(facts_.session_id),
      idle_timeout_(facts_.idle_timeout),
      buffer_mode_(facts_.buffer_mode) {}

Milliseconds Shell::idle_timeout() const {
  std::lock_guard const lock(mutex_);
  return idle_timeout_;
}

bool Shell::connected() const {
  std::lock_guard const lock(mutex_);
  return connected_;
}

void Shell::require_connected() const {
  if (!connected()) throw faults::shell_disconnected(facts_.id);
}

void Shell::disconnect(DisconnectBody const& body) {
  if (!facts_.id_chosen_by_client) {
    throw faults::disconnect_not_supported(
        "The shell cannot be disconnected: its client did not choose the ShellId when it opened it, so that "
        "nobody could find it again.");
  }
  auto const idle = body.idle_timeout;
  if (idle && (*idle < min_idle_timeout || *idle > max_idle_timeout)) {
    throw faults::idle_timeout_out_of_bounds(format_seconds_duration(*idle),
                                             format_seconds_duration(min_idle_timeout),
                                             format_seconds_duration(max_idle_timeout));
  }
  BufferMode mode{};
  {
    std::lock_guard const lock(mutex_);
    if (!connected_) throw faults::disconnect_not_valid(facts_.id);
    connected_ = false;
    idle_timeout_ = idle.value_or(idle_timeout_);
    buffer_mode_ = body.buffer_mode.value_or(buffer_mode_);
    mode = buffer_mode_;
  }
  for (auto const& command : commands()) command->disconnect(mode);
  touch();
}

void Shell::reconnect(std::string const& session_id) {
  {
    std::lock_guard const lock(mutex_);
    if (connected_) throw faults::reconnect_not_valid(facts_.id);
    bool const same = session_id_.empty() || unicode::equals_ignoring_case(session_id_, session_id);
    if (!same) throw faults::shell_of_other_session(facts_.id);
  }
  resume(session_id);
}

void Shell::connect(std::string const& session_id) {
  {
    std::lock_guard const lock(mutex_);
    if (connected_) throw faults::shell_connected_elsewhere(facts_.id);
  }
  resume(session_id);
}

void Shell::resume(std::string const& session_id) {
  {
    std::lock_guard const lock(mutex_);
    connected_ = true;
    session_id_ = session_id;
  }
  for (auto const& command : commands()) command->reconnect();
}

bool Shell::idle(Deadline& again) const {
  auto const all = commands();
  if (std::ranges::any_of(all, [](auto const& command) { return command->awaited(); })) {
    again = SteadyClock::now() + idle_timeout();
    return false;
  }
  again = activity_->last() + idle_timeout();
  return SteadyClock::now() >= again;
}

std::string Shell::start(CommandStart start, std::string const& message_id) {
  std::shared_ptr<ShellInstance> instance;
  std::string const id = start.command_id.empty() ? make_uuid() : start.command_id;
  {
    std::unique_lock lock(mutex_);
    // The same request again, because its connection was lost: its answer is that of the first.
    started_.wait(lock, [&] {
      auto const starting = starting_.find(id);
      return starting == starting_.end() || starting->second != message_id;
    });
    if (!instance_) throw faults::shell_not_found(facts_.id);
    auto const known = commands_.find(id);
    if (known != commands_.end() && known->second->facts().started_by == message_id) return id;
    if (known != commands_.end() || starting_.contains(id)) throw faults::command_id_conflict(id);
    if (commands_.size() >= limits::commands_per_shell) {
      throw faults::quota_limit(fmt::format(
          "This shell has {} commands. Terminate some of them, or open another shell.", commands_.size()));
    }
    instance = instance_;
    starting_.emplace(id, message_id);
  }
  start.command_id = id;
  CommandFacts facts{.id = id,
                     .line = command_line(start),
                     .output_streams = facts_.output_streams,
                     .started_by = message_id,
                     .compressed = facts_.compressed};
  auto const command = std::make_shared<Command>(std::move(facts), activity_);
  try {
    command->attach(instance->start(std::move(start), command->sink()));
  } catch (std::exception const&) {
    std::lock_guard const lock(mutex_);
    end_start(id);
    throw;
  }
  {
    std::lock_guard const lock(mutex_);
    end_start(id);
    if (instance_ && commands_.emplace(id, command).second) {
      order_.push_back(id);
      forget_told_commands();
      return id;
    }
  }
  wsman::Fault const gone = faults::shell_not_found(facts_.id);
  command->stop(gone);
  throw wsman::Fault(gone);
}

void Shell::end_start(std::string const& id) {
  starting_.erase(id);
  started_.notify_all();
}

void Shell::forget_told_commands() {
  // Clients that only send ctrl_c after the end never say that they are through with a command.
  std::size_t told = 0;
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
    auto const found = commands_.find(*id);
    if (found != commands_.end() && found->second->end_was_told() &&
        ++told > limits::finished_commands_per_shell) {
      commands_.erase(found);
    }
  }
  std::erase_if(order_, [&](std::string const& id) { return !commands_.contains(id); });
}

std::shared_ptr<Command> Shell::command(std::string const& id) const {
  std::lock_guard const lock(mutex_);
  auto const found = commands_.find(id);
  if (found == commands_.end()) throw faults::command_not_found(id);
  return found->second;
}

std::vector<std::shared_ptr<Command>> Shell::commands() const {
  std::vector<std::shared_ptr<Command>> all;
  std::lock_guard const lock(mutex_);
  for (auto const& id : order_) {
    if (auto const found = commands_.find(id); found != commands_.end()) all.push_back(found->second);
  }
  return all;
}

void Shell::signal(std::string const& command_id, Signal signal) {
  std::shared_ptr<Command> const target = command(command_id);
  // terminate ends the life of a CommandId; so does ctrl_c, which some clients send instead, once the client
  // knows that the command is over.
  if (signal != Signal::terminate && !target->end_was_told()) {
    target->signal(signal);
    return;
  }
  {
    std::lock_guard const lock(mutex_);
    commands_.erase(command_id);
    std::erase(order_, command_id);
  }
  target->stop(faults::operation_aborted("The command was terminated by a signal."));
}

void Shell::close(wsman::Fault const& fault) {
  std::shared_ptr<ShellInstance> instance;
  std::map<std::string, std::shared_ptr<Command>> commands;
  {
    std::lock_guard const lock(mutex_);
    instance = std::move(instance_);
    commands.swap(commands_);
    order_.clear();
  }
  for (auto const& [id, command] : commands) command->stop(fault);
}

void Shell::write(xml::Writer& writer, Detail detail) const {
  bool const all = detail == Detail::all;
  bool connected = true;
  BufferMode buffer_mode{};
  Milliseconds idle_timeout{};
  {
    std::lock_guard const lock(mutex_);
    connected = connected_;
    buffer_mode = buffer_mode_;
    idle_timeout = idle_timeout_;
  }
  writer.open("rsp:Shell").declare("rsp", ns::shell);
  writer.element("rsp:ShellId", facts_.id);
  if (all && !facts_.name.empty()) writer.element("rsp:Name", facts_.name);
  writer.element("rsp:ResourceUri", facts_.resource_uri);
  writer.element("rsp:Owner", facts_.owner);
  writer.element("rsp:ClientIP", facts_.client_address);
  if (!facts_.environment.empty()) {
    writer.open("rsp:Environment");
    for (auto const& [name, value] : facts_.environment) {
      writer.open("rsp:Variable").attribute("Name", name).text(value).close();
    }
    writer.close();
  }
  if (!facts_.working_directory.empty()) writer.element("rsp:WorkingDirectory", facts_.working_directory);
  writer.element("rsp:IdleTimeOut", format_seconds_duration(idle_timeout));
  writer.element("rsp:InputStreams", fmt::format("{}", fmt::join(facts_.input_streams, " ")));
  writer.element("rsp:OutputStreams", fmt::format("{}", fmt::join(facts_.output_streams, " ")));
  if (all) {
    writer.element("rsp:MaxIdleTimeOut", format_seconds_duration(max_idle_timeout));
    if (!facts_.locale.empty()) writer.element("rsp:Locale", facts_.locale);
    if (!facts_.data_locale.empty()) writer.element("rsp:DataLocale", facts_.data_locale);
    writer.element("rsp:CompressionMode", facts_.compressed ? "XpressCompression" : "NoCompression");
    writer.element("rsp:ProfileLoaded", facts_.profile_loaded ? "Yes" : "No");
    writer.element("rsp:Encoding", "UTF8")
        .element("rsp:BufferMode", buffer_mode == BufferMode::block ? "Block" : "Drop")
        .element("rsp:State", connected ? "Connected" : "Disconnected");
  }
  writer.element("rsp:ShellRunTime", whole_seconds(SteadyClock::now() - created_));
  writer.element("rsp:ShellInactivity", whole_seconds(activity_->idle_for()));
  if (all) {
    std::shared_ptr<ShellInstance> instance;
    {
      std::lock_guard const lock(mutex_);
      instance = instance_;
    }
    std::uint64_t const megabyte = limits::kilobyte * limits::kilobyte;
    std::uint64_t const memory = instance ? instance->memory_bytes() : 0;
    writer.element("rsp:MemoryUsed", fmt::format("{}MB", (memory + megabyte / 2) / megabyte));
    writer.element("rsp:ChildProcesses", std::to_string(instance ? instance->child_processes() : 0));
  }
  writer.close();
}

}  // namespace winrm::engine
