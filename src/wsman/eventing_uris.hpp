#pragma once

#include <string_view>

/// The URIs of eventing (wire reference 7.1, 7.6; DSP0226 10).
namespace winrm::wsman {

namespace action {
inline constexpr std::string_view subscribe = "http://schemas.xmlsoap.org/ws/2004/08/eventing/Subscribe";
inline constexpr std::string_view renew = "http://schemas.xmlsoap.org/ws/2004/08/eventing/Renew";
inline constexpr std::string_view get_status = "http://schemas.xmlsoap.org/ws/2004/08/eventing/GetStatus";
inline constexpr std::string_view unsubscribe = "http://schemas.xmlsoap.org/ws/2004/08/eventing/Unsubscribe";
inline constexpr std::string_view subscription_end =
    "http://schemas.xmlsoap.org/ws/2004/08/eventing/SubscriptionEnd";
inline constexpr std::string_view event = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Event";
inline constexpr std::string_view events = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Events";
inline constexpr std::string_view heartbeat = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Heartbeat";
inline constexpr std::string_view dropped_events = "http://schemas.dmtf.org/wbem/wsman/1/wsman/DroppedEvents";
inline constexpr std::string_view ack = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Ack";
/// What openwsman writes instead.
inline constexpr std::string_view misspelt_ack = "http://schemas.xmlsoap.org/wbmem/wsman/1/wsman/Ack";
}  // namespace action

namespace delivery_mode {
inline constexpr std::string_view push = "http://schemas.xmlsoap.org/ws/2004/08/eventing/DeliveryModes/Push";
inline constexpr std::string_view push_with_ack = "http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck";
inline constexpr std::string_view events = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Events";
inline constexpr std::string_view pull = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Pull";
}  // namespace delivery_mode

namespace end_status {
inline constexpr std::string_view delivery_failure =
    "http://schemas.xmlsoap.org/ws/2004/08/eventing/DeliveryFailure";
inline constexpr std::string_view shutting_down =
    "http://schemas.xmlsoap.org/ws/2004/08/eventing/SourceShuttingDown";
inline constexpr std::string_view cancelling =
    "http://schemas.xmlsoap.org/ws/2004/08/eventing/SourceCancelling";
}  // namespace end_status

namespace dialect {
/// A QueryList.
inline constexpr std::string_view event_query = "http://schemas.microsoft.com/win/2004/08/events/eventquery";
inline constexpr std::string_view event_root_xpath =
    "http://schemas.dmtf.org/wbem/wsman/1/wsman/filter/eventRootXPath";
}  // namespace dialect

namespace resource {
inline constexpr std::string_view event_log = "http://schemas.microsoft.com/wbem/wsman/1/windows/EventLog";
}  // namespace resource

/// What a w:Bookmark holds that begins with the oldest event.
inline constexpr std::string_view earliest_bookmark =
    "http://schemas.dmtf.org/wbem/wsman/1/wsman/bookmark/earliest";
/// The log-on to a sink that its policy asks for.
inline constexpr std::string_view kerberos_profile =
    "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/spnego-kerberos";
inline constexpr std::string_view https_kerberos_profile =
    "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/spnego-kerberos";

}  // namespace winrm::wsman

namespace winrm::ns {
inline constexpr std::string_view policy = "http://schemas.xmlsoap.org/ws/2002/12/policy";
inline constexpr std::string_view authentication = "http://schemas.microsoft.com/wbem/wsman/1/authentication";
inline constexpr std::string_view event = "http://schemas.microsoft.com/win/2004/08/events/event";
}  // namespace winrm::ns
