#pragma once

#include <string>
#include <string_view>

#include "xml/document.hpp"

namespace winrm::tools::winrm_tool {

/// -format.
enum class Format { text, pretty, xml, json };

/// Windows' layout (windows-surface 2.5): four blanks a level, "Name = value", repeated values on one line.
/// Ends with a line break.
[[nodiscard]] std::string format_text(xml::Element element);

/// The XML, indented by two blanks a level. Ends with a line break.
[[nodiscard]] std::string format_pretty(std::string_view xml);

/// One JSON object on one line: __CLASS, then the properties; xsi:nil is null, repeated elements are an
/// array, xsi:type decides between text, numbers and booleans. Ends with a line break.
[[nodiscard]] std::string format_json(xml::Element element);

/// In the format asked for; xml is the element on one line.
[[nodiscard]] std::string format_element(xml::Element element, Format format);

}  // namespace winrm::tools::winrm_tool
