#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "auth/access_rules.hpp"
#include "auth/principal.hpp"
#include "engine/call.hpp"
#include "engine/plugin.hpp"
#include "engine/shell_plugin.hpp"
#include "engine/shell_seat.hpp"

namespace winrm::engine {

class EventSinks;

/// The settings the engine works by; the host fills them from config::Settings.
struct EngineSettings {
  std::size_t max_envelope_bytes = 500 * 1024;
  Milliseconds max_timeout{60000};
  std::uint32_t max_batch_items = 32000;
  Milliseconds enumeration_timeout{240000};
  std::uint32_t max_operations_per_user = 1500;
  bool allow_remote_shells = true;
  Milliseconds shell_idle_timeout{7200000};
  std::uint32_t max_shells_per_user = 30;
  bool allow_remote_access = true;  ///< false: only clients of this machine are served
  /// Who may do what; without rules, administrators everything and nobody else anything.
  std::shared_ptr<auth::AccessRules const> access = std::make_shared<auth::AccessRules>();
  /// Names of plug-ins whose resources are not found.
  std::vector<std::string> disabled_plugins = {};
};

/// One SOAP message from the network, in the client's encoding.
struct Message {
  std::string bytes;
  wsman::Encoding encoding = wsman::Encoding::utf8;
};

/// The operation engine of one account's host: reads a message, finds its plug-in, keeps enumerations and
/// shells, answers. Knows no sockets. Thread-safe.
class Dispatcher {
 public:
  /// `seat` is asked before the first shell; null when nobody counts accounts. It must live longer. `sinks`
  /// deliver events; without them events can be pulled only.
  Dispatcher(EngineSettings settings, std::vector<std::unique_ptr<Plugin>> plugins,
             std::vector<std::unique_ptr<ShellPlugin>> shell_plugins, ShellSeat* seat = nullptr,
             std::shared_ptr<EventSinks> sinks = nullptr);
  ~Dispatcher();

  /// Serves one message, on the calling thread as far as it goes; long polls finish elsewhere. `completion`
  /// runs exactly once, on any thread, perhaps before this returns. The returned handle cancels the call when
  /// the client goes away (the completion runs then too); it is null for a message that was answered at once.
  [[nodiscard]] std::shared_ptr<Call> dispatch(Message message, auth::Principal const& principal,
                                               ClientFacts const& client, Completion completion);

  /// For messages that come from now on; what is under way goes on as it began.
  void change_settings(EngineSettings const& settings);

  /// True when nothing outlives a request: no shell, no enumeration, no subscription, no call. The host may
  /// end.
  [[nodiscard]] bool idle() const;

  /// Ends every shell, enumeration and subscription, each with its notice, and answers every open call with
  /// OPERATION_ABORTED. Takes limits::end_notice at most.
  void shutdown();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace winrm::engine
