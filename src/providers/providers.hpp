#pragma once

#include "cim/registry.hpp"

/// The CIM classes over this machine's data. Every class is one file: its row, its schema and how it is
/// filled.
namespace winrm::providers {

/// All classes, sealed. The list of what is registered is in providers.cpp.
[[nodiscard]] cim::Registry make_registry();

}  // namespace winrm::providers
