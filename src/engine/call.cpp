#include "engine/call.hpp"

#include <algorithm>
#include <utility>

#include "engine/fault_answer.hpp"
#include "wsman/encoding.hpp"

namespace winrm::engine {
namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

}  // namespace

Call::Call(wsman::Request request, auth::Principal principal, ClientFacts client, Deadline deadline,
           Completion completion)
    : request_(std::move(request)),
      principal_(std::move(principal)),
      client_(std::move(client)),
      deadline_(deadline),
      completion_(std::move(completion)) {
  limit_envelope(unlimited);
}

void Call::limit_envelope(std::size_t bytes) noexcept {
  std::size_t const asked = request_.max_envelope_size ? *request_.max_envelope_size : unlimited;
  wire_limit_ = std::min({wire_limit_, bytes, asked});
}

std::size_t Call::envelope_budget() const noexcept {
  // UTF-16 takes at most twice the bytes of UTF-8, and a byte order mark.
  if (request_.encoding == wsman::Encoding::utf8 || wire_limit_ == unlimited) return wire_limit_;
  return wire_limit_ < 2 ? 0 : (wire_limit_ - 2) / 2;
}

void Call::require_fit(std::string_view utf8_message) const {
  if (utf8_message.size() <= envelope_budget()) return;
  std::size_t const on_wire =
      request_.encoding == wsman::Encoding::utf8
          ? utf8_message.size()
          : wsman::encode_message(std::string(utf8_message), request_.encoding).size();
  if (on_wire > wire_limit_) throw wsman::faults::max_envelope_exceeded(on_wire, wire_limit_);
}

void Call::reply(std::string utf8_message) {
  try {
    require_fit(utf8_message);
  } catch (wsman::Fault const& too_large) {
    fault(too_large);
    return;
  }
  if (claim()) reply_claimed(std::move(utf8_message));
}

void Call::reply_without_body() {
  if (claim()) complete({.http_status = 204, .message = {}});
}

void Call::fault(wsman::Fault const& fault) {
  if (claim()) fault_claimed(fault);
}

void Call::reply_claimed(std::string utf8_message) {
  complete(
      {.http_status = 200, .message = wsman::encode_message(std::move(utf8_message), request_.encoding)});
}

void Call::fault_claimed(wsman::Fault const& fault) {
  complete(answer_with_fault(fault, request_.message_id, client_, request_.encoding));
}

void Call::complete(Answer answer) {
  // Moved out first: what they hold may hold this call.
  std::vector<std::function<void()>> cancel_actions;
  std::function<void()> deadline_action;
  {
    std::lock_guard const lock(mutex_);
    cancel_actions.swap(on_cancel_);
    deadline_action.swap(on_deadline_);
  }
  Completion const completion = std::exchange(completion_, nullptr);
  if (completion) completion(std::move(answer));
}

void Call::cancel() { abort(wsman::faults::operation_aborted("The client closed its connection.")); }

void Call::abort(wsman::Fault const& fault) {
  if (!claim()) return;
  run_cancel_actions();
  fault_claimed(fault);
}

void Call::expire() {
  std::function<void()> action;
  {
    std::lock_guard const lock(mutex_);
    action = on_deadline_;
  }
  if (action) {
    action();
  } else {
    abort(wsman::faults::operation_timed_out());
  }
}

void Call::on_cancel(std::function<void()> action) {
  {
    std::lock_guard const lock(mutex_);
    if (!ended_early_) {
      on_cancel_.push_back(std::move(action));
      return;
    }
  }
  action();
}

void Call::on_deadline(std::function<void()> action) {
  std::lock_guard const lock(mutex_);
  on_deadline_ = std::move(action);
}

void Call::run_cancel_actions() {
  std::vector<std::function<void()>> actions;
  {
    std::lock_guard const lock(mutex_);
    ended_early_ = true;
    actions.swap(on_cancel_);
  }
  for (auto const& action : actions) action();
}

}  // namespace winrm::engine
