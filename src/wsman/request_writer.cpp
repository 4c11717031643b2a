#include "wsman/request_writer.hpp"

#include <utility>

#include "base/uuid.hpp"
#include "wsman/actions.hpp"
#include "wsman/envelope.hpp"
#include "wsman/response.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

void open_must_understand(xml::Writer& writer, std::string_view qname, bool value = true) {
  writer.open(qname).attribute("s:mustUnderstand", value ? "true" : "false");
}

void write_understood(xml::Writer& writer, std::string_view qname, std::string_view value) {
  if (value.empty()) return;
  open_must_understand(writer, qname);
  writer.text(value).close();
}

void write_language(xml::Writer& writer, std::string_view qname, std::string_view language) {
  if (language.empty()) return;
  open_must_understand(writer, qname, false);
  writer.attribute("xml:lang", language).close();
}

Prefixes prefixes_of(RequestHeaders const& headers) {
  Prefixes prefixes = prefixes_for(headers.resource_uri, headers.action);
  for (Option const& option : headers.options) {
    if (!option.type.empty()) prefixes.types = true;
    if (option.nil) prefixes.instances = true;
  }
  return prefixes;
}

void write_reply_to(xml::Writer& writer) {
  writer.open("a:ReplyTo");
  write_understood(writer, "a:Address", anonymous_address);
  writer.close();
}

void write_fragment(xml::Writer& writer, FragmentTransfer const& fragment) {
  open_must_understand(writer, "w:FragmentTransfer");
  if (!fragment.dialect.empty()) writer.attribute("Dialect", fragment.dialect);
  writer.text(fragment.path).close();
}

/// In the order Windows' own client uses (wire reference 1.3).
void write_headers(xml::Writer& writer, RequestHeaders const& headers, std::string_view message_id) {
  writer.open("s:Header").element("a:To", headers.to);
  write_understood(writer, "w:ResourceURI", headers.resource_uri);
  write_reply_to(writer);
  write_understood(writer, "a:Action", headers.action);
  write_understood(writer, "w:MaxEnvelopeSize", std::to_string(headers.max_envelope_size));
  writer.element("a:MessageID", message_id);
  write_language(writer, "w:Locale", headers.locale);
  write_language(writer, "p:DataLocale", headers.data_locale.empty() ? headers.locale : headers.data_locale);
  if (!headers.session_id.empty()) {
    open_must_understand(writer, "p:SessionId", false);
    writer.text(headers.session_id).close();
  }
  if (headers.fragment) write_fragment(writer, *headers.fragment);
  if (headers.total_items_estimate) writer.empty("w:RequestTotalItemsCountEstimate");
  write_selector_set(writer, headers.selectors);
  write_option_set(writer, headers.options, headers.options_must_understand);
  if (headers.operation_timeout > Milliseconds::zero()) {
    writer.element("w:OperationTimeout", format_seconds_duration(headers.operation_timeout));
  }
}

void write_option(xml::Writer& writer, Option const& option) {
  writer.open("w:Option").attribute("Name", option.name);
  if (option.must_comply) writer.attribute("MustComply", "true");
  if (!option.type.empty()) writer.attribute("Type", option.type);
  if (option.nil) writer.attribute("xsi:nil", "true");
  writer.text(option.value).close();
}

}  // namespace

RequestHeaders::RequestHeaders() = default;
RequestHeaders::RequestHeaders(std::string to_, std::string action_, std::string resource_uri_)
    : to(std::move(to_)), action(std::move(action_)), resource_uri(std::move(resource_uri_)) {}

RequestWriter::RequestWriter(RequestHeaders const& headers)
    : message_id_(headers.message_id.empty() ? "uuid:" + make_uuid() : headers.message_id), writer_(out_) {
  out_.reserve(3072);
  open_envelope(writer_, prefixes_of(headers));
  write_headers(writer_, headers, message_id_);
}

RequestWriter& RequestWriter::header(std::string_view xml) {
  writer_.raw(xml);
  return *this;
}

xml::Writer& RequestWriter::body() {
  if (!in_body_) {
    writer_.close().open("s:Body");
    in_body_ = true;
  }
  return writer_;
}

std::string RequestWriter::finish() {
  body().close().close();
  return std::move(out_);
}

void write_selector_set(xml::Writer& writer, SelectorSet const& selectors) {
  if (selectors.empty()) return;
  writer.open("w:SelectorSet");
  for (Selector const& selector : selectors) {
    writer.open("w:Selector").attribute("Name", selector.name);
    if (selector.reference.empty()) {
      writer.text(selector.value);
    } else {
      writer.open("a:EndpointReference");
      write_endpoint_reference(writer, selector.reference.front());
      writer.close();
    }
    writer.close();
  }
  writer.close();
}

void write_option_set(xml::Writer& writer, OptionSet const& options, bool must_understand) {
  if (options.empty()) return;
  writer.open("w:OptionSet");
  if (must_understand) writer.attribute("s:mustUnderstand", "true");
  for (Option const& option : options) write_option(writer, option);
  writer.close();
}

}  // namespace winrm::wsman
