#include <fmt/format.h>

#include "tools/common/printable.hpp"
#include "tools/winrm/attributes.hpp"
#include "tools/winrm/format.hpp"
#include "tools/winrm/grouping.hpp"
#include "xml/names.hpp"

namespace winrm::tools::winrm_tool {
namespace {

constexpr std::size_t indent_step = 4;

bool is_leaf(xml::Element element) { return !element.first_child(); }

bool is_selector(xml::Element element) { return element.is(ns::wsman, "Selector"); }

constexpr std::string_view source_name = "Source";

/// Windows shows where a setting comes from: Basic = false [Source="GPO"].
std::string source_suffix(xml::Element element) {
  auto const source = element.attribute("", source_name);
  return source ? fmt::format(" [Source=\"{}\"]", printable(*source)) : std::string{};
}

std::string printed_value_of(xml::Element element) {
  if (is_selector(element))
    return fmt::format("{} = {}", printable(element.attribute("", "Name").value_or("")),
                       printable(element.text()));
  if (element.is_nil()) return "null";
  return printable(element.text());
}

std::string joined_values(std::vector<xml::Element> const& leaves) {
  std::string values;
  for (std::size_t i = 0; i < leaves.size(); ++i)
    values.append(i > 0 ? ", " : "").append(printed_value_of(leaves[i]));
  return values;
}

/// One line: the values of a leaf and of its namesakes.
void append_leaves(std::string& out, std::vector<xml::Element> const& leaves, std::size_t indent) {
  auto const first = leaves.front();
  out.append(indent, ' ').append(printable(first.local_name()));
  auto const values = joined_values(leaves);
  if (!values.empty()) out.append(is_selector(first) ? ": " : " = ").append(values);
  out.append(source_suffix(first)).append("\n");
}

/// Those that have a line each.
std::vector<xml::Element::AttributeView> attribute_lines(xml::Element element) {
  auto attributes = shown_attributes(element);
  std::erase_if(attributes, [](auto const& attribute) { return attribute.local_name == source_name; });
  return attributes;
}

bool is_one_line(xml::Element element) { return is_leaf(element) && attribute_lines(element).empty(); }

std::optional<std::string> leaf_key(xml::Element element) {
  if (!is_one_line(element)) return std::nullopt;
  return std::string(element.ns()).append(" ").append(element.local_name());
}

void append_element(std::string& out, xml::Element element, std::size_t indent) {
  auto const value = is_leaf(element) ? printed_value_of(element) : std::string{};
  out.append(indent, ' ').append(printable(element.local_name()));
  if (!value.empty()) out.append(" = ").append(value);
  out.append(source_suffix(element)).append("\n");
  for (auto const& attribute : attribute_lines(element))
    out.append(indent + indent_step, ' ')
        .append(fmt::format("{} = {}\n", printable(attribute.local_name), printable(attribute.value)));
  for (auto const& group : group_children(element, leaf_key)) {
    if (is_one_line(group.front()))
      append_leaves(out, group, indent + indent_step);
    else
      append_element(out, group.front(), indent + indent_step);
  }
}

}  // namespace

std::string format_text(xml::Element element, TextStyle style) {
  std::string out;
  if (is_one_line(element))
    append_leaves(out, {element}, 0);
  else
    append_element(out, element, 0);
  if (style.title_on.empty()) return out;
  auto const end = printable(element.local_name()).size();
  return fmt::format("{}{}{}{}", style.title_on, out.substr(0, end), style.title_off, out.substr(end));
}

}  // namespace winrm::tools::winrm_tool
