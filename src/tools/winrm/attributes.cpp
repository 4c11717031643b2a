#include "tools/winrm/attributes.hpp"

#include <algorithm>
#include <array>

#include "xml/names.hpp"

namespace winrm::tools::winrm_tool {
namespace {

/// xsi:type, xsi:nil (that of some peers is in xsd), xml:lang.
constexpr auto markup = std::to_array<std::string_view>({ns::xsi, ns::xsd, ns::xml});
constexpr auto protocol = std::to_array<std::string_view>({ns::fault, ns::addressing, ns::wsman});

}  // namespace

std::vector<xml::Element::AttributeView> shown_attributes(xml::Element element) {
  if (std::ranges::find(protocol, element.ns()) != protocol.end()) return {};
  auto attributes = element.attributes();
  std::erase_if(attributes, [](auto const& attribute) {
    return std::ranges::find(markup, attribute.ns) != markup.end();
  });
  return attributes;
}

std::string member_name(xml::Element element, std::string_view attribute) {
  bool taken = !element.first_child() && attribute == "value";
  for (auto const child : element.children()) taken = taken || child.local_name() == attribute;
  return std::string(taken ? "@" : "").append(attribute);
}

}  // namespace winrm::tools::winrm_tool
