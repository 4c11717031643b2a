#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cim/wql/query.hpp"
#include "engine/plugin.hpp"
#include "plugins/wmi/instance.hpp"

/// Classes themselves as items of an enumeration (windows reference 7.4, schema queries).
namespace winrm::plugins::wmi {

/// `meta_class`, whose instances are the classes of its namespace.
[[nodiscard]] bool is_meta_class(Resource const& resource);

/// The classes of the resource's namespace that satisfy `where`, sorted by name. Throws wsman::Fault.
[[nodiscard]] std::unique_ptr<engine::ItemSource> open_definitions(
    Context const& context, Resource const& resource, std::optional<cim::wql::Expression> const& where,
    engine::EnumerationMode mode);

/// These classes, which outlive the source.
[[nodiscard]] std::unique_ptr<engine::ItemSource> make_definition_source(
    cim::UriStyle style, engine::EnumerationMode mode, std::vector<cim::Class const*> classes);

}  // namespace winrm::plugins::wmi
