#include "wsman/answer.hpp"

#include <fmt/format.h>

#include <charconv>

#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

using xml::Element;

constexpr std::uint32_t operation_timed_out = 2150858793;

/// Decimal, unsigned as Windows writes it or the signed form of an HRESULT; 0 when it is neither.
std::uint32_t read_code(std::string_view text) {
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return 0;
  if (value < INT32_MIN || value > UINT32_MAX) return 0;
  return static_cast<std::uint32_t>(value);
}

struct QName {
  std::string ns;
  std::string local_name;
};

QName read_qname(Element const& element) {
  std::string const text = element.trimmed_text();
  std::size_t const colon = text.find(':');
  std::string_view const prefix =
      colon == std::string::npos ? std::string_view() : std::string_view(text).substr(0, colon);
  return {std::string(element.namespace_of_prefix(prefix)),
          colon == std::string::npos ? text : text.substr(colon + 1)};
}

std::string last_part_of_uri(std::string const& uri) { return uri.substr(uri.find_last_of('/') + 1); }

/// Servers put the elements of a fault's Detail into different namespaces (OMI: the configuration's): the
/// local name decides.
Element find_below(Element const& element, std::string_view local_name) {
  for (Element const child : element.children()) {
    if (child.local_name() == local_name) return child;
    if (Element const deeper = find_below(child, local_name)) return deeper;
  }
  return {};
}

Element child_named(Element const& element, std::string_view local_name) {
  Element at = element.first_child();
  while (at && at.local_name() != local_name) at = at.next_sibling();
  return at;
}

void add_line(std::string& text, std::string const& line) {
  if (line.empty() || text.find(line) != std::string::npos) return;
  if (!text.empty()) text += '\n';
  text += line;
}

void collect_text(Element const& element, std::string& text) {
  add_line(text, element.trimmed_text());
  for (Element const child : element.children()) collect_text(child, text);
}

std::string reason_of(Element const& reason) {
  Element chosen;
  for (Element const text : reason.children()) {
    if (!text.is(ns::soap, "Text")) continue;
    if (text.attribute(ns::xml, "lang").value_or("").starts_with("en")) return text.trimmed_text();
    if (!chosen) chosen = text;
  }
  return chosen.trimmed_text();
}

void read_wsman_fault(Element const& element, RemoteFault& fault) {
  fault.code = read_code(element.attribute("", "Code").value_or(""));
  fault.machine = element.attribute("", "Machine").value_or("");
  Element const provider = child_named(child_named(element, "Message"), "ProviderFault");
  fault.provider = provider.attribute("", "provider").value_or("");
  fault.provider_path = provider.attribute("", "path").value_or("");
  fault.provider_code = read_code(find_below(provider, "WSManFault").attribute("", "Code").value_or(""));
  collect_text(element, fault.text);
}

/// MSFT_WmiError and its like (MS-WSMV 2.2.4.43): the code and the message are properties.
void read_error_instance(Element const& element, RemoteFault& fault) {
  if (fault.code == 0) fault.code = read_code(child_named(element, "error_Code").trimmed_text());
  add_line(fault.text, child_named(element, "Message").trimmed_text());
  add_line(fault.text, child_named(element, "error_WindowsErrorMessage").trimmed_text());
}

void read_detail(Element const& detail, RemoteFault& fault) {
  for (Element const child : detail.children()) {
    if (child.local_name() == "FaultDetail") {
      fault.detail = last_part_of_uri(child.trimmed_text());
    } else if (child.local_name() == "WSManFault") {
      read_wsman_fault(child, fault);
    } else if (child_named(child, "Message") || child_named(child, "error_Code")) {
      read_error_instance(child, fault);
    } else {
      collect_text(child, fault.text);
    }
  }
  add_line(fault.text, detail.trimmed_text());
}

RemoteFault read_fault(Element const& element) {
  RemoteFault fault;
  Element const code = element.child(ns::soap, "Code");
  fault.soap_code = read_qname(code.child(ns::soap, "Value")).local_name;
  QName subcode = read_qname(code.child(ns::soap, "Subcode").child(ns::soap, "Value"));
  fault.subcode = std::move(subcode.local_name);
  fault.subcode_ns = std::move(subcode.ns);
  fault.reason = reason_of(element.child(ns::soap, "Reason"));
  read_detail(element.child(ns::soap, "Detail"), fault);
  if (fault.text.empty()) fault.text = fault.reason;
  return fault;
}

std::string header_text(Element const& headers, std::string_view local_name) {
  return headers.child(ns::addressing, local_name).trimmed_text();
}

}  // namespace

bool RemoteFault::is_operation_timeout() const {
  return code == operation_timed_out || (code == 0 && subcode == "TimedOut" && subcode_ns == ns::wsman);
}

Result<Answer> Answer::parse(std::string_view utf8) {
  auto document = xml::Document::parse(utf8);
  if (!document) return fail(fmt::format("the answer is not XML: {}", document.error().message));
  Element const envelope = document->root();
  if (!envelope.is(ns::soap, "Envelope")) {
    return fail(
        fmt::format("the answer is not a SOAP 1.2 envelope: its root element is '{}' of namespace '{}'",
                    envelope.local_name(), envelope.ns()));
  }
  Element const body = envelope.child(ns::soap, "Body");
  if (!body) return fail("the answer has no SOAP Body");
  Answer answer(std::move(*document));
  answer.headers_ = envelope.child(ns::soap, "Header");
  answer.body_ = body.first_child();
  answer.action = header_text(answer.headers_, "Action");
  answer.message_id = header_text(answer.headers_, "MessageID");
  answer.relates_to = header_text(answer.headers_, "RelatesTo");
  if (answer.body_.is(ns::soap, "Fault")) answer.fault = read_fault(answer.body_);
  return answer;
}

Element Answer::header(std::string_view ns, std::string_view local_name) const {
  return headers_.child(ns, local_name);
}

Result<IdentifyAnswer> read_identify(Answer const& answer) {
  Element const body = answer.body();
  if (body.local_name() != "IdentifyResponse") return fail("the answer is not one to Identify");
  auto const field = [&body](std::string_view name) { return child_named(body, name).trimmed_text(); };
  return IdentifyAnswer{field("ProtocolVersion"), field("ProductVendor"), field("ProductVersion")};
}

}  // namespace winrm::wsman
