#include "wsman/request.hpp"

#include <fmt/format.h>

#include <array>
#include <bitset>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "base/unicode.hpp"
#include "base/uuid.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"
#include "wsman/read_selectors.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

using xml::Element;

constexpr std::string_view role_next = "http://www.w3.org/2003/05/soap-envelope/role/next";
constexpr std::string_view role_ultimate = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";

/// Only the qualified attribute counts: pywinrm, Go and Ruby write it without a namespace, where it means
/// nothing (wire reference 1.3).
bool must_understand(Element const& block) {
  auto const value = block.attribute_view(ns::soap, "mustUnderstand");
  if (!value) return false;
  // White space around an xs:boolean means nothing (XML Schema part 2, 3.2.2.1).
  std::size_t const first = value->find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  std::string_view const word = value->substr(first, value->find_last_not_of(" \t\r\n") - first + 1);
  return word == "true" || word == "1";
}

/// SOAP 1.2 part 1, 2.2: blocks for another role are not ours to read.
bool is_for_us(Element const& block) {
  auto const role = block.attribute_view(ns::soap, "role");
  return !role || role->empty() || *role == role_next || *role == role_ultimate;
}

/// The first block of that name that is for us, or none.
Element find_block(Element const& headers, std::string_view ns, std::string_view local_name) {
  for (Element const block : headers.children()) {
    if (block.is(ns, local_name) && is_for_us(block)) return block;
  }
  return {};
}

/// The addresses an answer can go to: the request's own connection only (DSP0226 R5.4.2).
void require_anonymous(Element const& reference) {
  Element const address = reference.child(ns::addressing, "Address");
  if (!address) {
    throw faults::invalid_message_information_header(
        fmt::format("The {} header has no Address.", reference.local_name()));
  }
  for (Element const child : reference.children()) {
    if (!child.is(ns::addressing, "Address")) continue;
    std::string const text = child.trimmed_text();
    if (text != anonymous_address) throw faults::unsupported_addressing_mode(text);
  }
}

std::string read_uri(Element const& block) {
  std::string uri = block.trimmed_text();
  if (uri.size() > limits::resource_uri_bytes) {
    throw faults::uri_limit(fmt::format("{} header", block.local_name()), limits::resource_uri_bytes);
  }
  return uri;
}

/// "uuid:" or "urn:uuid:" and a UUID in either case (MS-WSMV 3.1.4.1, RFC 4122 3).
bool is_message_id(std::string_view text) {
  for (std::string_view const scheme : {"uuid:", "urn:uuid:"}) {
    if (unicode::starts_with_ignoring_case(text, scheme)) return is_uuid(text.substr(scheme.size()));
  }
  return false;
}

std::uint32_t read_envelope_size(Element const& block) {
  std::string const text = block.trimmed_text();
  std::uint32_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool const whole = end == text.data() + text.size() && !text.empty();
  if (whole && error == std::errc::result_out_of_range) return std::numeric_limits<std::uint32_t>::max();
  if (!whole || error != std::errc()) {
    throw faults::invalid_message_information_header(
        fmt::format("MaxEnvelopeSize is '{}', and should be a number of bytes.", text.substr(0, 64)));
  }
  if (value < limits::minimum_client_envelope) throw faults::minimum_envelope(value);
  return value;
}

Milliseconds read_timeout(Element const& block) {
  std::string const text = block.trimmed_text();
  auto const value = parse_duration(text);
  if (!value) throw faults::invalid_timeout(text);
  return *value;
}

FragmentTransfer read_fragment(Element const& block) {
  // MS-WSMV 3.1.4.1.18: an answer that left the header out of account would be taken for the fragment.
  auto const understood = block.attribute_view(ns::soap, "mustUnderstand");
  if (understood == "false" || understood == "0") {
    throw faults::invalid_message_information_header(
        "FragmentTransfer changes what the operation means: mark it mustUnderstand=\"true\"");
  }
  return {block.attribute("", "Dialect").value_or(std::string(dialect::xpath)), block.trimmed_text()};
}

std::string language_of(Element const& block) { return block.attribute(ns::xml, "lang").value_or(""); }

void read_locale(Request& request, Element const& block) {
  // MS-WSMV 3.1.4.1.8
  if (must_understand(block)) throw faults::locale_must_understand();
  request.locale = language_of(block);
}

/// One header block that requests may carry. Each may be there once: which of two a reader takes is not left
/// to chance.
struct KnownHeader {
  std::string_view ns;
  std::string_view name;
  /// Nothing may look like it in another namespace: it decides what is done, to what, or for whom.
  bool guarded;
  void (*read)(Request& request, Element const& block);
};

