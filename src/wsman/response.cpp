#include "wsman/response.hpp"

#include <charconv>

#include "base/unicode.hpp"
#include "base/uuid.hpp"
#include "wsman/actions.hpp"
#include "wsman/request_writer.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

/// The namespaces a message declares, as Windows groups them: by what the action needs.
struct Prefixes {
  bool transfer = false;
  bool eventing = false;
  bool enumeration = false;
  bool cim_binding = false;
  bool shell = false;
  bool instances = false;  ///< xsi and cim, for CIM instances
};

constexpr std::string_view transfer_actions = "http://schemas.xmlsoap.org/ws/2004/09/transfer/";
constexpr std::string_view enumeration_actions = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/";
constexpr std::string_view eventing_actions = "http://schemas.xmlsoap.org/ws/2004/08/eventing/";
constexpr std::string_view powershell_resources = "http://schemas.microsoft.com/powershell/";

bool is_shell_resource(std::string_view uri) {
  return unicode::starts_with_ignoring_case(uri, resource::shell) ||
         unicode::starts_with_ignoring_case(uri, powershell_resources);
}

Prefixes prefixes_for(std::string_view resource_uri, std::string_view action) {
  Prefixes prefixes;
  bool const shell = is_shell_resource(resource_uri);
  bool const config = unicode::starts_with_ignoring_case(resource_uri, resource::config);
  if (action.starts_with(transfer_actions)) {
    prefixes.transfer = true;
    prefixes.shell = shell;
    prefixes.instances = !shell && !config;
  } else if (action.starts_with(enumeration_actions)) {
    prefixes.enumeration = true;
    prefixes.cim_binding = !shell && !config;
    prefixes.shell = shell;
    prefixes.instances = !shell && !config;
  } else if (action.starts_with(eventing_actions)) {
    prefixes.eventing = true;
  } else if (action.starts_with(ns::shell)) {
    prefixes.shell = true;
    prefixes.transfer = true;
  } else {
    prefixes.instances = true;
  }
  return prefixes;
}

void open_envelope(xml::Writer& writer, Prefixes const& prefixes) {
  writer.open("s:Envelope").attribute("xml:lang", "en-US");
  writer.declare("s", ns::soap).declare("a", ns::addressing);
  if (prefixes.transfer) writer.declare("x", ns::transfer);
  if (prefixes.eventing) writer.declare("e", ns::eventing);
  if (prefixes.enumeration) writer.declare("n", ns::enumeration);
  writer.declare("w", ns::wsman);
  if (prefixes.cim_binding) writer.declare("b", ns::cim_binding);
  if (prefixes.shell) writer.declare("rsp", ns::shell);
  writer.declare("p", ns::wsmv);
  if (prefixes.instances) writer.declare("xsi", ns::xsi).declare("cim", ns::cim);
}

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
  open_envelope(writer_, prefixes_for(request.resource_uri, action));
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
  open_envelope(writer, prefixes_of_fault(fault.row()));
  write_headers(writer, fault.row().action, fault.relates_to());
  writer.raw(fault.header_xml()).close().open("s:Body").open("s:Fault");
  write_code(writer, fault.row());
  writer.open("s:Reason").open("s:Text").attribute("xml:lang", "en-US").text(fault.text()).close().close();
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
