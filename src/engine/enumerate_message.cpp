#include "engine/enumerate_message.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "base/unicode.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::engine {
namespace {

using wsman::faults::invalid_batch_parameter;

/// xs:positiveInteger; larger than fits is as large as possible, the service's own limits come after.
template <class Number>
Number read_positive(xml::Element const& element) {
  std::string const text = element.trimmed_text();
  Number value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool const all_read = end == text.data() + text.size();
  if (error == std::errc::result_out_of_range && all_read) return std::numeric_limits<Number>::max();
  if (error != std::errc() || !all_read || value == 0) {
    throw invalid_batch_parameter(
        fmt::format("{} is \"{}\"; it must be a number greater than 0.", element.local_name(), text));
  }
  return value;
}

Milliseconds read_max_time(xml::Element const& element) {
  auto const time = parse_duration(element.trimmed_text());
  if (!time || *time <= Milliseconds::zero()) {
    throw invalid_batch_parameter(fmt::format(
        "MaxTime is \"{}\"; it must be a duration longer than nothing, as PT20S.", element.trimmed_text()));
  }
  return *time;
}

/// A point in time (xs:dateTime) is allowed by WS-Enumeration; Windows and this service count idle time only.
Milliseconds read_expires(xml::Element const& element) {
  auto const time = parse_duration(element.trimmed_text());
  if (!time || *time <= Milliseconds::zero()) {
    throw wsman::faults::unsupported_expiration_type(element.trimmed_text());
  }
  return *time;
}

EnumerationMode read_mode(xml::Element const& element) {
  std::string const text = element.trimmed_text();
  if (text == "EnumerateEPR") return EnumerationMode::epr;
  if (text == "EnumerateObjectAndEPR") return EnumerationMode::object_and_epr;
  throw wsman::faults::enumeration_mode_unsupported(text);
}

Polymorphism read_polymorphism(xml::Element const& element) {
  std::string const text = element.trimmed_text();
  if (text == "IncludeSubClassProperties") return Polymorphism::include_subclass_properties;
  if (text == "ExcludeSubClassProperties") return Polymorphism::exclude_subclass_properties;
  if (text == "None") return Polymorphism::none;
  throw wsman::faults::polymorphism_mode_unsupported(text);
}

std::optional<Filter> read_filter(xml::Element const& enumerate) {
  xml::Element const wsman_filter = enumerate.child(ns::wsman, "Filter");
  xml::Element const enumeration_filter = enumerate.child(ns::enumeration, "Filter");
  if (wsman_filter && enumeration_filter) {
    throw wsman::faults::cannot_process_filter(
        "The request has both a wsman:Filter and a wsen:Filter; send one of them.");
  }
  xml::Element const found = wsman_filter ? wsman_filter : enumeration_filter;
  if (!found) return std::nullopt;
  Filter filter;
  filter.dialect = found.attribute("", "Dialect").value_or(std::string(wsman::dialect::xpath));
  filter.text = found.text();
  filter.element = found;
  return filter;
}

void require(xml::Element const& body, std::string_view name) {
  if (body.is(ns::enumeration, name)) return;
  throw wsman::faults::schema_validation(
      fmt::format("The SOAP Body must hold a {} element of the namespace {}.", name, ns::enumeration));
}

std::string read_context(xml::Element const& body) {
  return body.child(ns::enumeration, "EnumerationContext").trimmed_text();
}

void write_items(xml::Writer& writer, std::string_view qname, EnumerationMode mode, Batch const& batch) {
  if (batch.items.empty()) return;
  writer.open(qname);
  for (Item const& item : batch.items) {
    switch (mode) {
      case EnumerationMode::object:
        writer.raw(item.object);
        break;
      case EnumerationMode::epr:
        writer.raw(item.reference);
        break;
      case EnumerationMode::object_and_epr:
        writer.open("w:Item").raw(item.object).raw(item.reference).close();
        break;
    }
  }
  writer.close();
}

}  // namespace

EnumerateBody read_enumerate(xml::Element const& body) {
  require(body, "Enumerate");
  EnumerateBody result;
  result.optimized = static_cast<bool>(body.child(ns::wsman, "OptimizeEnumeration"));
  if (auto const limit = body.child(ns::wsman, "MaxElements")) {
    result.max_elements = read_positive<std::uint32_t>(limit);
  }
  if (auto const expires = body.child(ns::enumeration, "Expires")) result.expires = read_expires(expires);
  if (auto const mode = body.child(ns::wsman, "EnumerationMode")) result.request.mode = read_mode(mode);
  if (auto const mode = body.child(ns::cim_binding, "PolymorphismMode")) {
    result.request.polymorphism = read_polymorphism(mode);
  }
  result.request.filter = read_filter(body);
  return result;
}

PullBody read_pull(xml::Element const& body) {
  require(body, "Pull");
  PullBody result;
  result.context = read_context(body);
  if (auto const limit = body.child(ns::enumeration, "MaxElements")) {
    result.max_elements = read_positive<std::uint32_t>(limit);
  }
  if (auto const time = body.child(ns::enumeration, "MaxTime")) result.max_time = read_max_time(time);
  if (auto const limit = body.child(ns::enumeration, "MaxCharacters")) {
    result.max_characters = read_positive<std::size_t>(limit);
  }
  return result;
}

std::string read_release(xml::Element const& body) {
  require(body, "Release");
  return read_context(body);
}

std::size_t written_size(Item const& item, EnumerationMode mode) {
  switch (mode) {
    case EnumerationMode::object:
      return item.object.size();
    case EnumerationMode::epr:
      return item.reference.size();
    case EnumerationMode::object_and_epr:
      return item.object.size() + item.reference.size() + std::string_view("<w:Item></w:Item>").size();
  }
  return 0;
}

void write_enumerate_response(xml::Writer& body, EnumerationMode mode, Batch const* batch,
                              std::string_view context, std::optional<Milliseconds> granted) {
  body.open("n:EnumerateResponse");
  if (granted) body.element("n:Expires", format_seconds_duration(*granted));
  body.element("n:EnumerationContext", context);
  // Of the WS-Management namespace here, of the WS-Enumeration one in a PullResponse (DSP0226 8.2.3).
  if (batch) {
    write_items(body, "w:Items", mode, *batch);
    if (batch->finished) body.empty("w:EndOfSequence");
  }
  body.close();
}

void write_pull_response(xml::Writer& body, EnumerationMode mode, Batch const& batch,
                         std::string_view context) {
  body.open("n:PullResponse").element("n:EnumerationContext", context);
  write_items(body, "n:Items", mode, batch);
  if (batch.finished) body.empty("n:EndOfSequence");
  body.close();
}

}  // namespace winrm::engine