// Blocks that a plug-in reads itself (Request::header) have no reader here.
constexpr auto known_headers = std::to_array<KnownHeader>({
    {ns::addressing, "MessageID", true, nullptr},
    {ns::addressing, "Action", true, [](Request& r, Element const& e) { r.action = read_uri(e); }},
    {ns::addressing, "To", true, [](Request& r, Element const& e) { r.to = read_uri(e); }},
    {ns::addressing, "ReplyTo", true, [](Request&, Element const& e) { require_anonymous(e); }},
    {ns::addressing, "FaultTo", true, [](Request&, Element const& e) { require_anonymous(e); }},
    {ns::addressing, "From", false, nullptr},
    {ns::addressing, "RelatesTo", false, nullptr},
    {ns::wsman, "ResourceURI", true, [](Request& r, Element const& e) { r.resource_uri = read_uri(e); }},
    {ns::wsman, "SelectorSet", true,
     [](Request& r, Element const& e) { r.selectors = read_selector_set(e); }},
    {ns::wsman, "OptionSet", true, [](Request& r, Element const& e) { r.options = read_option_set(e); }},
    {ns::wsman, "MaxEnvelopeSize", true,
     [](Request& r, Element const& e) { r.max_envelope_size = read_envelope_size(e); }},
    {ns::wsman, "OperationTimeout", true,
     [](Request& r, Element const& e) { r.operation_timeout = read_timeout(e); }},
    {ns::wsman, "Locale", false, read_locale},
    {ns::wsman, "FragmentTransfer", true,
     [](Request& r, Element const& e) { r.fragment = read_fragment(e); }},
    {ns::wsman, "RequestTotalItemsCountEstimate", false,
     [](Request& r, Element const&) { r.total_items_requested = true; }},
    {ns::wsmv, "DataLocale", false, [](Request& r, Element const& e) { r.data_locale = language_of(e); }},
    {ns::wsmv, "SessionId", false, [](Request& r, Element const& e) { r.session_id = e.trimmed_text(); }},
    {ns::wsmv, "OperationID", false, [](Request& r, Element const& e) { r.operation_id = e.trimmed_text(); }},
    {ns::wsmv, "SequenceId", false, nullptr},
    {ns::wsmv, "ActivityId", false, nullptr},
    {ns::eventing, "Identifier", true, nullptr},
    {ns::shell, "CompressionType", false,
     [](Request& r, Element const& e) { r.compression_type = e.trimmed_text(); }},
});

constexpr std::size_t unknown_header = known_headers.size();

/// The index of a block's row, or unknown_header.
std::size_t row_of(Element const& block) {
  std::string_view const name = block.local_name();
  std::string_view const ns = block.ns();
  std::size_t i = 0;
  while (i < known_headers.size() && !(known_headers[i].name == name && known_headers[i].ns == ns)) ++i;
  return i;
}

void refuse_look_alike(Element const& block) {
  for (KnownHeader const& known : known_headers) {
    if (known.guarded && block.local_name() == known.name) {
      throw faults::invalid_message_information_header(
          fmt::format("The header '{}' is in the namespace '{}', and belongs into '{}'.", known.name,
                      block.ns().substr(0, 256), known.ns));
    }
  }
}

/// Collects every block that is not known and must be, so that the fault names them all (SOAP 1.2 part
/// 1, 5.4.8).
class NotUnderstood {
 public:
  void add(Element const& block) {
    Fault another = faults::must_understand(block.ns(), block.local_name());
    if (first_) {
      static_cast<void>(std::move(*first_).with_header(another.header_xml()));
    } else {
      first_ = std::move(another);
    }
  }
  void raise_if_any() {
    if (first_) throw std::move(*first_);
  }

 private:
  std::optional<Fault> first_;
};

/// A robust connection's operation that is sent again is marked mustUnderstand; its answers are not kept
/// here, and doing it twice would be wrong (MS-WSMV 3.1.4.1.39).
void check_retransmission(Element const& headers) {
  Element const operation = find_block(headers, ns::wsmv, "OperationID");
  if (!operation || !must_understand(operation)) return;
  if (find_block(headers, ns::wsmv, "SequenceId").trimmed_text() == "1") {
    throw faults::invalid_message_information_header(
        "An operation that is sent again cannot have the SequenceId 1.");
  }
  throw faults::must_understand(ns::wsmv, "OperationID");
}

struct Block {
  Element element;
  std::size_t row;
};

