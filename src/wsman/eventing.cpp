#include "wsman/eventing.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/unicode.hpp"
#include "base/uuid.hpp"
#include "wsman/actions.hpp"
#include "wsman/eventing_faults.hpp"
#include "wsman/eventing_uris.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

using unicode::equals_ignoring_case;
using xml::Element;

constexpr std::array<std::pair<DeliveryMode, std::string_view>, 4> modes{
    {{DeliveryMode::push, delivery_mode::push},
     {DeliveryMode::push_with_ack, delivery_mode::push_with_ack},
     {DeliveryMode::events, delivery_mode::events},
     {DeliveryMode::pull, delivery_mode::pull}}};

DeliveryMode read_mode(Element const& delivery) {
  auto const wanted = delivery.attribute_view("", "Mode");
  if (!wanted) return DeliveryMode::push;  // WS-Eventing 3.1
  for (auto const& [mode, uri] : modes)
    if (equals_ignoring_case(uri, *wanted)) return mode;
  throw faults::delivery_mode_unavailable(*wanted);
}

void add_reference_headers(SinkReference& sink, Element const& references) {
  std::size_t bytes = 0;
  for (Element const child : references.children()) {
    sink.headers.push_back(child.serialize());
    bytes += sink.headers.back().size();
    if (sink.headers.size() > limits::sink_references || bytes > limits::sink_reference_bytes)
      throw faults::encoding_limit(
          fmt::format("An address of the subscription has more than {} reference properties or {} bytes of "
                      "them.",
                      limits::sink_references, limits::sink_reference_bytes));
  }
}

/// The first auth:Authentication of the policy (wire reference 7.4): alternatives are in the receiver's
/// order.
std::string profile_of(Element const& element) {
  for (Element const child : element.children()) {
    if (child.is(ns::authentication, "Authentication")) return child.attribute("", "Profile").value_or("");
    if (child.ns() != ns::policy) continue;
    if (auto profile = profile_of(child); !profile.empty()) return profile;
  }
  return {};
}

SinkReference read_sink(Element const& element) {
  SinkReference sink;
  sink.address = element.child(ns::addressing, "Address").trimmed_text();
  if (sink.address.size() > limits::sink_address_bytes)
    throw faults::uri_limit("address of the subscription", limits::sink_address_bytes);
  for (auto const* name : {"ReferenceProperties", "ReferenceParameters"})
    add_reference_headers(sink, element.child(ns::addressing, name));
  sink.profile = profile_of(element);
  return sink;
}

template <class Number>
Number read_number(Element const& element) {
  auto const text = element.trimmed_text();
  Number value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool const whole = end == text.data() + text.size() && !text.empty();
  if (whole && error == std::errc::result_out_of_range) return std::numeric_limits<Number>::max();
  if (!whole || error != std::errc() || value == 0)
    throw faults::invalid_eventing_message(fmt::format("{} is \"{}\"; it must be a number greater than 0.",
                                                       element.local_name(), text.substr(0, 64)));
  return value;
}

Milliseconds read_interval(Element const& element) {
  auto const text = element.trimmed_text();
  auto const value = parse_duration(text);
  if (!value || *value <= Milliseconds::zero())
    throw faults::invalid_eventing_message(
        fmt::format("{} is \"{}\"; it must be a duration longer than nothing, as PT30S.",
                    element.local_name(), text.substr(0, 64)));
  return *value;
}

Milliseconds read_heartbeats(Element const& element) {
  auto const value = parse_duration(element.trimmed_text());
  if (!value || *value < limits::shortest_interval) throw faults::invalid_heartbeat(element.trimmed_text());
  return *value;
}

void read_retry(DeliveryRequest& delivery, Element const& element) {
  auto const total = element.attribute("", "Total").value_or("");
  std::uint32_t attempts = 0;
  auto const [end, error] = std::from_chars(total.data(), total.data() + total.size(), attempts);
  if (error != std::errc() || end != total.data() + total.size() || attempts == 0)
    throw faults::invalid_delivery_retry(
        fmt::format("Total of ConnectionRetry is \"{}\"; it must be a number greater than 0.", total));
  delivery.attempts = std::min(attempts, limits::most_delivery_attempts);
  delivery.retry_interval = std::max(read_interval(element), limits::shortest_interval);
}

