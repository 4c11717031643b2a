#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cim/provider.hpp"
#include "cim/schema.hpp"

namespace winrm::cim {

/// An instance of __NAMESPACE: a namespace directly below the one it is in.
struct NamespaceRow {
  std::string name;
};

/// The namespaces of `used`, those that Windows always has, and all their parents, sorted.
[[nodiscard]] std::vector<std::string> all_namespaces(std::vector<std::string_view> const& used);

/// __NAMESPACE of the namespace `ns`, which lives as long as the schema. `all` are the namespaces there are.
[[nodiscard]] SchemaView namespace_schema(std::string_view ns);
[[nodiscard]] AnyProvider namespace_provider(std::string_view ns, std::vector<std::string> const& all);

}  // namespace winrm::cim

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::cim::NamespaceRow> = winrm::cim::describe(
    winrm::cim::ClassName("root", "__NAMESPACE", "").described("A namespace below the one that is asked."),
    winrm::cim::key<&winrm::cim::NamespaceRow::name>("Name"));
// clang-format on
