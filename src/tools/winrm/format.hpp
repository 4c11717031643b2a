#pragma once

#include <string>
#include <string_view>

#include "xml/document.hpp"

namespace winrm::tools::winrm_tool {

/// -format.
enum class Format { text, pretty, xml, json, csv, table };

/// What a terminal is told around the name of an item; empty off a terminal.
struct TextStyle {
  std::string_view title_on;
  std::string_view title_off;
};
inline constexpr TextStyle bold_titles{"\x1b[1m", "\x1b[0m"};

/// Windows' layout (windows-surface 2.5): four blanks a level, "Name = value", repeated values on one line.
/// Attributes (shown_attributes()) come before the children, as these do. Ends with a line break.
[[nodiscard]] std::string format_text(xml::Element element, TextStyle style = {});

/// The XML, indented by two blanks a level. Ends with a line break.
[[nodiscard]] std::string format_pretty(std::string_view xml);

/// One JSON object on one line: __CLASS, then attributes and properties; xsi:nil is null, repeated elements
/// are an array, xsi:type decides between text, numbers and booleans. A text with attributes is the member
/// "value" beside them. Ends with a line break.
[[nodiscard]] std::string format_json(xml::Element element);

/// In the format asked for, alone; xml is the element on one line.
[[nodiscard]] std::string format_element(xml::Element element, Format format, TextStyle style = {});

}  // namespace winrm::tools::winrm_tool
