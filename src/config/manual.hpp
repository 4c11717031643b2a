#pragma once

#include <string>
#include <string_view>

namespace winrm::config {

/// The rows of one table and those below it ("Client": also "Client.Auth"), in roff as winrm.toml(5) has
/// them.
[[nodiscard]] std::string manual_of(std::string_view table);

}  // namespace winrm::config