void read_envelope_size(DeliveryRequest& delivery, Element const& element) {
  auto const size = read_number<std::uint32_t>(element);
  if (size < limits::least_delivery_bytes) throw faults::minimum_envelope(size);
  delivery.max_envelope_size = size;
  auto const policy = element.attribute("", "Policy").value_or("CancelSubscription");
  if (policy == "Skip")
    delivery.oversize = OversizePolicy::skip;
  else if (policy == "Notify")
    delivery.oversize = OversizePolicy::notify;
  else if (policy != "CancelSubscription")
    throw faults::invalid_eventing_message(
        fmt::format("Policy of MaxEnvelopeSize is \"{}\"; it must be CancelSubscription, Skip or Notify.",
                    policy.substr(0, 64)));
}

std::string read_locale(Element const& element) {
  auto language = element.attribute(ns::xml, "lang").value_or("");
  if (language.size() > limits::locale_bytes)
    throw faults::invalid_eventing_message(
        fmt::format("Locale has more than {} characters.", limits::locale_bytes));
  return language;
}

Encoding read_encoding(Element const& element) {
  auto const text = element.trimmed_text();
  if (equals_ignoring_case(text, "UTF-8")) return Encoding::utf8;
  if (equals_ignoring_case(text, "UTF-16")) return Encoding::utf16;
  throw faults::invalid_delivery_encoding(text);
}

/// Of w:Auth (DSP0226 10.7), whose profile stands beside NotifyTo.
void read_auth(DeliveryRequest& delivery, Element const& element) {
  if (delivery.notify_to && delivery.notify_to->profile.empty())
    delivery.notify_to->profile = element.attribute("", "Profile").value_or("");
}

void check_mode(DeliveryRequest const& delivery) {
  bool const pushes = delivery.mode != DeliveryMode::pull;
  if (pushes && !delivery.notify_to) throw faults::missing_notify_to();
  if (pushes && delivery.notify_to->address.empty()) throw faults::missing_notify_to_address();
  bool const single = delivery.mode == DeliveryMode::push || delivery.mode == DeliveryMode::push_with_ack;
  if (single && delivery.max_elements.value_or(1) > 1)
    throw faults::incompatible_batch_parameters(
        "MaxElements is more than 1, and this delivery mode sends one event a message: ask for the mode "
        "Events.");
}

DeliveryRequest read_delivery(Element const& element) {
  DeliveryRequest delivery;
  delivery.mode = read_mode(element);
  if (auto const sink = element.child(ns::eventing, "NotifyTo")) delivery.notify_to = read_sink(sink);
  auto const at = [&element](std::string_view name) { return element.child(ns::wsman, name); };
  if (auto const found = at("Heartbeats")) delivery.heartbeats = read_heartbeats(found);
  if (auto const found = at("ConnectionRetry")) read_retry(delivery, found);
  if (auto const found = at("MaxElements")) delivery.max_elements = read_number<std::uint32_t>(found);
  if (auto const found = at("MaxTime")) delivery.max_time = read_interval(found);
  if (auto const found = at("MaxEnvelopeSize")) read_envelope_size(delivery, found);
  if (auto const found = at("Locale")) delivery.locale = read_locale(found);
  if (auto const found = at("ContentEncoding")) delivery.encoding = read_encoding(found);
  if (auto const found = at("Auth")) read_auth(delivery, found);
  check_mode(delivery);
  return delivery;
}

Milliseconds read_expires(Element const& element) {
  auto const text = element.trimmed_text();
  if (auto const duration = parse_duration(text)) {
    if (*duration <= Milliseconds::zero()) throw faults::invalid_expiration_time(text);
    return *duration;
  }
  auto const time = parse_xs_date_time(text);
  if (!time) throw faults::unsupported_subscription_expiration(text);
  auto const now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  if (time->utc <= now) throw faults::invalid_expiration_time(text);
  constexpr auto longest = limits::longest_subscription;
  return time->utc - now > longest ? longest : std::chrono::ceil<Milliseconds>(time->utc - now);
}

