#include "cim/namespaces.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <vector>

#include "base/unicode.hpp"

namespace winrm::cim {

namespace {

/// They are there on every Windows, with or without classes in them.
constexpr std::string_view always[] = {"root/cimv2", "root/default", "root/hardware", "root/standardcimv2"};

class NamespaceCursor final : public Cursor {
 public:
  explicit NamespaceCursor(std::span<NamespaceRow const> rows) : rows_(rows) {}
  void const* next() override { return at_ < rows_.size() ? &rows_[at_++] : nullptr; }

 private:
  std::span<NamespaceRow const> rows_;  // of the provider, which lives as long as the registry
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::string> all_namespaces(std::vector<std::string_view> const& used) {
  std::set<std::string> names;
  auto const add = [&](std::string_view ns) {
    for (auto slash = ns.find('/'); slash != std::string_view::npos; slash = ns.find('/', slash + 1)) {
      names.insert(unicode::to_lower_ascii(ns.substr(0, slash)));
    }
    names.insert(unicode::to_lower_ascii(ns));
  };
  for (auto const ns : always) add(ns);
  for (auto const ns : used) add(ns);
  return {names.begin(), names.end()};
}

SchemaView namespace_schema(std::string_view ns) {
  SchemaView view(schema_of<NamespaceRow>);
  view.name.ns = ns;
  return view;
}

AnyProvider namespace_provider(std::string_view ns, std::vector<std::string> const& all) {
  auto rows = std::make_shared<std::vector<NamespaceRow>>();
  auto const prefix = std::string(ns) + "/";
  for (auto const& name : all) {
    if (!name.starts_with(prefix)) continue;
    auto const below = name.substr(prefix.size());
    if (below.find('/') == std::string::npos) rows->push_back({below});
  }
  AnyProvider provider;
  provider.enumerate = {
      rows, [](void const* of, system::Host const&, Query&&) -> std::unique_ptr<Cursor> {
        return std::make_unique<NamespaceCursor>(*static_cast<std::vector<NamespaceRow> const*>(of));
      }};
  provider.copy = {nullptr, [](void const*, void const* row) -> std::shared_ptr<void const> {
                     return std::make_shared<NamespaceRow const>(*static_cast<NamespaceRow const*>(row));
                   }};
  return provider;
}

}  // namespace winrm::cim
