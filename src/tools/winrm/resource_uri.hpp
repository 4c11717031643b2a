#pragma once

#include <span>
#include <string>
#include <string_view>

#include "client/session.hpp"

namespace winrm::tools::winrm_tool {

/// A short name for a URI.
struct Alias {
  std::string_view name;
  std::string_view uri;
};

/// wmi, wmicimv2, cimv2, winrm, wsman, shell: at the start of a resource URI.
[[nodiscard]] std::span<Alias const> uri_aliases();
/// wql, selector, association, xpath: for -dialect.
[[nodiscard]] std::span<Alias const> dialect_aliases();

/// Replaces an alias (wmi, wmicimv2, cimv2, winrm, wsman, shell; any case) at the start.
[[nodiscard]] std::string expand_alias(std::string_view uri);

/// "wmicimv2/Win32_Service?Name=winrm+K2=v" as a locator: alias expanded, selectors taken apart. Values are
/// taken as they stand up to the next '+'. Throws UsageError.
[[nodiscard]] client::ResourceLocator parse_resource_uri(std::string_view text);

/// The last part of a resource URI: "Win32_Service".
[[nodiscard]] std::string_view last_part(std::string_view resource_uri);

/// The URI of a filter or fragment dialect: wql, selector, association, xpath, or a URI itself. Throws
/// UsageError.
[[nodiscard]] std::string expand_dialect(std::string_view dialect);

}  // namespace winrm::tools::winrm_tool