std::optional<EventFilter> read_filter(Element const& subscribe) {
  Element const wsman_filter = subscribe.child(ns::wsman, "Filter");
  Element const eventing_filter = subscribe.child(ns::eventing, "Filter");
  if (wsman_filter && eventing_filter)
    throw faults::invalid_eventing_message(
        "The Subscribe has both a wsman:Filter and a wse:Filter; send one of them.");
  Element const found = wsman_filter ? wsman_filter : eventing_filter;
  if (!found) return std::nullopt;
  EventFilter filter;
  filter.dialect = found.attribute("", "Dialect").value_or(std::string(dialect::xpath));
  filter.text = found.trimmed_text();
  filter.element = found;
  return filter;
}

std::optional<BookmarkRequest> read_bookmark(Element const& subscribe) {
  Element const found = subscribe.child(ns::wsman, "Bookmark");
  if (!found) return std::nullopt;
  BookmarkRequest bookmark;
  bookmark.earliest = found.trimmed_text() == earliest_bookmark;
  bookmark.element = found;
  return bookmark;
}

void write_sink(xml::Writer& writer, std::string_view name, SinkReference const& sink) {
  writer.open(name).element("a:Address", sink.address);
  if (!sink.headers.empty()) {
    writer.open("a:ReferenceProperties");
    for (auto const& header : sink.headers) writer.raw(header);
    writer.close();
  }
  if (!sink.profile.empty()) {
    writer.open("c:Policy").declare("c", ns::policy).declare("auth", ns::authentication);
    writer.open("c:ExactlyOne").open("c:All").open("auth:Authentication").attribute("Profile", sink.profile);
    writer.close().close().close().close();
  }
  writer.close();
}

void write_duration(xml::Writer& writer, std::string_view name, std::optional<Milliseconds> value) {
  if (value) writer.element(name, format_seconds_duration(*value));
}

std::string_view name_of(OversizePolicy policy) {
  if (policy == OversizePolicy::skip) return "Skip";
  return policy == OversizePolicy::notify ? "Notify" : "CancelSubscription";
}

/// In Windows' order (wire reference 7.4).
void write_delivery(xml::Writer& writer, DeliveryRequest const& delivery) {
  writer.open("e:Delivery").attribute("Mode", uri_of(delivery.mode));
  write_duration(writer, "w:Heartbeats", delivery.heartbeats);
  if (delivery.notify_to) write_sink(writer, "e:NotifyTo", *delivery.notify_to);
  if (delivery.mode != DeliveryMode::pull) {
    writer.open("w:ConnectionRetry").attribute("Total", std::to_string(delivery.attempts));
    writer.text(format_seconds_duration(delivery.retry_interval)).close();
  }
  write_duration(writer, "w:MaxTime", delivery.max_time);
  if (delivery.max_elements) writer.element("w:MaxElements", std::to_string(*delivery.max_elements));
  if (delivery.max_envelope_size) {
    writer.open("w:MaxEnvelopeSize").attribute("Policy", name_of(delivery.oversize));
    writer.text(std::to_string(*delivery.max_envelope_size)).close();
  }
  if (!delivery.locale.empty()) writer.open("w:Locale").attribute("xml:lang", delivery.locale).close();
  if (delivery.mode != DeliveryMode::pull)
    writer.element("w:ContentEncoding", delivery.encoding == Encoding::utf8 ? "UTF-8" : "UTF-16");
  writer.close();
}

void write_manager(xml::Writer& writer, SubscriptionGrant const& grant) {
  writer.open("e:SubscriptionManager").element("a:Address", grant.manager_address);
  writer.open("a:ReferenceParameters");
  if (!grant.resource_uri.empty()) writer.element("w:ResourceURI", grant.resource_uri);
  writer.element("e:Identifier", grant.identifier).close().close();
}

