#include "tools/winrm/rows.hpp"

#include <algorithm>
#include <optional>

#include "tools/common/printable.hpp"
#include "tools/winrm/attributes.hpp"
#include "tools/winrm/grouping.hpp"
#include "xml/names.hpp"

namespace winrm::tools::winrm_tool {
namespace {

constexpr std::size_t gap = 2;

std::string name_of(xml::Element element) {
  if (element.is(ns::wsman, "Selector")) return element.attribute("", "Name").value_or("");
  return std::string(element.local_name());
}

/// cim:Datetime and its like are a value, not an object.
bool is_value(xml::Element element) {
  auto const only = element.first_child();
  return !only || (only.ns() == ns::cim && !only.next_sibling() && !only.first_child());
}

std::string value_of(xml::Element element) {
  if (element.is_nil()) return {};
  auto const only = element.first_child();
  return only ? only.text() : element.text();
}

void append_attributes(Row& row, xml::Element element, std::string const& prefix) {
  for (auto const& attribute : shown_attributes(element))
    row.cells.emplace_back(prefix + member_name(element, attribute.local_name), attribute.value);
}

/// A value with attributes: an empty one is only there to have them.
void append_value_cells(Row& row, xml::Element element, std::string const& name) {
  if (auto value = value_of(element); !value.empty()) row.cells.emplace_back(name, std::move(value));
  append_attributes(row, element, name + ".");
}

bool has_attributes(xml::Element element) { return !shown_attributes(element).empty(); }

void append_cells(Row& row, xml::Element element, std::string const& prefix) {
  append_attributes(row, element, prefix);
  auto const by_name = [](xml::Element child) { return std::optional(name_of(child)); };
  for (auto const& same : group_children(element, by_name)) {
    auto const name = prefix + name_of(same.front());
    if (!is_value(same.front())) {
      for (auto const child : same) append_cells(row, child, name + ".");
      continue;
    }
    if (std::ranges::any_of(same, has_attributes)) {
      for (auto const child : same) append_value_cells(row, child, name);
      continue;
    }
    std::string joined;
    for (std::size_t i = 0; i < same.size(); ++i) joined.append(i > 0 ? ";" : "").append(value_of(same[i]));
    row.cells.emplace_back(name, std::move(joined));
  }
}

void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (char const c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

template <class Part>
std::string csv(Row const& row, Part part) {
  std::string out;
  for (auto const& cell : row.cells) {
    if (&cell != &row.cells.front()) out += ',';
    append_field(out, part(cell));
  }
  return out += '\n';
}

/// Characters, as far as a terminal shows one column for each.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string on_one_line(std::string_view text) {
  auto out = printable(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

void append_line(std::string& out, std::vector<std::string> const& cells,
                 std::vector<std::size_t> const& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i)
    line.append(cells[i]).append(widths[i] - width_of(cells[i]) + gap, ' ');
  line.erase(line.find_last_not_of(' ') + 1);
  out.append(line).append("\n");
}

}  // namespace

Row row_of(xml::Element element) {
  Row row;
  row.title = element.local_name();
  if (is_value(element) && has_attributes(element))
    append_value_cells(row, element, name_of(element));
  else if (is_value(element))
    row.cells.emplace_back(name_of(element), value_of(element));
  else
    append_cells(row, element, {});
  return row;
}

bool share_header(Row const& a, Row const& b) {
  return a.title == b.title && std::equal(a.cells.begin(), a.cells.end(), b.cells.begin(), b.cells.end(),
                                          [](auto const& x, auto const& y) { return x.first == y.first; });
}

std::string csv_header(Row const& row) {
  return csv(row, [](auto const& cell) -> std::string const& { return cell.first; });
}

std::string csv_line(Row const& row) {
  return csv(row, [](auto const& cell) -> std::string const& { return cell.second; });
}

std::string format_table(std::vector<Row> const& rows) {
  std::vector<std::vector<std::string>> lines(1);
  for (auto const& cell : rows.front().cells) lines.front().push_back(on_one_line(cell.first));
  for (auto const& row : rows) {
    auto& line = lines.emplace_back();
    for (auto const& cell : row.cells) line.push_back(on_one_line(cell.second));
  }
  std::vector<std::size_t> widths(lines.front().size());
  for (auto const& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width_of(line[i]));
  std::string out;
  for (auto const& line : lines) append_line(out, line, widths);
  return out;
}

}  // namespace winrm::tools::winrm_tool
