#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "engine/call.hpp"
#include "engine/enumerate_message.hpp"
#include "engine/event_sink.hpp"
#include "engine/event_source.hpp"
#include "wsman/eventing.hpp"

namespace winrm::engine {

/// What a subscription was granted. Sinks are null where there is no address.
struct SubscriptionTerms {
  wsman::SubscriptionGrant grant;
  wsman::DeliveryRequest delivery;
  std::optional<wsman::SinkReference> end_to;
  bool send_bookmarks = false;
  bool events_as_text = false;  ///< option CDATA
  std::unique_ptr<EventSink> notify_sink;
  std::unique_ptr<EventSink> end_sink;
};

/// One subscription at work: a thread that waits for the source's events and hands them to Pulls or to the
/// sink. The source is read only as fast as events are taken. Thread-safe.
class Subscription {
 public:
  /// Throws wsman::Fault when the terms leave no room for events, or no descriptor is left.
  Subscription(SubscriptionTerms terms, std::unique_ptr<EventSource> source);
  /// Waits for the thread, which must have been asked to end.
  ~Subscription();
  Subscription(Subscription const&) = delete;
  Subscription& operator=(Subscription const&) = delete;

  [[nodiscard]] wsman::SubscriptionGrant const& grant() const noexcept { return terms_.grant; }
  [[nodiscard]] bool is_pulled() const noexcept { return terms_.delivery.mode == wsman::DeliveryMode::pull; }

  /// Hears whether the source could be opened (no fault); false from it ends the subscription.
  using Opened = std::function<bool(wsman::Fault const*)>;
  /// Starts the thread, which calls `opened` first and `ended` last.
  void start(Opened opened, std::function<void()> ended);

  /// Answers `call` when there are events or its time is over. Throws PULL_IN_PROGRESS.
  void pull(std::shared_ptr<Call> const& call, PullBody const& body);

  /// False when it has ended: its subscriber may be about to hear of it.
  [[nodiscard]] bool renew(Milliseconds expires);
  /// Nothing when it has ended.
  [[nodiscard]] std::optional<Milliseconds> expires_in() const;

  /// Unsubscribed: ends without a notice.
  void cancel();
  /// The service stops: a waiting Pull is answered at once, EndTo is told by `deadline`.
  void shut_down(Deadline deadline);

 private:
  /// Why it ends; with a status the subscriber is told.
  struct End {
    std::string_view status;  ///< "" for none
    std::string reason;
    Deadline notice_until;
  };
  struct WaitingPull {
    std::shared_ptr<Call> call;
    std::uint32_t max_elements = 1;
    std::size_t max_bytes = 0;
    Deadline until;
  };

  [[nodiscard]] bool open_source(Opened const& opened);
  void serve_events();
  void serve_pulls();
  [[nodiscard]] std::optional<WaitingPull> waiting_pull();
  void serve(WaitingPull const& waiting);
  [[nodiscard]] bool fill(std::size_t max_elements, std::size_t max_bytes, Deadline until);
  void answer(WaitingPull const& waiting);

  void deliver_events();
  [[nodiscard]] bool gather();
  void send_gathered();
  void drop_oversized(std::string const& item);
  void send(wsman::DeliveryMessage const& message);
  [[nodiscard]] bool attempt(wsman::DeliveryMessage const& message);
  [[nodiscard]] wsman::DeliveryEnvelope envelope(std::string_view bookmark = {}) const;
  [[nodiscard]] std::string written(Event const& event) const;
  [[nodiscard]] std::size_t room_for_events() const;
  [[nodiscard]] std::size_t delivery_elements() const;

  void send_end_notice();
  void finish_pull();

  /// Until the source has news, `until` comes or someone wakes the thread.
  void wait(Deadline until, bool for_source);
  void wake();
  /// Also when its time is over.
  [[nodiscard]] bool ending();
  /// Whether nobody ended it before: the first reason counts.
  [[nodiscard]] bool end(End end);
  /// The source cannot go on.
  void cancel_for(std::string reason);

  SubscriptionTerms terms_;
  std::unique_ptr<EventSource> source_;
  UniqueFd wake_;
  std::size_t delivery_limit_ = 0;  ///< of the pushing modes: bytes of events in one delivery
  std::deque<Event> pending_;       ///< read from the source, taken by nobody yet; of the thread
  Deadline silent_since_;           ///< of the thread: for heartbeats
  std::uint64_t dropped_ = 0;       ///< too large for the subscriber

  mutable std::mutex mutex_;
  std::optional<WaitingPull> pull_;
  std::optional<End> end_;
  Deadline expires_at_;
  std::thread thread_;
};

}  // namespace winrm::engine
