#include "client/event_subscription.hpp"

#include <fmt/format.h>

#include "wsman/actions.hpp"
#include "wsman/eventing_uris.hpp"
#include "xml/names.hpp"
#include "xml/writer.hpp"

namespace winrm::client {
namespace {

Failure unusable(Session const& session, std::string_view why) {
  return Failure(Failure::Kind::protocol, code::response_invalid,
                 fmt::format("{} {}: {}", describe_code(code::response_invalid), session.url(), why));
}

}  // namespace

EventSubscription::EventSubscription(Session& session, ResourceLocator resource,
                                     wsman::SubscribeContent const& content)
    : session_(session), resource_(std::move(resource)) {
  std::string body;
  xml::Writer writer(body);
  write_subscribe(writer, content);
  auto const answer = session_.exchange(wsman::action::subscribe, resource_, body);
  auto grant = wsman::read_subscribe_response(answer.body());
  if (!grant) throw unusable(session_, grant.error().message);
  grant_ = std::move(*grant);
  open_ = true;
}

EventSubscription::~EventSubscription() {
  if (!open_) return;
  try {
    unsubscribe();
  } catch (Failure const&) {
    // The service forgets the subscription by itself when its time is over.
  }
}

EventBatch EventSubscription::pull(std::uint32_t max_elements) {
  std::string body;
  xml::Writer writer(body);
  writer.open("n:Pull").element("n:EnumerationContext", grant_.enumeration_context);
  writer.element("n:MaxElements", std::to_string(max_elements)).close();
  EventBatch batch;
  try {
    auto const answer = session_.exchange(wsman::action::pull, resource_, body);
    for (xml::Element const item : answer.body().child(ns::enumeration, "Items").children())
      batch.events.push_back(item.serialize());
    auto const bookmark = answer.header(ns::wsman, "Bookmark");
    for (xml::Element const child : bookmark.children()) batch.bookmark_xml += child.serialize();
  } catch (Failure const& failure) {
    if (!failure.is_operation_timeout()) throw;
  }
  return batch;
}

void EventSubscription::renew(Milliseconds expires) {
  std::string body;
  xml::Writer writer(body);
  writer.open("e:Renew").element("e:Expires", format_seconds_duration(expires)).close();
  auto const answer = manage(wsman::action::renew, body);
  auto const granted = wsman::read_renew_response(answer.body());
  if (!granted) throw unusable(session_, granted.error().message);
  grant_.expires = *granted;
}

void EventSubscription::unsubscribe() {
  open_ = false;
  static_cast<void>(manage(wsman::action::unsubscribe, "<e:Unsubscribe/>"));
}

wsman::Answer EventSubscription::manage(std::string_view action, std::string_view body) {
  auto manager = resource_;
  std::string identifier;
  xml::Writer(identifier).element("e:Identifier", grant_.identifier);
  manager.header += identifier;
  return session_.exchange(action, manager, body);
}

}  // namespace winrm::client
