#include "engine/subscriptions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/unicode.hpp"
#include "base/uuid.hpp"
#include "wsman/eventing_faults.hpp"
#include "wsman/eventing_limits.hpp"
#include "wsman/response.hpp"
#include "xml/names.hpp"

namespace winrm::engine {
namespace {

namespace faults = wsman::faults;

/// As the table knows a subscription: clients echo its name in either case, some without the scheme.
std::string key_of(std::string_view name) {
  std::string key = unicode::to_lower_ascii(name);
  for (std::string_view const scheme : {"urn:", "uuid:"})
    if (key.starts_with(scheme)) key.erase(0, scheme.size());
  return key;
}

Milliseconds granted(std::optional<Milliseconds> asked) {
  return std::min(asked.value_or(limits::subscription_expires), limits::longest_subscription);
}

/// Sinks know no names of their addresses.
std::unique_ptr<EventSink> open_end_sink(EventSinks& sinks, wsman::SinkReference const& end_to,
                                         wsman::Encoding encoding) try {
  return sinks.open(end_to, encoding);
} catch (wsman::Fault const& fault) {
  if (fault.code() == faults::invalid_notify_to({}).code()) throw faults::invalid_end_to(fault.text());
  throw;
}

template <class Write>
void answer(Call& call, Write write) {
  wsman::ResponseWriter response(call.request(), wsman::response_action(call.request().action));
  write(response.body());
  call.reply(response.finish());
}

}  // namespace

Subscriptions::~Subscriptions() {
  begin_shutdown();
  finish_shutdown();
}

void Subscriptions::subscribe(std::shared_ptr<Call> const& call, Open const& open) {
  reap();
  auto const request = wsman::read_subscribe(call->request().body());
  auto terms = terms_of(*call, request);
  auto const subscription = std::make_shared<Subscription>(std::move(terms), open(request));
  add(subscription);
  auto const key = key_of(subscription->grant().identifier);
  try {
    subscription->start([this, call, raw = subscription.get()](
                            wsman::Fault const* fault) { return opened(call, *raw, fault); },
                        [this, key] { ended(key); });
  } catch (std::system_error const&) {
    ended(key);
    throw faults::event_source_unable(
        "The event source's host can start no more threads, and every subscription needs one. Unsubscribe, "
        "or try again later.");
  } catch (...) {
    ended(key);
    throw;
  }
}

SubscriptionTerms Subscriptions::terms_of(Call const& call, wsman::SubscribeRequest const& request) const {
  SubscriptionTerms terms;
  terms.grant.manager_address = call.client().url;
  terms.grant.resource_uri = call.request().resource_uri;
  terms.grant.identifier = "uuid:" + make_uuid();
  terms.grant.expires = granted(request.expires);
  terms.delivery = request.delivery;
  terms.end_to = request.end_to;
  terms.send_bookmarks = request.send_bookmarks;
  terms.events_as_text = call.request().options.find("CDATA") != nullptr;
  bool const is_pulled = request.delivery.mode == wsman::DeliveryMode::pull;
  if (is_pulled) terms.grant.enumeration_context = terms.grant.identifier;
  if (!sinks_ && (!is_pulled || request.end_to))
    throw faults::event_source_unable("This service sends no messages of its own: ask for the mode Pull.");
  if (!is_pulled) terms.notify_sink = sinks_->open(*request.delivery.notify_to, request.delivery.encoding);
  if (request.end_to) terms.end_sink = open_end_sink(*sinks_, *request.end_to, request.delivery.encoding);
  return terms;
}

bool Subscriptions::opened(std::shared_ptr<Call> const& call, Subscription const& subscription,
                           wsman::Fault const* fault) {
  if (fault != nullptr) {
    call->fault(*fault);
    return false;
  }
  wsman::ResponseWriter response(call->request(), wsman::response_action(call->request().action));
  write_subscribe_response(response.body(), subscription.grant());
  // A client that is gone never learns the name of its subscription.
  if (!call->claim()) return false;
  call->reply_claimed(response.finish());
  return true;
}

void Subscriptions::renew(Call& call) {
  auto const expires = granted(wsman::read_renew(call.request().body()));
  auto const subscription = subscription_of(call);
  if (!subscription->renew(expires)) throw faults::unable_to_renew(subscription->grant().identifier);
  answer(call, [&](xml::Writer& body) { wsman::write_expires_response(body, "e:RenewResponse", expires); });
}

void Subscriptions::get_status(Call& call) {
  wsman::require_eventing_body(call.request().body(), "GetStatus");
  auto const subscription = subscription_of(call);
  auto const left = subscription->expires_in();
  if (!left) throw faults::unable_to_renew(subscription->grant().identifier);
  answer(call, [&](xml::Writer& body) { wsman::write_expires_response(body, "e:GetStatusResponse", *left); });
}

void Subscriptions::unsubscribe(Call& call) {
  wsman::require_eventing_body(call.request().body(), "Unsubscribe");
  subscription_of(call)->cancel();
  answer(call, [](xml::Writer&) {});
}

bool Subscriptions::pull(std::shared_ptr<Call> const& call) {
  auto const subscription = pulled_by(call->request().body());
  if (!subscription) return false;
  subscription->pull(call, read_pull(call->request().body()));
  return true;
}

/// Releasing the context of a subscription ends it (DSP0226 10.2.9.4 leaves both to the service).
bool Subscriptions::release(Call& call) {
  auto const subscription = pulled_by(call.request().body());
  if (!subscription) return false;
  subscription->cancel();
  answer(call, [](xml::Writer&) {});
  return true;
}

Subscriptions::Shared Subscriptions::pulled_by(xml::Element const& body) const {
  auto const key = key_of(body.child(ns::enumeration, "EnumerationContext").trimmed_text());
  std::lock_guard const lock(mutex_);
  auto const found = subscriptions_.find(key);
  if (found == subscriptions_.end() || !found->second->is_pulled()) return nullptr;
  return found->second;
}

Subscriptions::Shared Subscriptions::subscription_of(Call const& call) const {
  auto const header = call.request().header(ns::eventing, "Identifier");
  if (!header)
    throw faults::invalid_eventing_message(
        "The message has no Identifier header: send what the SubscriptionManager of the SubscribeResponse "
        "says.");
  auto const name = header.trimmed_text();
  std::lock_guard const lock(mutex_);
  auto const found = subscriptions_.find(key_of(name));
  if (found == subscriptions_.end()) throw faults::unable_to_renew(name);
  return found->second;
}

void Subscriptions::add(Shared const& subscription) {
  std::lock_guard const lock(mutex_);
  if (stopping_) throw faults::subscription_closed_by_service();
  if (subscriptions_.size() >= limits::subscriptions)
    throw faults::quota_limit(fmt::format(
        "This account has {} subscriptions. Unsubscribe, or let them expire.", subscriptions_.size()));
  subscriptions_.emplace(key_of(subscription->grant().identifier), subscription);
}

/// The thread that says so cannot wait for itself: reap() does.
void Subscriptions::ended(std::string const& key) {
  std::lock_guard const lock(mutex_);
  auto const found = subscriptions_.find(key);
  if (found == subscriptions_.end()) return;
  ended_.push_back(std::move(found->second));
  subscriptions_.erase(found);
  none_left_.notify_all();
}

void Subscriptions::reap() {
  std::vector<Shared> ended;
  std::lock_guard const lock(mutex_);
  ended.swap(ended_);
}

bool Subscriptions::empty() const {
  std::lock_guard const lock(mutex_);
  return subscriptions_.empty();
}

void Subscriptions::begin_shutdown() {
  std::vector<Shared> open;
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
    for (auto const& [key, subscription] : subscriptions_) open.push_back(subscription);
  }
  auto const deadline = SteadyClock::now() + limits::end_notice;
  for (auto const& subscription : open) subscription->shut_down(deadline);
}

void Subscriptions::finish_shutdown() {
  {
    std::unique_lock lock(mutex_);
    none_left_.wait(lock, [this] { return subscriptions_.empty(); });
  }
  reap();
}

}  // namespace winrm::engine
