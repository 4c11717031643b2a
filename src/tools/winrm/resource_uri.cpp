#include "tools/winrm/resource_uri.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/unicode.hpp"
#include "tools/common/switches.hpp"
#include "wsman/actions.hpp"

namespace winrm::tools::winrm_tool {
namespace {

constexpr auto uri_alias_table = std::to_array<Alias>({
    {"wmi", "http://schemas.microsoft.com/wbem/wsman/1/wmi"},
    {"wmicimv2", "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2"},
    {"cimv2", "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2"},
    {"winrm", "http://schemas.microsoft.com/wbem/wsman/1"},
    {"wsman", "http://schemas.microsoft.com/wbem/wsman/1"},
    {"shell", wsman::resource::shell},
});

constexpr auto dialect_alias_table = std::to_array<Alias>({
    {"wql", wsman::dialect::wql},
    {"selector", wsman::dialect::selector},
    {"association", wsman::dialect::association},
    {"xpath", wsman::dialect::xpath},
});

}  // namespace

std::span<Alias const> uri_aliases() { return uri_alias_table; }
std::span<Alias const> dialect_aliases() { return dialect_alias_table; }

std::string expand_alias(std::string_view uri) {
  auto const end = std::min(uri.find_first_of("/?"), uri.size());
  auto const first = uri.substr(0, end);
  for (auto const& alias : uri_alias_table)
    if (unicode::equals_ignoring_case(first, alias.name))
      return std::string(alias.uri).append(uri.substr(end));
  return std::string(uri);
}

client::ResourceLocator parse_resource_uri(std::string_view text) {
  auto const expanded = expand_alias(text);
  auto const question = std::min(expanded.find('?'), expanded.size());
  client::ResourceLocator locator;
  locator.resource_uri = expanded.substr(0, question);
  if (locator.resource_uri.empty()) throw UsageError("The resource URI is empty.");

  std::string_view rest(expanded);
  rest.remove_prefix(std::min(question + 1, rest.size()));
  while (!rest.empty()) {
    auto const plus = std::min(rest.find('+'), rest.size());
    auto const selector = rest.substr(0, plus);
    auto const equals = selector.find('=');
    if (equals == std::string_view::npos || equals == 0)
      throw UsageError(
          fmt::format("The selector \"{}\" of the resource URI is not NAME=VALUE. Selectors are written "
                      "?NAME=VALUE+NAME=VALUE.",
                      selector));
    locator.selectors.add(std::string(selector.substr(0, equals)), std::string(selector.substr(equals + 1)));
    rest.remove_prefix(std::min(plus + 1, rest.size()));
  }
  return locator;
}

std::string_view last_part(std::string_view resource_uri) {
  auto const slash = resource_uri.rfind('/');
  return slash == std::string_view::npos ? resource_uri : resource_uri.substr(slash + 1);
}

std::string expand_dialect(std::string_view dialect) {
  for (auto const& alias : dialect_alias_table)
    if (unicode::equals_ignoring_case(dialect, alias.name)) return std::string(alias.uri);
  if (dialect.find("://") == std::string_view::npos)
    throw UsageError(
        fmt::format("\"{}\" is no dialect: wql, selector, association, xpath and URIs are.", dialect));
  return std::string(dialect);
}

}  // namespace winrm::tools::winrm_tool
