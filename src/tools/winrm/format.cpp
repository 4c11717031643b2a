#include "tools/winrm/format.hpp"

namespace winrm::tools::winrm_tool {

std::string format_element(xml::Element element, Format format) {
  switch (format) {
    case Format::pretty:
      return format_pretty(element.serialize());
    case Format::xml:
      return element.serialize() + "\n";
    case Format::json:
      return format_json(element);
    case Format::text:
      break;
  }
  return format_text(element);
}

}  // namespace winrm::tools::winrm_tool