/// A message to a sink: envelope and headers when made (wire reference 7.6), then the body, then finish().
class SinkMessage {
 public:
  SinkMessage(DeliveryEnvelope const& envelope, std::string_view action)
      : message_id_("uuid:" + make_uuid()), writer_(text_) {
    writer_.open("s:Envelope").declare("s", ns::soap).declare("a", ns::addressing);
    writer_.declare("e", ns::eventing).declare("w", ns::wsman).declare("p", ns::wsmv);
    writer_.open("s:Header").element("a:To", envelope.sink.address);
    writer_.open("a:ReplyTo").open("a:Address").attribute("s:mustUnderstand", "true");
    writer_.text(anonymous_address).close().close();
    writer_.open("a:Action").attribute("s:mustUnderstand", "true").text(action).close();
    writer_.open("w:MaxEnvelopeSize").attribute("s:mustUnderstand", "true");
    writer_.text(std::to_string(limits::delivery_bytes)).close();
    writer_.element("a:MessageID", message_id_);
    auto const language = envelope.locale.empty() ? std::string_view("en-US") : envelope.locale;
    for (std::string_view const name : {"w:Locale", "p:DataLocale"})
      writer_.open(name).attribute("xml:lang", language).attribute("s:mustUnderstand", "false").close();
    writer_.element("w:OperationTimeout", format_seconds_duration(envelope.timeout));
    for (auto const& header : envelope.sink.headers) writer_.raw(header);
    if (!envelope.bookmark_xml.empty()) writer_.open("w:Bookmark").raw(envelope.bookmark_xml).close();
    if (envelope.wants_ack) writer_.empty("w:AckRequested");
    writer_.close().open("s:Body");
  }

  [[nodiscard]] xml::Writer& body() { return writer_; }
  [[nodiscard]] DeliveryMessage finish() {
    writer_.close().close();
    return {std::move(message_id_), std::move(text_)};
  }

 private:
  std::string message_id_;
  std::string text_;
  xml::Writer writer_;
};

}  // namespace

std::string_view uri_of(DeliveryMode mode) { return modes[static_cast<std::size_t>(mode)].second; }

void require_eventing_body(Element const& body, std::string_view name) {
  if (body.is(ns::eventing, name)) return;
  throw faults::invalid_eventing_message(
      fmt::format("The SOAP Body must hold a {} element of the namespace {}.", name, ns::eventing));
}

SubscribeRequest read_subscribe(Element const& body) {
  require_eventing_body(body, "Subscribe");
  SubscribeRequest request;
  Element const delivery = body.child(ns::eventing, "Delivery");
  if (!delivery) throw faults::invalid_eventing_message("The Subscribe has no Delivery element.");
  request.delivery = read_delivery(delivery);
  if (auto const end_to = body.child(ns::eventing, "EndTo")) {
    request.end_to = read_sink(end_to);
    if (request.end_to->address.empty()) throw faults::invalid_end_to("The EndTo has no address.");
  }
  if (auto const expires = body.child(ns::eventing, "Expires")) request.expires = read_expires(expires);
  request.filter = read_filter(body);
  request.bookmark = read_bookmark(body);
  request.send_bookmarks = static_cast<bool>(body.child(ns::wsman, "SendBookmarks"));
  return request;
}

std::optional<Milliseconds> read_renew(Element const& body) {
  require_eventing_body(body, "Renew");
  Element const expires = body.child(ns::eventing, "Expires");
  if (!expires) return std::nullopt;
  return read_expires(expires);
}

void write_subscribe_response(xml::Writer& body, SubscriptionGrant const& grant) {
  body.open("e:SubscribeResponse");
  write_manager(body, grant);
  body.element("e:Expires", format_seconds_duration(grant.expires));
  if (!grant.enumeration_context.empty()) {
    body.open("n:EnumerationContext").declare("n", ns::enumeration);
    body.text(grant.enumeration_context).close();
  }
  body.close();
}

void write_expires_response(xml::Writer& body, std::string_view name, Milliseconds expires) {
  body.open(name).element("e:Expires", format_seconds_duration(expires)).close();
}

