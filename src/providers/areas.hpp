#pragma once

#include <span>
#include <string_view>

#include "cim/registry.hpp"

/// Registration, one function per area. Each area's function is the visible list of its classes.
namespace winrm::providers {

/// Classes that belong together, by the name that __Win32Provider lists.
struct Area {
  std::string_view name;
  void (*add)(cim::Registry&);
};
/// Those with classes of their own; the parents they share are in none.
[[nodiscard]] std::span<Area const> areas();
void add_provider_inventory(cim::Registry& registry);

void add_base_classes(cim::Registry& registry);
void add_association_parents(cim::Registry& registry);
void add_process_parents(cim::Registry& registry);
void add_statistics_parents(cim::Registry& registry);
void add_hardware_parents(cim::Registry& registry);
void add_account_parents(cim::Registry& registry);
void add_storage_parents(cim::Registry& registry);
void add_network_parents(cim::Registry& registry);
void add_system_classes(cim::Registry& registry);
void add_account_classes(cim::Registry& registry);
void add_package_classes(cim::Registry& registry);
void add_process_classes(cim::Registry& registry);
void add_service_classes(cim::Registry& registry);
void add_performance_classes(cim::Registry& registry);
void add_eventlog_classes(cim::Registry& registry);
void add_storage_classes(cim::Registry& registry);
void add_network_classes(cim::Registry& registry);

}  // namespace winrm::providers
