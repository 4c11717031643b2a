#pragma once

#include "wsman/selectors.hpp"
#include "xml/document.hpp"

namespace winrm::wsman {

/// Read the children of a w:SelectorSet or w:OptionSet. Throw wsman::Fault (InvalidSelectors, InvalidOptions,
/// EncodingLimit). `nesting` counts the endpoint references around the set.
[[nodiscard]] SelectorSet read_selector_set(xml::Element const& element, std::size_t nesting = 0);
[[nodiscard]] OptionSet read_option_set(xml::Element const& element);

}  // namespace winrm::wsman
