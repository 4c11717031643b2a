#pragma once

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/winrm/hash.hpp"
#include "xml/document.hpp"

namespace winrm::tools::winrm_tool {

/// <p:ROOT xmlns:p="NS"><p:KEY>VALUE</p:KEY>…</p:ROOT>: the body of Create and of methods. A missing value is
/// xsi:nil.
[[nodiscard]] std::string input_body(std::string_view root, std::string_view ns,
                                     std::vector<HashEntry> const& entries);

/// `instance` with the values of `entries`: the body of Put. Throws UsageError for a key that is given twice,
/// that the instance does not have, or whose property is an array or not a text.
[[nodiscard]] std::string patched_body(xml::Element instance, std::vector<HashEntry> const& entries);

/// The whole file, or all of `standard_input` for "-". Throws UsageError.
[[nodiscard]] std::string read_input_file(std::string const& file, std::istream& standard_input);

/// The entries as <w:SelectorSet>, for the selector filter. Throws UsageError.
[[nodiscard]] std::string selector_filter(std::string_view expression);

/// {object=CLASS?KEY=VALUE; associationclassname=…; …} as b:AssociatedInstances, or b:AssociationInstances
/// when the associations themselves are wanted (DSP0227 12.6). The object is of the namespace of
/// `resource_uri`. Throws UsageError.
[[nodiscard]] std::string association_filter(std::string_view expression, std::string_view resource_uri,
                                             bool associations);

}  // namespace winrm::tools::winrm_tool
