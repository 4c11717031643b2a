#pragma once

#include <string_view>

/// The namespaces of the protocol (wire reference: DSP0226, MS-WSMV 2.2.1), each beside the prefix our
/// messages bind it to.
namespace winrm::ns {

inline constexpr std::string_view soap = "http://www.w3.org/2003/05/soap-envelope";                     // s
inline constexpr std::string_view addressing = "http://schemas.xmlsoap.org/ws/2004/08/addressing";      // a
inline constexpr std::string_view transfer = "http://schemas.xmlsoap.org/ws/2004/09/transfer";          // x
inline constexpr std::string_view enumeration = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";    // n
inline constexpr std::string_view eventing = "http://schemas.xmlsoap.org/ws/2004/08/eventing";          // e
inline constexpr std::string_view wsman = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";             // w
inline constexpr std::string_view wsmv = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd";         // p
inline constexpr std::string_view cim_binding = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd";  // b
inline constexpr std::string_view fault = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault";       // f
inline constexpr std::string_view shell = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";    // rsp
inline constexpr std::string_view cim = "http://schemas.dmtf.org/wbem/wscim/1/common";                  // cim
inline constexpr std::string_view identity =
    "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd";                // wsmid
inline constexpr std::string_view xsi = "http://www.w3.org/2001/XMLSchema-instance";  // xsi
inline constexpr std::string_view xsd = "http://www.w3.org/2001/XMLSchema";           // xs
inline constexpr std::string_view xml = "http://www.w3.org/XML/1998/namespace";       // xml

}  // namespace winrm::ns
