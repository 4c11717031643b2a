#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/subscription.hpp"

namespace winrm::engine {

/// The subscriptions of one account and the operations on them: WS-Eventing without knowledge of what the
/// events are. Thread-safe.
class Subscriptions {
 public:
  using Open = std::function<std::unique_ptr<EventSource>(wsman::SubscribeRequest const&)>;

  /// Without `sinks` events can be pulled only.
  explicit Subscriptions(std::shared_ptr<EventSinks> sinks) : sinks_(std::move(sinks)) {}
  ~Subscriptions();

  /// Each answers `call`, now or later, or throws wsman::Fault.
  void subscribe(std::shared_ptr<Call> const& call, Open const& open);
  void renew(Call& call);
  void get_status(Call& call);
  void unsubscribe(Call& call);

  /// False when the Pull or Release is about an enumeration, not about a subscription.
  [[nodiscard]] bool pull(std::shared_ptr<Call> const& call);
  [[nodiscard]] bool release(Call& call);

  [[nodiscard]] bool empty() const;

  /// The service stops. No more subscriptions, waiting Pulls are answered, every EndTo is being told when
  /// this returns …
  void begin_shutdown();
  /// … and has been told, or could not be in limits::end_notice, when this returns.
  void finish_shutdown();

 private:
  using Shared = std::shared_ptr<Subscription>;

  [[nodiscard]] SubscriptionTerms terms_of(Call const& call, wsman::SubscribeRequest const& request) const;
  /// Runs on the thread of the subscription.
  [[nodiscard]] bool opened(std::shared_ptr<Call> const& call, Subscription const& subscription,
                            wsman::Fault const* fault);
  [[nodiscard]] Shared subscription_of(Call const& call) const;
  [[nodiscard]] Shared pulled_by(xml::Element const& context) const;
  void add(Shared const& subscription);
  void ended(std::string const& key);
  void reap();

  std::shared_ptr<EventSinks> const sinks_;
  mutable std::mutex mutex_;
  std::condition_variable none_left_;
  std::unordered_map<std::string, Shared> subscriptions_;
  std::vector<Shared> ended_;  ///< their threads have ended, or are about to
  bool stopping_ = false;
};

}  // namespace winrm::engine
