#include "wsman/eventing_faults.hpp"

#include <fmt/format.h>

#include "wsman/eventing_uris.hpp"
#include "wsman/fault_table.hpp"
#include "xml/writer.hpp"

namespace winrm::wsman::faults {
namespace {

using rows::named;

std::string_view shown(std::string_view text) { return text.substr(0, 256); }

}  // namespace

Fault delivery_mode_unavailable(std::string_view mode) {
  std::string supported;
  for (auto const& known :
       {delivery_mode::push, delivery_mode::push_with_ack, delivery_mode::events, delivery_mode::pull})
    xml::Writer(supported).element("e:SupportedDeliveryMode", known);
  return Fault(named("EVENTING_DELIVERY_MODE_REQUESTED_UNAVAILABLE"),
               fmt::format("The delivery mode '{}' is not known. Ask for Push, PushWithAck, Events or Pull.",
                           shown(mode)))
      .with_detail(supported);
}

Fault invalid_expiration_time(std::string_view value) {
  return {named("EVENTING_INVALID_EXPIRATION_TIME"),
          fmt::format("The Expires '{}' is over already: give a duration longer than nothing, as PT1H.",
                      shown(value))};
}

Fault unsupported_subscription_expiration(std::string_view value) {
  return {named("EVENTING_UNSUPPORTED_EXPIRATION_TYPE"),
          fmt::format("The Expires '{}' is neither a duration, as PT1H, nor a point in time.", shown(value))};
}

Fault event_filter_dialect_unavailable(std::string_view dialect) {
  return {named("EVENTING_FILTERING_REQUESTED_UNAVAILABLE"),
          fmt::format("The filter dialect '{}' is not known for this resource.", shown(dialect))};
}

Fault event_source_unable(std::string detail) {
  return {named("EVENTING_SOURCE_UNABLE_TO_PROCESS"), std::move(detail)};
}

Fault unable_to_renew(std::string_view identifier) {
  return {named("EVENTING_UNABLE_TO_RENEW"),
          fmt::format("There is no subscription '{}': it ended or expired. Subscribe again, with the last "
                      "bookmark.",
                      shown(identifier))};
}

Fault invalid_eventing_message(std::string detail) {
  return {named("EVENTING_INVALID_MESSAGE"), std::move(detail)};
}

Fault missing_notify_to() { return {named("EVENTING_MISSING_NOTIFYTO"), {}}; }
Fault missing_notify_to_address() { return {named("EVENTING_MISSING_NOTIFYTO_ADDRESSS"), {}}; }

Fault invalid_notify_to(std::string detail) {
  return {named("EVENTING_INVALID_NOTIFYTO_ADDRESSS"), std::move(detail)};
}
Fault invalid_end_to(std::string detail) {
  return {named("EVENTING_INVALID_ENDTO_ADDRESSS"), std::move(detail)};
}
Fault insecure_address(std::string detail) {
  return {named("INSECURE_ADDRESS_NOT_SUPPORTED"), std::move(detail)};
}
Fault policy_cannot_comply(std::string detail) { return {named("POLICY_CANNOT_COMPLY"), std::move(detail)}; }

Fault invalid_heartbeat(std::string_view value) {
  return {named("EVENTING_INVALID_HEARTBEAT"),
          fmt::format("Heartbeats is '{}'; it must be a duration of at least 0.1 seconds, as PT60S.",
                      shown(value))};
}

Fault invalid_delivery_retry(std::string detail) {
  return {named("EVENTING_INVALID_MESSAGE"), std::move(detail)};
}

Fault invalid_delivery_encoding(std::string_view encoding) {
  return {named("EVENTING_INVALID_ENCODING_IN_DELIVERY"),
          fmt::format("ContentEncoding is '{}'; it must be UTF-8 or UTF-16.", shown(encoding))};
}

Fault no_room_for_events(std::size_t asked, std::size_t needed) {
  return {named("MIN_ENVELOPE_SIZE"),
          fmt::format("MaxEnvelopeSize is {}; with the address and the reference properties of this "
                      "subscription, deliveries need at least {}.",
                      asked, needed)};
}

Fault incompatible_batch_parameters(std::string detail) {
  return {named("EVENTING_INCOMPATIBLE_BATCHPARAMS_AND_DELIVERYMODE"), std::move(detail)};
}

Fault invalid_bookmark(std::string detail) { return {named("INVALID_BOOKMARK"), std::move(detail)}; }
Fault bookmark_expired(std::string detail) { return {named("BOOKMARK_EXPIRED"), std::move(detail)}; }

Fault subscription_closed_by_service() { return {named("EVENTING_SUBSCRIPTIONCLOSED_BYREMOTESERVICE"), {}}; }

Fault subscription_cancelled(std::string detail) {
  return {named("EVENTING_SUBSCRIPTION_CANCELLED_BYSOURCE"), std::move(detail)};
}

}  // namespace winrm::wsman::faults
