#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "wsman/request.hpp"
#include "wsman/selectors.hpp"
#include "xml/writer.hpp"

namespace winrm::wsman {

/// What a client's request says besides its body. Empty strings, zero durations and empty sets leave their
/// header out, except where said otherwise.
struct RequestHeaders {
  RequestHeaders();
  RequestHeaders(std::string to, std::string action, std::string resource_uri);

  std::string to;  ///< "http://host:5985/wsman"
  std::string action;
  std::string resource_uri;
  std::string message_id;                    ///< a new "uuid:…" when empty
  std::uint32_t max_envelope_size = 512000;  ///< bytes of the largest answer, at least 8192
  Milliseconds operation_timeout{60000};
  std::string locale = "en-US";
  std::string data_locale;  ///< the locale when empty
  std::string session_id;   ///< "uuid:…"
  SelectorSet selectors;
  OptionSet options;
  bool options_must_understand = true;
  std::optional<FragmentTransfer> fragment;
  bool total_items_estimate = false;
};

/// Writes one request in UTF-8 (header order and mustUnderstand as wire reference 1.3): envelope and headers
/// when made, then the caller's body, then finish(). Declares the prefixes s a w p, and like an answer
/// (ResponseWriter) x n e b rsp xsi cim where the action's family uses them; xs where an option has a type.
class RequestWriter {
 public:
  explicit RequestWriter(RequestHeaders const& headers);

  /// What the answer's RelatesTo must repeat.
  [[nodiscard]] std::string const& message_id() const noexcept { return message_id_; }
  /// A header block besides the standard ones; only before body() is first called.
  RequestWriter& header(std::string_view xml);
  /// The open SOAP Body.
  [[nodiscard]] xml::Writer& body();
  /// Closes everything and gives the message away.
  [[nodiscard]] std::string finish();

 private:
  std::string message_id_;
  std::string out_;
  xml::Writer writer_;
  bool in_body_ = false;
};

/// The Identify request: no addressing headers.
[[nodiscard]] std::string write_identify_request();

/// <w:SelectorSet>…</w:SelectorSet>, with nested references; nothing when empty.
void write_selector_set(xml::Writer& writer, SelectorSet const& selectors);

/// <w:OptionSet>…</w:OptionSet>; nothing when empty.
void write_option_set(xml::Writer& writer, OptionSet const& options, bool must_understand);

}  // namespace winrm::wsman
