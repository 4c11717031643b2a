#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xml/document.hpp"

namespace winrm::tools::winrm_tool {

/// What an element says in attributes, in their order: plug-ins have their properties there (windows-surface
/// 4.5). Not those of XML and XML Schema (xml:lang, xsi:type), and none of what the protocol itself is
/// written with: faults, references and selectors have layouts of their own. Valid while the document lives.
[[nodiscard]] std::vector<xml::Element::AttributeView> shown_attributes(xml::Element element);

/// The name of an attribute among the children of its element: with '@' in front where a child has it, too,
/// or the text ("value").
[[nodiscard]] std::string member_name(xml::Element element, std::string_view attribute);

}  // namespace winrm::tools::winrm_tool
