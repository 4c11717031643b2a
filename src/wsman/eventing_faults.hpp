#pragma once

#include <string>
#include <string_view>

#include "wsman/fault.hpp"

/// The faults of eventing; what they have in common is in wsman/fault.hpp.
namespace winrm::wsman::faults {

[[nodiscard]] Fault delivery_mode_unavailable(std::string_view mode);
[[nodiscard]] Fault invalid_expiration_time(std::string_view value);
[[nodiscard]] Fault unsupported_subscription_expiration(std::string_view value);
[[nodiscard]] Fault event_filter_dialect_unavailable(std::string_view dialect);
[[nodiscard]] Fault event_source_unable(std::string detail);
[[nodiscard]] Fault unable_to_renew(std::string_view identifier);
[[nodiscard]] Fault invalid_eventing_message(std::string detail);
[[nodiscard]] Fault missing_notify_to();
[[nodiscard]] Fault missing_notify_to_address();
[[nodiscard]] Fault invalid_notify_to(std::string detail);
[[nodiscard]] Fault invalid_end_to(std::string detail);
[[nodiscard]] Fault insecure_address(std::string detail);
[[nodiscard]] Fault policy_cannot_comply(std::string detail);
[[nodiscard]] Fault invalid_heartbeat(std::string_view value);
[[nodiscard]] Fault invalid_delivery_retry(std::string detail);
[[nodiscard]] Fault invalid_delivery_encoding(std::string_view encoding);
/// MaxEnvelopeSize is smaller than what a delivery takes without events; `needed` bytes would do.
[[nodiscard]] Fault no_room_for_events(std::size_t asked, std::size_t needed);
[[nodiscard]] Fault incompatible_batch_parameters(std::string detail);
[[nodiscard]] Fault invalid_bookmark(std::string detail);
[[nodiscard]] Fault bookmark_expired(std::string detail);
/// What an outstanding Pull is answered when the service stops.
[[nodiscard]] Fault subscription_closed_by_service();
/// The subscription ended for another reason.
[[nodiscard]] Fault subscription_cancelled(std::string detail);

}  // namespace winrm::wsman::faults
