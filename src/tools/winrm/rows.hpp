#pragma once

#include <string>
#include <utility>
#include <vector>

#include "xml/document.hpp"

namespace winrm::tools::winrm_tool {

/// An instance as one line of a table: columns in the order of the XML. Nested elements are flattened with
/// dots ("Auth.Basic"), repeated ones joined with ';', a nil value is "".
struct Row {
  std::string title;  ///< the element's name: rows of one title and the same columns share a header
  std::vector<std::pair<std::string, std::string>> cells;
};
[[nodiscard]] Row row_of(xml::Element element);
[[nodiscard]] bool share_header(Row const& a, Row const& b);

/// RFC 4180, with line feeds alone.
[[nodiscard]] std::string csv_header(Row const& row);
[[nodiscard]] std::string csv_line(Row const& row);

/// Rows with one header, columns as wide as their widest cell.
[[nodiscard]] std::string format_table(std::vector<Row> const& rows);

}  // namespace winrm::tools::winrm_tool
