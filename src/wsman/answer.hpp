#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "xml/document.hpp"

namespace winrm::wsman {

/// A fault as the other side reported it. What the message did not carry is empty or 0. Texts are as sent:
/// escape them before they reach a terminal.
struct RemoteFault {
  /// The outer f:WSManFault's Code; without one the error_Code of an MSFT_WmiError, then that of OMI's
  /// CIM_Error.
  std::uint32_t code = 0;
  std::string soap_code;   ///< "Sender", "Receiver", "MustUnderstand", "VersionMismatch"
  std::string subcode;     ///< local name: "TimedOut"
  std::string subcode_ns;  ///< its namespace
  std::string detail;      ///< last part of the w:FaultDetail URI: "UnexpectedSelectors"
  std::string reason;      ///< s:Text, the one in English when there are several
  std::string machine;
  std::string provider;  ///< f:ProviderFault's provider and path
  std::string provider_path;
  std::uint32_t provider_code = 0;  ///< Code of a WSManFault nested in the ProviderFault
  /// Everything readable in the Detail, one text a line; the reason when there is none. What to show a user.
  std::string text;

  /// The operation found nothing to report within its OperationTimeout: the client asks again.
  [[nodiscard]] bool is_operation_timeout() const;
};

/// One answer of a service, read. Owns its XML; movable.
class Answer {
 public:
  /// Reads a SOAP 1.2 envelope in UTF-8, with any prefixes and whatever order of headers. Fails when the text
  /// is not XML or not an envelope with a Body.
  [[nodiscard]] static Result<Answer> parse(std::string_view utf8);

  std::string action;
  std::string message_id;
  std::string relates_to;
  std::optional<RemoteFault> fault;

  /// The SOAP Body's first child element, or none.
  [[nodiscard]] xml::Element body() const noexcept { return body_; }
  /// The first header block of that name, or none.
  [[nodiscard]] xml::Element header(std::string_view ns, std::string_view local_name) const;

  Answer(Answer&&) noexcept = default;
  Answer& operator=(Answer&&) noexcept = default;

 private:
  explicit Answer(xml::Document document) : document_(std::move(document)) {}
  xml::Document document_;
  xml::Element headers_;
  xml::Element body_;
};

/// Answer::parse, under the name of what it does.
[[nodiscard]] inline Result<Answer> parse_answer(std::string_view utf8) { return Answer::parse(utf8); }

/// What Identify tells about a service.
struct IdentifyAnswer {
  std::string protocol_version;
  std::string product_vendor;
  std::string product_version;
};

/// Reads the body of an answer to Identify, in the identity namespace or (OMI) in SOAP's.
[[nodiscard]] Result<IdentifyAnswer> read_identify(Answer const& answer);

}  // namespace winrm::wsman
