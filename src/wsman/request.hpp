#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "wsman/encoding.hpp"
#include "wsman/selectors.hpp"
#include "xml/document.hpp"

namespace winrm::wsman {

/// wsman:FragmentTransfer.
struct FragmentTransfer {
  std::string dialect;  ///< XPath 1.0's URI when the header names none
  std::string path;
};

/// One request, read and checked. Owns its XML; movable.
class Request {
 public:
  /// Reads a SOAP 1.2 message in UTF-8. Throws wsman::Fault for everything the header rules refuse (wire
  /// reference 1.3: duplicates, mustUnderstand, reply address, sizes, timeouts). The Fault carries what could
  /// be read of the MessageID, so that the answer can relate to it.
  [[nodiscard]] static Request parse(std::string_view utf8, Encoding encoding = Encoding::utf8);

  std::string action;
  std::string message_id;
  std::string to;
  std::string resource_uri;
  SelectorSet selectors;
  OptionSet options;
  std::optional<std::uint32_t> max_envelope_size;  ///< largest answer in bytes, as the client asked
  std::optional<Milliseconds> operation_timeout;
  std::string locale;  ///< xml:lang of wsman:Locale, "" when absent
  std::string data_locale;
  std::string session_id;
  std::string operation_id;
  std::string compression_type;  ///< rsp:CompressionType, "" when absent
  std::optional<FragmentTransfer> fragment;
  bool total_items_requested = false;  ///< wsman:RequestTotalItemsCountEstimate
  Encoding encoding = Encoding::utf8;

  /// The SOAP Body's first child element, or none.
  [[nodiscard]] xml::Element body() const noexcept { return body_; }
  /// A header block of another namespace that some plug-in knows; none also when there are two of that name.
  [[nodiscard]] xml::Element header(std::string_view ns, std::string_view local_name) const;

  Request(Request&&) noexcept = default;
  Request& operator=(Request&&) noexcept = default;

 private:
  explicit Request(xml::Document document) : document_(std::move(document)) {}
  xml::Document document_;
  xml::Element headers_;
  xml::Element body_;
};

/// Reads an wsa:EndpointReference's content (Address, ReferenceParameters or ReferenceProperties).
/// Throws wsman::Fault (InvalidSelectors, EncodingLimit).
[[nodiscard]] EndpointReference read_endpoint_reference(xml::Element const& element);

/// True when the message is an Identify request: no addressing headers and a wsmid:Identify body.
[[nodiscard]] bool is_identify(std::string_view utf8);

/// The MessageID that a fault relates to, of a message that nobody else reads any more; "" when it has none
/// or is no envelope.
[[nodiscard]] std::string message_id_of(std::string_view utf8);

}  // namespace winrm::wsman
