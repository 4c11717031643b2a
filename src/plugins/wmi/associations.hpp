#pragma once

#include <memory>

#include "cim/wql/query.hpp"
#include "engine/plugin.hpp"
#include "plugins/wmi/instance.hpp"

/// From an object to what is associated with it (windows reference 7.4, wire reference 6.4). Everything
/// throws wsman::Fault.
namespace winrm::plugins::wmi {

/// ASSOCIATORS OF and REFERENCES OF in the namespace of `resource`.
[[nodiscard]] std::unique_ptr<engine::ItemSource> open_associations(Context const& context,
                                                                    Resource const& resource,
                                                                    cim::wql::Associations const& query,
                                                                    engine::EnumerationMode mode);

/// The DMTF association dialect: b:AssociatedInstances or b:AssociationInstances inside `filter`.
[[nodiscard]] std::unique_ptr<engine::ItemSource> open_association_filter(Context const& context,
                                                                          Resource const& resource,
                                                                          xml::Element const& filter,
                                                                          engine::EnumerationMode mode);

}  // namespace winrm::plugins::wmi
