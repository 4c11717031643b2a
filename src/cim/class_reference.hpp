#pragma once

#include <string>

#include "cim/registry.hpp"

namespace winrm::cim {

/// The reference documentation of every class, as Markdown: properties with types, qualifiers and value maps,
/// methods with parameters and return values, what the class can do. What it says comes from the registry, so
/// it is the same in every run.
[[nodiscard]] std::string class_reference(Registry const& registry);

}  // namespace winrm::cim
