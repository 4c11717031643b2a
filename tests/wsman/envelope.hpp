#pragma once

#include <string>
#include <string_view>

namespace winrm::wsman::testing {

inline constexpr std::string_view message_id = "uuid:11111111-2222-3333-4444-555555555555";

/// A request made by hand, so that tests do not believe the writer they test. Each header may be replaced or
/// emptied.
struct Envelope {
  std::string action =
      "<a:Action s:mustUnderstand=\"true\">http://schemas.xmlsoap.org/ws/2004/09/transfer/Get</a:Action>";
  std::string message_id = "<a:MessageID>uuid:11111111-2222-3333-4444-555555555555</a:MessageID>";
  std::string to = "<a:To>http://host:5985/wsman</a:To>";
  std::string reply_to =
      "<a:ReplyTo><a:Address s:mustUnderstand=\"true\">"
      "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>";
  std::string resource_uri =
      "<w:ResourceURI "
      "s:mustUnderstand=\"true\">http://schemas.microsoft.com/wbem/wsman/1/config</w:ResourceURI>";
  std::string more;  ///< header blocks of the case
  std::string body = "<s:Body/>";

  [[nodiscard]] std::string str() const {
    return "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""
           " xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""
           " xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\""
           " xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\""
           " xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\""
           " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><s:Header>" +
           action + message_id + to + reply_to + resource_uri + more + "</s:Header>" + body + "</s:Envelope>";
  }
};

inline std::string with_headers(std::string_view more) {
  Envelope envelope;
  envelope.more = more;
  return envelope.str();
}

}  // namespace winrm::wsman::testing
