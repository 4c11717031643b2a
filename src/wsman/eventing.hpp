#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "wsman/answer.hpp"
#include "wsman/encoding.hpp"
#include "wsman/eventing_limits.hpp"
#include "xml/document.hpp"
#include "xml/writer.hpp"

/// The messages between subscriber and event source (WS-Eventing, DSP0226 10, wire reference 7.1), each
/// written and read here. Readers of requests throw wsman::Fault.
namespace winrm::wsman {

enum class DeliveryMode { push, push_with_ack, events, pull };
[[nodiscard]] std::string_view uri_of(DeliveryMode mode);

/// NotifyTo or EndTo: where messages go, and what they carry so that their receiver knows them.
struct SinkReference {
  std::string address;  ///< "https://collector.example:5986/wsman/subscriptions/1"
  /// The reference properties and parameters, each a self-contained element: headers of every message.
  std::vector<std::string> headers;
  std::string profile;  ///< of the auth:Authentication in its policy: how to log on there; "" for not at all
};

/// w:MaxEnvelopeSize's Policy: what becomes of an event that is too large.
enum class OversizePolicy { cancel_subscription, skip, notify };

/// e:Delivery. What a mode has no use for is absent in it.
struct DeliveryRequest {
  DeliveryMode mode = DeliveryMode::push;
  std::optional<SinkReference> notify_to;              ///< of every mode but pull
  std::optional<Milliseconds> heartbeats;              ///< longest silence
  std::uint32_t attempts = limits::delivery_attempts;  ///< w:ConnectionRetry
  Milliseconds retry_interval = limits::delivery_retry;
  std::optional<std::uint32_t> max_elements;  ///< events in one delivery
  std::optional<Milliseconds> max_time;       ///< how long an event may wait for others
  std::optional<std::uint32_t> max_envelope_size;
  OversizePolicy oversize = OversizePolicy::cancel_subscription;
  std::string locale;
  Encoding encoding = Encoding::utf8;  ///< w:ContentEncoding
};

/// The filter of a Subscribe. `element` lives as long as the message.
struct EventFilter {
  std::string dialect;
  std::string text;
  xml::Element element;
};

/// w:Bookmark of a Subscribe.
struct BookmarkRequest {
  bool earliest = false;  ///< from the oldest event on
  xml::Element element;   ///< the w:Bookmark, for the event source to read
};

struct SubscribeRequest {
  DeliveryRequest delivery;
  std::optional<SinkReference> end_to;
  std::optional<Milliseconds> expires;  ///< from now on
  std::optional<EventFilter> filter;
  std::optional<BookmarkRequest> bookmark;
  bool send_bookmarks = false;
};

/// `body` is the first child of the SOAP Body.
[[nodiscard]] SubscribeRequest read_subscribe(xml::Element const& body);
/// The Expires a Renew asks for.
[[nodiscard]] std::optional<Milliseconds> read_renew(xml::Element const& body);
/// Checks that the body is what the action says: "GetStatus", "Unsubscribe".
void require_eventing_body(xml::Element const& body, std::string_view name);

/// What a subscriber is told of its subscription.
struct SubscriptionGrant {
  std::string manager_address;  ///< where Renew and Unsubscribe go
  std::string resource_uri;
  std::string identifier;  ///< "uuid:…"
  Milliseconds expires{};
  std::string enumeration_context;  ///< of a pull subscription
};
void write_subscribe_response(xml::Writer& body, SubscriptionGrant const& grant);
/// `name` is "e:RenewResponse" or "e:GetStatusResponse".
void write_expires_response(xml::Writer& body, std::string_view name, Milliseconds expires);
/// For subscribers. The answer to a Renew gives `expires` alone.
[[nodiscard]] Result<SubscriptionGrant> read_subscribe_response(xml::Element const& body);
[[nodiscard]] Result<Milliseconds> read_renew_response(xml::Element const& body);

/// For subscribers: a Subscribe's body. Filter and bookmark come as XML or escaped text.
struct SubscribeContent {
  DeliveryRequest delivery;
  std::optional<SinkReference> end_to;
  std::optional<Milliseconds> expires;
  std::string filter_dialect;  ///< "" for no filter
  std::string filter_xml;
  std::string bookmark_xml;  ///< content of w:Bookmark; "" for none
  bool send_bookmarks = false;
};
void write_subscribe(xml::Writer& body, SubscribeContent const& content);

/// One message to a sink, in UTF-8.
struct DeliveryMessage {
  std::string message_id;
  std::string text;
};

/// What deliveries of a subscription have in common.
struct DeliveryEnvelope {
  SinkReference const& sink;
  std::string_view bookmark_xml;  ///< content of the w:Bookmark header; "" for none
  bool wants_ack = false;
  Milliseconds timeout = limits::delivery_answer;
  std::string_view locale;
};

/// An event as it stands in a batch. `as_text`: as character data, as Windows sources write it.
[[nodiscard]] std::string write_batch_item(std::string_view event_xml, bool as_text);

/// One event as the body of a message of its own.
[[nodiscard]] DeliveryMessage write_event(DeliveryEnvelope const& envelope, std::string_view event_xml);
/// A batch of what write_batch_item() gave.
[[nodiscard]] DeliveryMessage write_events(DeliveryEnvelope const& envelope,
                                           std::vector<std::string> const& items);
[[nodiscard]] DeliveryMessage write_heartbeat(DeliveryEnvelope const& envelope);
/// Tells that `count` events were too large for the subscriber's envelope.
[[nodiscard]] DeliveryMessage write_dropped_events(DeliveryEnvelope const& envelope, std::uint64_t count);
[[nodiscard]] DeliveryMessage write_subscription_end(DeliveryEnvelope const& envelope,
                                                     SubscriptionGrant const& grant, std::string_view status,
                                                     std::string_view reason);

/// Whether `answer` acknowledges the message.
[[nodiscard]] Result<void> check_ack(Answer const& answer, std::string_view message_id);

}  // namespace winrm::wsman
