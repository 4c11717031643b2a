#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/session.hpp"
#include "wsman/eventing.hpp"

namespace winrm::client {

/// Events that came with one Pull.
struct EventBatch {
  std::vector<std::string> events;  ///< each a self-contained element
  /// What a later subscription names to go on behind these; "" when the service said none.
  std::string bookmark_xml;
};

/// One subscription to a service's events. Not thread-safe. `session` must outlive it. Every operation throws
/// Failure; code 0x8033809B says that the service is stopping, and the subscription with it.
class EventSubscription {
 public:
  /// Sends Subscribe.
  EventSubscription(Session& session, ResourceLocator resource, wsman::SubscribeContent const& content);
  /// Unsubscribes, unless that was done.
  ~EventSubscription();
  EventSubscription(EventSubscription const&) = delete;
  EventSubscription& operator=(EventSubscription const&) = delete;

  /// Waits for events (delivery mode pull), at most for the session's OperationTimeout: then there are none.
  [[nodiscard]] EventBatch pull(std::uint32_t max_elements = limits::events_per_delivery);
  void renew(Milliseconds expires);
  void unsubscribe();

  /// What the service granted; renew() changes `expires`.
  [[nodiscard]] wsman::SubscriptionGrant const& grant() const noexcept { return grant_; }

 private:
  [[nodiscard]] wsman::Answer manage(std::string_view action, std::string_view body);

  Session& session_;
  ResourceLocator resource_;
  wsman::SubscriptionGrant grant_;
  bool open_ = false;
};

}  // namespace winrm::client
