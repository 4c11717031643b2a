#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/unicode.hpp"
#include "tools/common/json_text.hpp"
#include "tools/winrm/attributes.hpp"
#include "tools/winrm/format.hpp"
#include "tools/winrm/grouping.hpp"
#include "xml/names.hpp"

namespace winrm::tools::winrm_tool {
namespace {

/// JSON's grammar for numbers; "007", "+1" and "INF" are text.
bool is_json_number(std::string_view text) {
  auto digits = [&] {
    std::size_t count = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      text.remove_prefix(1);
      ++count;
    }
    return count;
  };
  if (text.starts_with('-')) text.remove_prefix(1);
  bool const leading_zero = text.starts_with('0');
  auto const whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

/// What DSP0230 (cimUnsignedInt) and XML Schema (xs:int) call numbers.
constexpr auto number_types =
    std::to_array<std::string_view>({"cimUnsignedByte", "cimByte",   "cimUnsignedShort", "cimShort",
                                     "cimUnsignedInt",  "cimInt",    "cimUnsignedLong",  "cimLong",
                                     "cimFloat",        "cimDouble", "unsignedByte",     "byte",
                                     "unsignedShort",   "short",     "unsignedInt",      "int",
                                     "unsignedLong",    "long",      "integer",          "decimal",
                                     "float",           "double"});

std::string_view type_of(std::string const& xsi_type) {
  std::string_view const text(xsi_type);
  auto const colon = text.find(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

void append_leaf(std::string& out, xml::Element element) {
  auto const text = element.text();
  auto const attribute = element.attribute(ns::xsi, "type").value_or("");
  auto const type = type_of(attribute);
  if (std::find(number_types.begin(), number_types.end(), type) != number_types.end() && is_json_number(text))
    out += text;
  else if ((type == "cimBoolean" || type == "boolean") &&
           (unicode::equals_ignoring_case(text, "true") || unicode::equals_ignoring_case(text, "false")))
    out += unicode::to_lower_ascii(text);
  else
    append_json_text(out, text);
}

void append_value(std::string& out, xml::Element element);

std::string key_of(xml::Element element) {
  if (element.is(ns::wsman, "Selector")) return element.attribute("", "Name").value_or("");
  return std::string(element.local_name());
}

void append_members(std::string& out, xml::Element element, bool first) {
  auto const by_key = [](xml::Element child) { return std::optional(key_of(child)); };
  for (auto const& same : group_children(element, by_key)) {
    if (!first) out += ',';
    first = false;
    append_json_text(out, key_of(same.front()));
    out += ':';
    if (same.size() == 1) {
      append_value(out, same.front());
      continue;
    }
    out += '[';
    for (std::size_t i = 0; i < same.size(); ++i) {
      if (i > 0) out += ',';
      append_value(out, same[i]);
    }
    out += ']';
  }
}

void append_attributes(std::string& out, xml::Element element, bool first) {
  for (auto const& attribute : shown_attributes(element)) {
    if (!first) out += ',';
    first = false;
    append_json_text(out, member_name(element, attribute.local_name));
    out += ':';
    append_json_text(out, attribute.value);
  }
}

/// An element with attributes: an object, whose text is a member, too.
void append_object(std::string& out, xml::Element element) {
  out += '{';
  append_attributes(out, element, true);
  if (element.first_child()) {
    append_members(out, element, false);
  } else if (element.is_nil()) {
    out += ",\"value\":null";
  } else if (!element.text().empty()) {
    out += ",\"value\":";
    append_leaf(out, element);
  }
  out += '}';
}

void append_value(std::string& out, xml::Element element) {
  if (!shown_attributes(element).empty()) return append_object(out, element);
  if (element.is_nil()) {
    out += "null";
    return;
  }
  auto const only = element.first_child();
  if (!only) {
    append_leaf(out, element);
  } else if (only.ns() == ns::cim && !only.next_sibling() && !only.first_child()) {
    append_json_text(out, only.text());  // cim:Datetime, cim:Interval: a value, not an object
  } else {
    out += '{';
    append_members(out, element, true);
    out += '}';
  }
}

/// A fault's code is a number to a script.
void append_fault_attributes(std::string& out, xml::Element element) {
  if (!element.is(ns::fault, "WSManFault")) return;
  if (auto const code = element.attribute("", "Code"); code && is_json_number(*code))
    out += ",\"Code\":" + *code;
  if (auto const machine = element.attribute("", "Machine")) {
    out += ",\"Machine\":";
    append_json_text(out, *machine);
  }
}

}  // namespace

std::string format_json(xml::Element element) {
  std::string out = "{\"__CLASS\":";
  append_json_text(out, element.local_name());
  append_fault_attributes(out, element);
  append_attributes(out, element, false);
  if (element.first_child()) {
    append_members(out, element, false);
  } else if (!element.is_nil()) {
    out += ",\"value\":";
    append_leaf(out, element);
  }
  out += "}\n";
  return out;
}

}  // namespace winrm::tools::winrm_tool