Result<SubscriptionGrant> read_subscribe_response(Element const& body) {
  if (!body.is(ns::eventing, "SubscribeResponse"))
    return fail("the answer to Subscribe is no SubscribeResponse");
  SubscriptionGrant grant;
  Element const manager = body.child(ns::eventing, "SubscriptionManager");
  grant.manager_address = manager.child(ns::addressing, "Address").trimmed_text();
  for (auto const* name : {"ReferenceProperties", "ReferenceParameters"}) {
    Element const references = manager.child(ns::addressing, name);
    if (auto const id = references.child(ns::eventing, "Identifier")) grant.identifier = id.trimmed_text();
    if (auto const uri = references.child(ns::wsman, "ResourceURI")) grant.resource_uri = uri.trimmed_text();
  }
  if (grant.identifier.empty()) return fail("the answer to Subscribe names no subscription (wse:Identifier)");
  auto const expires = parse_duration(body.child(ns::eventing, "Expires").trimmed_text());
  grant.expires = expires ? *expires : Milliseconds::zero();
  grant.enumeration_context = body.child(ns::enumeration, "EnumerationContext").trimmed_text();
  return grant;
}

Result<Milliseconds> read_renew_response(Element const& body) {
  return parse_duration(body.child(ns::eventing, "Expires").trimmed_text());
}

void write_subscribe(xml::Writer& body, SubscribeContent const& content) {
  body.open("e:Subscribe");
  if (content.end_to) write_sink(body, "e:EndTo", *content.end_to);
  write_delivery(body, content.delivery);
  write_duration(body, "e:Expires", content.expires);
  if (!content.filter_dialect.empty())
    body.open("w:Filter").attribute("Dialect", content.filter_dialect).raw(content.filter_xml).close();
  if (!content.bookmark_xml.empty()) body.open("w:Bookmark").raw(content.bookmark_xml).close();
  if (content.send_bookmarks) body.empty("w:SendBookmarks");
  body.close();
}

DeliveryMessage write_event(DeliveryEnvelope const& envelope, std::string_view event_xml) {
  SinkMessage message(envelope, action::event);
  message.body().raw(event_xml);
  return message.finish();
}

std::string write_batch_item(std::string_view event_xml, bool as_text) {
  std::string item;
  xml::Writer writer(item);
  writer.open("w:Event").attribute("Action", action::event);
  if (as_text)
    writer.text(event_xml);
  else
    writer.raw(event_xml);
  writer.close();
  return item;
}

DeliveryMessage write_events(DeliveryEnvelope const& envelope, std::vector<std::string> const& items) {
  SinkMessage message(envelope, action::events);
  message.body().open("w:Events");
  for (auto const& item : items) message.body().raw(item);
  message.body().close();
  return message.finish();
}

DeliveryMessage write_heartbeat(DeliveryEnvelope const& envelope) {
  SinkMessage message(envelope, action::heartbeat);
  message.body().open("w:Events").close();
  return message.finish();
}

DeliveryMessage write_dropped_events(DeliveryEnvelope const& envelope, std::uint64_t count) {
  SinkMessage message(envelope, action::dropped_events);
  message.body().open("w:DroppedEvents").attribute("Action", action::dropped_events);
  message.body().text(std::to_string(count)).close();
  return message.finish();
}

DeliveryMessage write_subscription_end(DeliveryEnvelope const& envelope, SubscriptionGrant const& grant,
                                       std::string_view status, std::string_view reason) {
  SinkMessage message(envelope, action::subscription_end);
  auto& body = message.body();
  body.open("e:SubscriptionEnd");
  write_manager(body, grant);
  body.element("e:Status", status);
  body.open("e:Reason").attribute("xml:lang", "en-US").text(reason).close();
  body.close();
  return message.finish();
}

Result<void> check_ack(Answer const& answer, std::string_view message_id) {
  if (answer.fault) return fail(fmt::format("it answered with a fault: {}", answer.fault->text));
  if (answer.action != action::ack && answer.action != action::misspelt_ack)
    return fail(fmt::format("its answer is no acknowledgement but '{}'", answer.action.substr(0, 256)));
  if (!answer.relates_to.empty() && !equals_ignoring_case(answer.relates_to, message_id))
    return fail("its acknowledgement is for another message");
  return {};
}

}  // namespace winrm::wsman
