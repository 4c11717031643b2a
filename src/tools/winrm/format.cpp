#include "tools/winrm/format.hpp"

#include "tools/winrm/rows.hpp"

namespace winrm::tools::winrm_tool {

std::string format_element(xml::Element element, Format format, TextStyle style) {
  switch (format) {
    case Format::pretty:
      return format_pretty(element.serialize());
    case Format::xml:
      return element.serialize() + "\n";
    case Format::json:
      return format_json(element);
    case Format::csv:
      return csv_header(row_of(element)) + csv_line(row_of(element));
    case Format::table:
      return format_table({row_of(element)});
    case Format::text:
      break;
  }
  return format_text(element, style);
}

}  // namespace winrm::tools::winrm_tool
