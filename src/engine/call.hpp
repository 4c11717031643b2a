#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "auth/principal.hpp"
#include "base/time.hpp"
#include "engine/client_facts.hpp"
#include "wsman/fault.hpp"
#include "wsman/request.hpp"
#include "wsman/response.hpp"

namespace winrm::engine {

/// One answered message: bytes in the client's encoding.
struct Answer {
  int http_status = 200;  ///< 200, 204 (no body) or 500 for a fault
  std::string message;
};

using Completion = std::function<void(Answer)>;

/// One request being served. It is answered exactly once: the first reply(), fault() or timeout wins and later
/// ones are dropped. Shared by the worker, the deadline timer and, for long polls, the plug-in. Thread-safe.
class Call {
 public:
  Call(wsman::Request request, auth::Principal principal, ClientFacts client, Deadline deadline,
       Completion completion);

  [[nodiscard]] wsman::Request const& request() const noexcept { return request_; }
  [[nodiscard]] auth::Principal const& principal() const noexcept { return principal_; }
  [[nodiscard]] ClientFacts const& client() const noexcept { return client_; }
  [[nodiscard]] Deadline deadline() const noexcept { return deadline_; }

  /// Largest answer in UTF-8 bytes: the smaller of the client's MaxEnvelopeSize and the service's.
  [[nodiscard]] std::size_t envelope_budget() const noexcept { return envelope_budget_; }
  void set_envelope_budget(std::size_t bytes) noexcept { envelope_budget_ = bytes; }

  /// Turns too large an answer into EncodingLimit / MaxEnvelopeSizeExceeded.
  void reply(std::string utf8_message);
  void reply_without_body();  ///< HTTP 204
  void fault(wsman::Fault const& fault);

  /// The client went away: answered() becomes true and every on_cancel() callback runs.
  void cancel();
  [[nodiscard]] bool answered() const noexcept { return answered_.load(); }
  /// Runs `action` when the call is cancelled or answered by the deadline; at once if that was already so.
  void on_cancel(std::function<void()> action);

 private:
  [[nodiscard]] bool claim() noexcept { return !answered_.exchange(true); }

  wsman::Request request_;
  auth::Principal principal_;
  ClientFacts client_;
  Deadline deadline_;
  std::size_t envelope_budget_ = 0;
  Completion completion_;
  std::atomic<bool> answered_{false};
  std::mutex mutex_;
  std::vector<std::function<void()>> on_cancel_;
};

}  // namespace winrm::engine
