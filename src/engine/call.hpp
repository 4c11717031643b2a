#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "auth/principal.hpp"
#include "base/time.hpp"
#include "engine/client_facts.hpp"
#include "wsman/fault.hpp"
#include "wsman/request.hpp"

namespace winrm::engine {

/// One answered message: bytes in the client's encoding.
struct Answer {
  int http_status = 200;  ///< 200, 204 (no body) or 500 for a fault
  std::string message;
};

using Completion = std::function<void(Answer)>;

/// One request being served. It is answered exactly once: whoever claims it first (a reply, a fault, the
/// deadline, the cancellation) answers, and the others are dropped. Shared by the worker, the deadline timer
/// and, for long polls, the shell that holds it. Thread-safe.
class Call {
 public:
  Call(wsman::Request request, auth::Principal principal, ClientFacts client, Deadline deadline,
       Completion completion);

  [[nodiscard]] wsman::Request const& request() const noexcept { return request_; }
  [[nodiscard]] auth::Principal const& principal() const noexcept { return principal_; }
  [[nodiscard]] ClientFacts const& client() const noexcept { return client_; }
  [[nodiscard]] Deadline deadline() const noexcept { return deadline_; }

  /// Largest answer in UTF-8 bytes that is sure to fit what the client (wsman:MaxEnvelopeSize) and the
  /// service allow on the wire: half of it for a client that reads UTF-16.
  [[nodiscard]] std::size_t envelope_budget() const noexcept;
  /// Applies the service's limit; `bytes` counts in the client's encoding. Before the call is shared.
  void limit_envelope(std::size_t bytes) noexcept;
  /// Throws EncodingLimit / MaxEnvelopeSizeExceeded when `utf8_message` would not fit on the wire.
  void require_fit(std::string_view utf8_message) const;

  /// Answers with `utf8_message`, or with the fault of require_fit().
  void reply(std::string utf8_message);
  void reply_without_body();  ///< HTTP 204
  void fault(wsman::Fault const& fault);

  /// For answers made of something that must not be lost when nobody hears them (output of a command, items
  /// of an enumeration): true for exactly one caller, who then must call reply_claimed() or fault_claimed().
  [[nodiscard]] bool claim() noexcept { return !answered_.exchange(true); }
  void reply_claimed(std::string utf8_message);
  void fault_claimed(wsman::Fault const& fault);

  /// The client went away: the call is answered (OPERATION_ABORTED, for the bookkeeping of whoever waits),
  /// and what on_cancel() registered runs. Does nothing when the call was answered already.
  void cancel();
  /// Ends the call with `fault`, as cancel() does: for a service that stops, a quota, a newer long poll.
  void abort(wsman::Fault const& fault);
  /// The deadline came: on_deadline()'s action decides; without one it is abort(OPERATION_TIMEDOUT).
  void expire();

  [[nodiscard]] bool answered() const noexcept { return answered_.load(); }
  /// Runs `action` when the call is cancelled, aborted or expired; at once if that was already so.
  void on_cancel(std::function<void()> action);
  /// Replaces what expire() does: `action` answers the call one way or the other.
  void on_deadline(std::function<void()> action);

 private:
  void complete(Answer answer);
  void run_cancel_actions();

  wsman::Request request_;
  auth::Principal principal_;
  ClientFacts client_;
  Deadline deadline_;
  std::size_t wire_limit_ = std::numeric_limits<std::size_t>::max();
  Completion completion_;
  std::atomic<bool> answered_{false};
  std::mutex mutex_;
  bool ended_early_ = false;
  std::vector<std::function<void()>> on_cancel_;
  std::function<void()> on_deadline_;
};

}  // namespace winrm::engine
