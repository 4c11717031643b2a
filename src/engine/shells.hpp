#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/changeable.hpp"
#include "engine/call.hpp"
#include "engine/plugin.hpp"
#include "engine/shell.hpp"
#include "engine/shell_seat.hpp"
#include "engine/timer.hpp"

namespace winrm::engine {

struct ShellSettings {
  bool allowed = true;
  Milliseconds idle_timeout{7200000};  ///< of a shell whose client asked for none
  std::uint32_t max_shells = 30;       ///< 0 is no limit
};

/// The shells of one account and the operations on them. Thread-safe.
class Shells {
 public:
  /// `seat` may be null: the account has its place then. It must live longer.
  Shells(Timer& timer, ShellSettings settings, std::vector<std::unique_ptr<ShellPlugin>> plugins,
         ShellSeat* seat);

  /// The shells' own resource (`…/windows/shell`), the list of commands, and the plug-ins' resources.
  [[nodiscard]] bool serves(std::string_view resource_uri) const;

  /// Each answers `call`, now or later, or throws wsman::Fault.
  void create(Call& call);
  void get(Call& call);
  void remove(Call& call);
  void command(std::shared_ptr<Call> const& call);
  void receive(std::shared_ptr<Call> const& call);
  void send(std::shared_ptr<Call> const& call);
  void signal(std::shared_ptr<Call> const& call);
  void disconnect(Call& call);
  void reconnect(Call& call);
  void connect(Call& call);
  [[nodiscard]] std::unique_ptr<ItemSource> enumerate(Call const& call,
                                                      EnumerateRequest const& request) const;

  /// For shells that are made from now on.
  void change(ShellSettings settings) { settings_.set(settings); }
  [[nodiscard]] bool empty() const;
  void clear(wsman::Fault const& fault);

 private:
  [[nodiscard]] ShellPlugin* plugin_for(std::string_view resource_uri) const;
  /// The shell that the request's ShellId selector names. Counts as use of the shell.
  [[nodiscard]] std::shared_ptr<Shell> shell_of(wsman::Request const& request) const;
  [[nodiscard]] std::shared_ptr<Shell> connected_shell_of(wsman::Request const& request) const;
  [[nodiscard]] std::shared_ptr<Shell> find(std::string_view id) const;
  [[nodiscard]] std::vector<std::shared_ptr<Shell>> all() const;
  std::string reserve(std::string const& wanted_id);
  void close_when_idle(std::string const& id);
  void close_when_idle_at(std::string const& id, Deadline when);
  bool forget(std::string const& id);
  void take_seat();
  void leave_seat();

  Timer& timer_;
  Changeable<ShellSettings> settings_;
  ShellSeat* const seat_;
  std::mutex seat_mutex_;
  std::size_t on_seat_ = 0;  ///< shells that hold the account's seat
  std::vector<std::unique_ptr<ShellPlugin>> const plugins_;
  struct Entry {
    std::shared_ptr<Shell> shell;  ///< null while it is being created
    Timer::Id timer = 0;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> shells_;
};

}  // namespace winrm::engine
