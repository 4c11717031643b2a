#include "wsman/response.hpp"

#include <charconv>

#include "base/uuid.hpp"
#include "wsman/actions.hpp"
#include "wsman/envelope.hpp"
#include "wsman/request_writer.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

constexpr std::string_view language = "en-US";

/// In Windows' order (wire reference 1.6).
void write_headers(xml::Writer& writer, std::string_view action, std::string_view relates_to) {
  writer.open("s:Header").element("a:Action", action);
  writer.open("a:MessageID").text("uuid:").text(make_uuid()).close();
  writer.element("a:To", anonymous_address);
  if (!relates_to.empty()) writer.element("a:RelatesTo", relates_to);
}

void write_code(xml::Writer& writer, FaultRow const& row) {
  writer.open("s:Code").element("s:Value", row.soap);
  if (!row.subcode.empty()) writer.open("s:Subcode").element("s:Value", row.subcode).close();
  writer.close();
}

void open_wsman_fault(xml::Writer& writer, Fault const& fault, std::string_view machine) {
  char digits[16];
  auto const end = std::to_chars(digits, digits + sizeof digits, fault.code()).ptr;
  writer.open("f:WSManFault").declare("f", ns::fault);
  writer.attribute("Code", {digits, static_cast<std::size_t>(end - digits)}).attribute("Machine", machine);
}

void write_message(xml::Writer& writer, Fault const& fault, std::string_view machine) {
  writer.open("f:Message");
  if (fault.provider().empty()) {
    writer.text(fault.text()).close();
    return;
  }
  writer.open("f:ProviderFault").attribute("provider", fault.provider());
  if (!fault.provider_path().empty()) writer.attribute("path", fault.provider_path());
  if (fault.is_nested()) {
    open_wsman_fault(writer, fault, machine);
    writer.element("f:Message", fault.text()).close();
  } else {
    writer.text(fault.text());
  }
  writer.close().close();
}

void write_detail(xml::Writer& writer, Fault const& fault, std::string_view machine) {
  writer.open("s:Detail");
  if (!fault.row().detail.empty()) {
    writer.open("w:FaultDetail").text(fault_detail_uri).text(fault.row().detail).close();
  }
  writer.raw(fault.detail_xml());
  open_wsman_fault(writer, fault, machine);
  write_message(writer, fault, machine);
  writer.close().close();
}

/// Prefixes inside the fault's QNames must be declared: like Windows', every family's is.
Prefixes prefixes_of_fault(FaultRow const& row) {
  Prefixes prefixes;
  prefixes.transfer = prefixes.eventing = prefixes.enumeration = true;
  prefixes.cim_binding = row.subcode.starts_with("b:");
  return prefixes;
}

}  // namespace

ResponseWriter::ResponseWriter(Request const& request, std::string_view action) : writer_(out_) {
  out_.reserve(2048);
  open_envelope(writer_, prefixes_for(request.resource_uri, action), language);
  write_headers(writer_, action, request.message_id);
}

ResponseWriter& ResponseWriter::header(std::string_view xml) {
  writer_.raw(xml);
  return *this;
}

xml::Writer& ResponseWriter::body() {
  if (!in_body_) {
    writer_.close().open("s:Body");
    in_body_ = true;
  }
  return writer_;
}

std::string ResponseWriter::finish() {
  body().close().close();
  return std::move(out_);
}

std::string write_fault(Fault const& fault, std::string_view machine) {
  std::string out;
  out.reserve(2048);
  xml::Writer writer(out);
  open_envelope(writer, prefixes_of_fault(fault.row()), language);
  write_headers(writer, fault.row().action, fault.relates_to());
  writer.raw(fault.header_xml()).close().open("s:Body").open("s:Fault");
  write_code(writer, fault.row());
  writer.open("s:Reason").open("s:Text").attribute("xml:lang", language).text(fault.text()).close().close();
  write_detail(writer, fault, machine);
  writer.close().close().close();
  return out;
}

std::string response_action(std::string_view request_action) {
  return std::string(request_action).append("Response");
}

void write_endpoint_reference(xml::Writer& writer, EndpointReference const& reference) {
  writer.element("a:Address", reference.address).open("a:ReferenceParameters");
  writer.element("w:ResourceURI", reference.resource_uri);
  write_selector_set(writer, reference.selectors);
  writer.close();
}

}  // namespace winrm::wsman