/// Every block that is for us and known. Refuses too many, repeated, disguised and not understood ones.
std::vector<Block> check_headers(Element const& headers) {
  std::vector<Block> blocks;
  std::bitset<known_headers.size()> seen;
  NotUnderstood not_understood;
  std::size_t count = 0;
  blocks.reserve(known_headers.size());
  for (Element const block : headers.children()) {
    if (++count > limits::soap_headers) {
      throw faults::encoding_limit(
          fmt::format("The message has more than {} header blocks.", limits::soap_headers));
    }
    if (!is_for_us(block)) continue;
    std::size_t const row = row_of(block);
    if (row == unknown_header) {
      refuse_look_alike(block);
      if (must_understand(block)) not_understood.add(block);
      continue;
    }
    if (seen.test(row)) {
      throw faults::invalid_message_information_header(
          fmt::format("The header '{}' is there twice.", known_headers[row].name));
    }
    seen.set(row);
    blocks.push_back({block, row});
  }
  not_understood.raise_if_any();
  return blocks;
}

void read_headers(Request& request, Element const& headers) {
  std::vector<Block> const blocks = check_headers(headers);
  check_retransmission(headers);
  for (Block const& block : blocks) {
    auto const read = known_headers[block.row].read;
    if (read != nullptr) read(request, block.element);
  }
}

/// Actions of the engine's own and eventing's go to an address or a context, not to a resource.
bool needs_resource(std::string_view action) {
  constexpr std::string_view without[] = {"http://schemas.dmtf.org/wbem/wsman/1/wsman/",
                                          "http://schemas.xmlsoap.org/wbmem/wsman/1/wsman/",
                                          "http://schemas.xmlsoap.org/ws/2004/08/eventing/"};
  for (std::string_view const prefix : without) {
    if (unicode::starts_with_ignoring_case(action, prefix)) return false;
  }
  return action != action::end;
}

bool has_white_space(std::string_view text) {
  return text.find_first_of(" \t\r\n") != std::string_view::npos;
}

void require_headers(Request const& request) {
  if (request.message_id.empty()) throw faults::message_information_header_required("MessageID");
  if (!is_message_id(request.message_id)) {
    throw faults::invalid_message_information_header(fmt::format(
        "The MessageID is '{}', and should be 'uuid:' and a UUID.", request.message_id.substr(0, 128)));
  }
  if (request.action.empty()) throw faults::message_information_header_required("Action");
  if (request.resource_uri.empty() && needs_resource(request.action)) {
    throw faults::invalid_resource_uri(
        "The message has no ResourceURI header: it says which resource is meant.");
  }
  if (has_white_space(request.resource_uri)) {
    throw faults::invalid_resource_uri("The ResourceURI header has white space inside.");
  }
}

struct Parts {
  Element headers;
  Element body;
};

/// Header, then Body, and nothing else (SOAP 1.2 part 1, 5.1).
Parts split_envelope(Element const& envelope) {
  if (!envelope.is(ns::soap, "Envelope")) throw faults::soap_version_mismatch();
  Parts parts;
  for (Element const child : envelope.children()) {
    if (child.is(ns::soap, "Header") && !parts.headers && !parts.body) {
      parts.headers = child;
    } else if (child.is(ns::soap, "Body") && !parts.body) {
      parts.body = child;
    } else {
      throw faults::invalid_soap_body(fmt::format(
          "The SOAP Envelope holds an element '{}' too many or in the wrong place.", child.local_name()));
    }
  }
  if (!parts.body) throw faults::invalid_soap_body("The SOAP Envelope has no Body.");
  return parts;
}

}  // namespace

Request Request::parse(std::string_view utf8, Encoding encoding) {
  auto document = xml::Document::parse(utf8);
  if (!document)
    throw faults::invalid_xml(fmt::format("The message is not usable XML: {}", document.error().message));
  Request request(std::move(*document));
  request.encoding = encoding;
  auto const [headers, body] = split_envelope(request.document_.root());
  request.headers_ = headers;
  request.body_ = body.first_child();
  request.message_id = find_block(headers, ns::addressing, "MessageID").trimmed_text();
  try {
    read_headers(request, headers);
    require_headers(request);
    if (request.body_.next_sibling())
      throw faults::invalid_soap_body("The SOAP Body holds more than one element.");
  } catch (Fault& fault) {
    throw std::move(fault).relating_to(request.message_id);
  }
  return request;
}

std::string message_id_of(std::string_view utf8) {
  auto const document = xml::Document::parse(utf8);
  if (!document || !document->root().is(ns::soap, "Envelope")) return {};
  std::string id =
      document->root().child(ns::soap, "Header").child(ns::addressing, "MessageID").trimmed_text();
  return is_message_id(id) ? id : std::string{};
}

Element Request::header(std::string_view ns, std::string_view local_name) const {
  Element found;
  for (Element const block : headers_.children()) {
    if (!block.is(ns, local_name) || !is_for_us(block)) continue;
    if (found) return {};
    found = block;
  }
  return found;
}

}  // namespace winrm::wsman
