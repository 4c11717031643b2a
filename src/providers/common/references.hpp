#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cim/value.hpp"
#include "system/host.hpp"

/// The ends of associations. All of them name instances of root/cimv2.
namespace winrm::providers {

/// An instance of a class that has one key.
[[nodiscard]] cim::Reference reference_to(std::string_view class_name, std::string_view key,
                                          std::string value);

/// False when `asked` (from Query::refers) names an instance whose `key` has another value, whatever its
/// case: rows about `value` are of no interest then, and the caller drops what is let through in vain.
[[nodiscard]] bool may_be_asked(std::optional<cim::Reference> const& asked, std::string_view key,
                                std::string_view value);

/// This machine, as Win32_ComputerSystem names it.
[[nodiscard]] cim::Reference this_computer(system::Host const& host);

}  // namespace winrm::providers
