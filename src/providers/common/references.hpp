#pragma once

#include <string>
#include <string_view>

#include "cim/value.hpp"
#include "system/host.hpp"

/// The ends of associations. All of them name instances of root/cimv2.
namespace winrm::providers {

/// An instance of a class that has one key.
[[nodiscard]] cim::Reference reference_to(std::string_view class_name, std::string_view key,
                                          std::string value);

/// This machine, as Win32_ComputerSystem names it.
[[nodiscard]] cim::Reference this_computer(system::Host const& host);

}  // namespace winrm::providers
