#pragma once

#include <string_view>

/// Action URIs (wire reference 1.2) and the dialects, codes and addresses that go with them.
namespace winrm::wsman {

namespace action {
inline constexpr std::string_view get = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get";
inline constexpr std::string_view put = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Put";
inline constexpr std::string_view create = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create";
inline constexpr std::string_view remove = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete";
inline constexpr std::string_view enumerate = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate";
inline constexpr std::string_view pull = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Pull";
inline constexpr std::string_view release = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Release";
inline constexpr std::string_view shell_command =
    "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command";
inline constexpr std::string_view shell_send = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Send";
inline constexpr std::string_view shell_receive =
    "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Receive";
inline constexpr std::string_view shell_signal =
    "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Signal";
inline constexpr std::string_view shell_disconnect =
    "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Disconnect";
inline constexpr std::string_view shell_reconnect =
    "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Reconnect";
inline constexpr std::string_view shell_connect =
    "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Connect";
/// Sent by a client when a robust connection's operation is over; answered 204 without a body.
inline constexpr std::string_view end = "http://schemas.microsoft.com/wbem/wsman/1/wsman/End";

inline constexpr std::string_view wsman_fault = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault";
inline constexpr std::string_view addressing_fault = "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault";
inline constexpr std::string_view transfer_fault = "http://schemas.xmlsoap.org/ws/2004/09/transfer/fault";
inline constexpr std::string_view enumeration_fault =
    "http://schemas.xmlsoap.org/ws/2004/09/enumeration/fault";
inline constexpr std::string_view eventing_fault = "http://schemas.xmlsoap.org/ws/2004/08/eventing/fault";
inline constexpr std::string_view cim_binding_fault = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding/fault";
}  // namespace action

/// What the w:FaultDetail of every fault begins with.
inline constexpr std::string_view fault_detail_uri =
    "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/";

inline constexpr std::string_view anonymous_address =
    "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";

namespace dialect {
inline constexpr std::string_view wql = "http://schemas.microsoft.com/wbem/wsman/1/WQL";
inline constexpr std::string_view selector = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter";
inline constexpr std::string_view association =
    "http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter";
inline constexpr std::string_view xpath = "http://www.w3.org/TR/1999/REC-xpath-19991116";
}  // namespace dialect

namespace resource {
inline constexpr std::string_view wmi = "http://schemas.microsoft.com/wbem/wsman/1/wmi/";
inline constexpr std::string_view cim_schema = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/";
inline constexpr std::string_view cim_all = "http://schemas.dmtf.org/wbem/wscim/1/*";
inline constexpr std::string_view shell = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
inline constexpr std::string_view cmd_shell = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd";
inline constexpr std::string_view shell_command_list =
    "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command";
inline constexpr std::string_view config = "http://schemas.microsoft.com/wbem/wsman/1/config";
}  // namespace resource

}  // namespace winrm::wsman
