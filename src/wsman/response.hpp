#pragma once

#include <string>
#include <string_view>

#include "wsman/fault.hpp"
#include "wsman/request.hpp"
#include "xml/writer.hpp"

namespace winrm::wsman {

/// Writes one answer in UTF-8: envelope and headers when made, then the caller's body, then finish().
class ResponseWriter {
 public:
  /// `action` is the full response action. Declares the prefixes s a w p, and x n b rsp xsi cim where the
  /// action's family uses them.
  ResponseWriter(Request const& request, std::string_view action);

  /// A header block besides the addressing ones; only before body() is first called.
  ResponseWriter& header(std::string_view xml);
  /// The open SOAP Body.
  [[nodiscard]] xml::Writer& body();
  /// Closes everything and gives the message away.
  [[nodiscard]] std::string finish();

 private:
  std::string out_;
  xml::Writer writer_;
  bool in_body_ = false;
};

/// A fault as a whole message in UTF-8. `machine` is the name the client used for this host.
[[nodiscard]] std::string write_fault(Fault const& fault, std::string_view machine);

/// "…/transfer/Get" -> "…/transfer/GetResponse"; the same rule for every request action.
[[nodiscard]] std::string response_action(std::string_view request_action);

/// The answer to Identify. The operating system's version is masked ("0.0.0") for clients that did not log
/// on.
[[nodiscard]] std::string write_identify_response(bool authenticated);

/// <a:EndpointReference>'s content: Address, ReferenceParameters.
void write_endpoint_reference(xml::Writer& writer, EndpointReference const& reference);

}  // namespace winrm::wsman
