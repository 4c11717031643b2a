#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/connection.hpp"
#include "client/failure.hpp"
#include "client/session_options.hpp"
#include "wsman/answer.hpp"
#include "wsman/request.hpp"
#include "wsman/selectors.hpp"

namespace winrm::client {

/// What an operation is about: a resource, which instance of it, and how to treat it.
struct ResourceLocator {
  std::string resource_uri;
  wsman::SelectorSet selectors;
  wsman::OptionSet options;
  std::optional<wsman::FragmentTransfer> fragment;
  std::string header;  ///< a further header block, as XML
};

/// A conversation with one service. Connects and logs on lazily, on the first operation, and again on a new
/// connection when the old one was closed. Thread-safe: operations of several threads run at the same time,
/// each on a connection of its own; idle connections are used again. All operations block, at most for
/// OperationTimeout and NetworkDelayms together, and throw Failure.
class Session {
 public:
  /// Throws Failure (usage, policy) for options that contradict each other or the client's configuration.
  explicit Session(SessionOptions options, Transport transport = Transport());
  ~Session();
  Session(Session const&) = delete;
  Session& operator=(Session const&) = delete;

  /// What the service is. With Authentication::none it is asked without logging on, and masks its version.
  [[nodiscard]] wsman::Answer identify();

  [[nodiscard]] wsman::Answer get(ResourceLocator const& resource);
  /// `body` is the representation as XML; the answer's body is the new representation, or nothing.
  [[nodiscard]] wsman::Answer put(ResourceLocator const& resource, std::string_view body);
  /// The answer's body is x:ResourceCreated.
  [[nodiscard]] wsman::Answer create(ResourceLocator const& resource, std::string_view body);
  void remove(ResourceLocator const& resource);
  /// Calls a method: the action is RESOURCE_URI/METHOD. The answer's body is METHOD_OUTPUT.
  [[nodiscard]] wsman::Answer invoke(ResourceLocator const& resource, std::string_view method,
                                     std::string_view body);

  /// What may happen when the connection turns out to be dead (never, once: one that was idle).
  enum class Repeat {
    never,  ///< the service may have acted: tell the caller
    once,   ///< doing it twice is harmless: send it again on a new connection
    /// The service knows a repeated message by its MessageID, or doing it twice is harmless: send it again
    /// until SessionOptions::reconnect_time is over.
    patiently,
  };
  /// One message of any action, for what has no function above. `body` is XML; the prefixes of
  /// wsman::RequestWriter are declared. `timeout` replaces the session's OperationTimeout.
  [[nodiscard]] wsman::Answer exchange(std::string_view action, ResourceLocator const& resource,
                                       std::string_view body, Repeat repeat = Repeat::never,
                                       std::optional<Milliseconds> timeout = std::nullopt);

  /// Ends every operation that waits now; they throw Failure (interrupted). Later operations work.
  /// Thread-safe.
  void interrupt();

  [[nodiscard]] SessionOptions const& options() const noexcept;
  /// "http://host:5985/wsman"
  [[nodiscard]] std::string const& url() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace winrm::client
