#include "engine/subscription.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "engine/fault_answer.hpp"
#include "wsman/eventing_faults.hpp"
#include "wsman/eventing_uris.hpp"
#include "wsman/response.hpp"

namespace winrm::engine {
namespace {

namespace faults = wsman::faults;
using wsman::DeliveryMode;

/// What the answer to a Pull holds besides its events: envelope, headers, end tags.
constexpr std::size_t bytes_around_events = 3072;
/// Stands for a bookmark where the bytes around it are counted.
constexpr std::string_view empty_bookmark = " ";
/// How long EndTo may take when nobody waits for it.
constexpr Milliseconds unhurried_notice{10'000};

std::size_t bytes_for_events(std::size_t whole) {
  return whole > bytes_around_events ? whole - bytes_around_events : 0;
}

}  // namespace

Subscription::Subscription(SubscriptionTerms terms, std::unique_ptr<EventSource> source)
    : terms_(std::move(terms)),
      source_(std::move(source)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      silent_since_(SteadyClock::now()),
      expires_at_(SteadyClock::now() + terms_.grant.expires) {
  if (!wake_)
    throw faults::event_source_unable(
        "The account's process has no file descriptor left for another subscription. Unsubscribe from "
        "others, or raise LimitNOFILE of the service.");
  if (!is_pulled()) delivery_limit_ = room_for_events();
}

Subscription::~Subscription() {
  if (thread_.joinable()) thread_.join();
}

void Subscription::start(Opened opened, std::function<void()> ended) {
  thread_ = std::thread([this, opened = std::move(opened), ended = std::move(ended)]() mutable {
    // Kept no longer than it is needed: it owns the Subscribe.
    if (open_source(std::exchange(opened, nullptr))) serve_events();
    source_.reset();
    ended();
  });
}

bool Subscription::open_source(Opened const& opened) {
  try {
    source_->open();
  } catch (wsman::Fault const& fault) {
    static_cast<void>(opened(&fault));
    return false;
  } catch (std::exception const& error) {
    auto const fault = unexpected_failure(error, wsman::action::subscribe);
    static_cast<void>(opened(&fault));
    return false;
  }
  return opened(nullptr);
}

void Subscription::serve_events() {
  try {
    if (is_pulled())
      serve_pulls();
    else
      deliver_events();
  } catch (wsman::Fault const& fault) {
    log::warning("subscription {}: the event source failed: {}", terms_.grant.identifier, fault.text());
    cancel_for(fault.text());
  } catch (std::exception const& failure) {
    log::warning("subscription {}: the event source failed: {}", terms_.grant.identifier, failure.what());
    cancel_for("The event source failed. The log of its host says more.");
  }
  finish_pull();
  send_end_notice();
}

// ---- pulled events ----------------------------------------------------------------------------------------

void Subscription::pull(std::shared_ptr<Call> const& call, PullBody const& body) {
  Deadline until = call->deadline();
  if (body.max_time) until = std::min(until, SteadyClock::now() + *body.max_time);
  std::size_t bytes = bytes_for_events(call->envelope_budget());
  if (body.max_characters) bytes = std::min(bytes, *body.max_characters);
  {
    std::lock_guard const lock(mutex_);
    if (end_) throw faults::invalid_enumeration_context(terms_.grant.enumeration_context);
    if (pull_ && !pull_->call->answered()) throw faults::pull_in_progress();
    pull_ = WaitingPull{call, std::min(body.max_elements, limits::events_per_delivery), bytes, until};
  }
  wake();
}

std::optional<Subscription::WaitingPull> Subscription::waiting_pull() {
  std::lock_guard const lock(mutex_);
  if (pull_ && pull_->call->answered()) pull_.reset();
  return pull_;
}

void Subscription::serve_pulls() {
  while (!ending()) {
    if (auto const waiting = waiting_pull()) {
      serve(*waiting);
    } else {
      wait(Deadline::max(), false);
    }
  }
}

void Subscription::serve(WaitingPull const& waiting) {
  while (!waiting.call->answered() && !ending()) {
    bool const more = fill(waiting.max_elements, waiting.max_bytes, waiting.until);
    if (!pending_.empty()) return answer(waiting);
    if (SteadyClock::now() >= waiting.until) return waiting.call->fault(faults::operation_timed_out());
    if (!more) wait(waiting.until, true);
  }
}

/// Reads events until there are enough of them, `until` comes or the subscription ends. False: the source has
/// no more now.
bool Subscription::fill(std::size_t max_elements, std::size_t max_bytes, Deadline until) {
  std::size_t bytes = 0;
  for (auto const& event : pending_) bytes += event.xml.size();
  // Between looks at who waits, and perhaps no longer.
  constexpr int steps = 64;
  for (int step = 0; step < steps; ++step) {
    bool const full = pending_.size() >= max_elements || bytes >= max_bytes;
    if (full && !pending_.empty()) return true;
    if (step > 0 && (ending() || SteadyClock::now() >= until)) return true;
    Event event;
    auto const found = source_->next(event);
    if (found == EventSource::Step::nothing) return false;
    if (found == EventSource::Step::searching) continue;
    bytes += event.xml.size();
    pending_.push_back(std::move(event));
  }
  return true;
}

void Subscription::answer(WaitingPull const& waiting) {
  auto const& call = waiting.call;
  Batch batch;
  std::size_t bytes = 0;
  for (auto const& event : pending_) {
    bytes += event.xml.size();
    // One event that is too large by itself goes on: the envelope decides (DSP0226 R8.4-4).
    if (batch.items.size() == waiting.max_elements || (!batch.items.empty() && bytes > waiting.max_bytes))
      break;
    batch.items.push_back({.object = event.xml, .reference = {}});
  }
  std::size_t const count = batch.items.size();
  wsman::ResponseWriter response(call->request(), wsman::response_action(call->request().action));
  if (terms_.send_bookmarks)
    response.header(fmt::format("<w:Bookmark>{}</w:Bookmark>", pending_[count - 1].bookmark));
  write_pull_response(response.body(), EnumerationMode::object, batch, terms_.grant.enumeration_context);
  std::string message = response.finish();
  try {
    call->require_fit(message);
  } catch (wsman::Fault const& too_large) {
    return call->fault(too_large);  // kept for a client that asks again with a larger envelope
  }
  if (!call->claim()) return;  // timed out or gone: the next Pull gets them
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
  call->reply_claimed(std::move(message));
}

void Subscription::finish_pull() {
  std::optional<WaitingPull> waiting;
  {
    std::lock_guard const lock(mutex_);
    waiting.swap(pull_);
  }
  if (!waiting) return;
  waiting->call->fault(faults::subscription_cancelled(end_->reason));
}

// ---- delivered events -------------------------------------------------------------------------------------

void Subscription::deliver_events() {
  while (!ending()) {
    if (gather()) {
      send_gathered();
    } else if (!ending()) {
      send(write_heartbeat(envelope()));
    }
  }
}

std::size_t Subscription::delivery_elements() const {
  if (terms_.delivery.mode != DeliveryMode::events) return 1;
  return std::min(terms_.delivery.max_elements.value_or(limits::events_per_delivery),
                  limits::events_per_delivery);
}

/// Bytes of UTF-8 that a delivery has left for events and their bookmark.
std::size_t Subscription::room_for_events() const {
  std::size_t const asked = terms_.delivery.max_envelope_size.value_or(limits::delivery_bytes);
  bool const wide = terms_.delivery.encoding == wsman::Encoding::utf16;
  // At most twice the bytes of UTF-8, and a byte order mark.
  std::size_t const limit = wide ? asked / 2 - 1 : asked;
  std::size_t const around = write_events(envelope(empty_bookmark), {}).text.size();
  if (limit < around + limits::least_event_bytes)
    throw faults::no_room_for_events(asked, (around + limits::least_event_bytes) * (wide ? 2 : 1) + 2);
  return limit - around;
}

/// Waits for events, and for more of them as long as the subscriber allows. False: there were none for the
/// interval of the heartbeats, or the subscription ends.
bool Subscription::gather() {
  auto const& delivery = terms_.delivery;
  auto const is_full = [this] {
    std::size_t bytes = 0;
    for (auto const& event : pending_) bytes += event.xml.size();
    return pending_.size() >= delivery_elements() || bytes >= delivery_limit_;
  };
  auto const heartbeat_at = delivery.heartbeats ? silent_since_ + *delivery.heartbeats : Deadline::max();
  while (true) {
    bool const more = fill(delivery_elements(), delivery_limit_, heartbeat_at);
    if (!pending_.empty()) break;
    if (ending() || SteadyClock::now() >= heartbeat_at) return false;
    if (!more) wait(heartbeat_at, true);
  }
  if (delivery.mode != DeliveryMode::events) return true;
  Deadline const complete_at = SteadyClock::now() + delivery.max_time.value_or(Milliseconds::zero());
  // A sink that asked for heartbeats hears something as often, be it the events.
  Deadline const send_at = std::min(complete_at, heartbeat_at);
  while (!is_full() && !ending()) {
    bool const more = fill(delivery_elements(), delivery_limit_, send_at);
    if (SteadyClock::now() >= send_at) break;
    if (!more) wait(send_at, true);
  }
  return !ending();
}

std::string Subscription::written(Event const& event) const {
  if (terms_.delivery.mode != DeliveryMode::events) return event.xml;
  return wsman::write_batch_item(event.xml, terms_.events_as_text);
}

void Subscription::send_gathered() {
  std::vector<std::string> items;
  std::size_t bytes = 0;
  while (items.size() < std::min(pending_.size(), delivery_elements())) {
    auto const& event = pending_[items.size()];
    auto item = written(event);
    bytes += item.size();
    if (bytes + (terms_.send_bookmarks ? event.bookmark.size() : 0) > delivery_limit_) {
      if (items.empty()) return drop_oversized(item);
      break;
    }
    items.push_back(std::move(item));
  }
  auto const around = envelope(pending_[items.size() - 1].bookmark);
  bool const batched = terms_.delivery.mode == DeliveryMode::events;
  send(batched ? write_events(around, items) : write_event(around, items.front()));
  if (ending()) return;
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(items.size()));
}

void Subscription::drop_oversized(std::string const& item) {
  auto const text = fmt::format(
      "An event of {} bytes is larger than the subscription's MaxEnvelopeSize allows.", item.size());
  if (terms_.delivery.oversize == wsman::OversizePolicy::cancel_subscription) return cancel_for(text);
  ++dropped_;
  log::warning("subscription {}: dropped: {}", terms_.grant.identifier, text);
  if (terms_.delivery.oversize == wsman::OversizePolicy::notify)
    send(write_dropped_events(envelope(pending_.front().bookmark), 1));
  if (!ending()) pending_.pop_front();
}

wsman::DeliveryEnvelope Subscription::envelope(std::string_view bookmark) const {
  return {.sink = *terms_.delivery.notify_to,
          .bookmark_xml = terms_.send_bookmarks ? bookmark : std::string_view(),
          .wants_ack = terms_.delivery.mode != DeliveryMode::push,
          .timeout = limits::delivery_answer,
          .locale = terms_.delivery.locale};
}

/// Tries as often as the subscriber asked. When that was in vain, the subscription ends: what was not
/// delivered is behind the subscriber's last bookmark.
void Subscription::send(wsman::DeliveryMessage const& message) {
  auto const& delivery = terms_.delivery;
  for (std::uint32_t tried = 0; tried < delivery.attempts; ++tried) {
    if (attempt(message)) {
      silent_since_ = SteadyClock::now();
      return;
    }
    Deadline const again = SteadyClock::now() + delivery.retry_interval;
    bool const last = tried + 1 == delivery.attempts;
    while (!last && !ending() && SteadyClock::now() < again) wait(again, false);
    if (ending()) return;
  }
  static_cast<void>(end({wsman::end_status::delivery_failure,
                         fmt::format("The events could not be delivered in {} attempts.", delivery.attempts),
                         SteadyClock::now() + unhurried_notice}));
}

bool Subscription::attempt(wsman::DeliveryMessage const& message) {
  try {
    auto const text = terms_.notify_sink->post(message.text, SteadyClock::now() + limits::delivery_answer);
    if (terms_.delivery.mode == DeliveryMode::push) return true;
    auto const answer = wsman::parse_answer(text);
    if (!answer) throw DeliveryFailure(answer.error().message);
    if (auto const acknowledged = wsman::check_ack(*answer, message.message_id); !acknowledged)
      throw DeliveryFailure(acknowledged.error().message);
    return true;
  } catch (std::exception const& failure) {  // of the sink, or of this host: no memory, no thread
    if (!ending())
      log::warning("subscription {}: {} did not take a delivery: {}", terms_.grant.identifier,
                   terms_.delivery.notify_to->address, failure.what());
    return false;
  }
}

// ---- the end ----------------------------------------------------------------------------------------------

void Subscription::send_end_notice() {
  std::optional<End> why;
  {
    std::lock_guard const lock(mutex_);
    why = end_;
  }
  if (!why || why->status.empty()) return;
  log::info("subscription {} ends: {} It lost {} events that were too large for it.", terms_.grant.identifier,
            why->reason, dropped_);
  if (!terms_.end_sink) return;
  wsman::DeliveryEnvelope const around{.sink = *terms_.end_to,
                                       .bookmark_xml = {},
                                       .wants_ack = false,
                                       .timeout = limits::end_notice,
                                       .locale = terms_.delivery.locale};
  try {
    auto const message = write_subscription_end(around, terms_.grant, why->status, why->reason);
    static_cast<void>(terms_.end_sink->post(message.text, why->notice_until));
  } catch (std::exception const& failure) {
    log::warning("subscription {}: {} was not told that it ended: {}", terms_.grant.identifier,
                 terms_.end_to->address, failure.what());
  }
}

bool Subscription::renew(Milliseconds expires) {
  {
    std::lock_guard const lock(mutex_);
    if (end_ || SteadyClock::now() >= expires_at_) return false;
    expires_at_ = SteadyClock::now() + expires;
  }
  wake();
  return true;
}

std::optional<Milliseconds> Subscription::expires_in() const {
  std::lock_guard const lock(mutex_);
  auto const left = std::chrono::ceil<Milliseconds>(expires_at_ - SteadyClock::now());
  if (end_ || left <= Milliseconds::zero()) return std::nullopt;
  return left;
}

void Subscription::cancel() {
  static_cast<void>(end({{}, "The subscription was ended by its subscriber.", {}}));
  if (terms_.notify_sink) terms_.notify_sink->interrupt();
}

void Subscription::shut_down(Deadline deadline) {
  std::optional<WaitingPull> waiting;
  {
    std::lock_guard const lock(mutex_);
    waiting.swap(pull_);
  }
  if (waiting) waiting->call->fault(faults::subscription_closed_by_service());
  bool const is_first = end(
      {wsman::end_status::shutting_down, "The service on the event source's host is stopping.", deadline});
  if (terms_.notify_sink) terms_.notify_sink->interrupt();
  // The notice of another end knows nothing of the deadline.
  if (!is_first && terms_.end_sink) terms_.end_sink->interrupt();
}

void Subscription::cancel_for(std::string reason) {
  static_cast<void>(
      end({wsman::end_status::cancelling, std::move(reason), SteadyClock::now() + unhurried_notice}));
}

bool Subscription::end(End end) {
  bool is_first = false;
  {
    std::lock_guard const lock(mutex_);
    is_first = !end_;
    if (is_first) end_ = std::move(end);
  }
  wake();
  return is_first;
}

bool Subscription::ending() {
  std::lock_guard const lock(mutex_);
  if (!end_ && SteadyClock::now() >= expires_at_) end_ = End{{}, "The subscription expired.", {}};
  return end_.has_value();
}

void Subscription::wake() {
  std::uint64_t const one = 1;
  [[maybe_unused]] auto const written = ::write(wake_.get(), &one, sizeof one);
}

void Subscription::wait(Deadline until, bool for_source) {
  {
    std::lock_guard const lock(mutex_);
    until = std::min(until, expires_at_);
  }
  if (for_source) until = std::min(until, SteadyClock::now() + source_->wait_limit());
  auto const left = std::chrono::ceil<Milliseconds>(until - SteadyClock::now());
  std::array<pollfd, 2> entries{pollfd{wake_.get(), POLLIN, 0},
                                pollfd{for_source ? source_->wait_fd() : -1, POLLIN, 0}};
  auto const timeout = std::clamp<Milliseconds::rep>(left.count(), 0, 3'600'000);
  ::poll(entries.data(), entries.size(), static_cast<int>(timeout));
  std::uint64_t woken = 0;
  [[maybe_unused]] auto const read = ::read(wake_.get(), &woken, sizeof woken);
}

}  // namespace winrm::engine
