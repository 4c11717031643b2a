#pragma once

#include <string>
#include <string_view>

namespace winrm {

/// What stands for a network peer where something is counted for each: its address, or the /64 of an IPv6
/// address, for whoever has one of these has all of its addresses.
[[nodiscard]] std::string address_key(std::string_view address);

}  // namespace winrm
