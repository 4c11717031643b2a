#include "providers/providers.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

namespace {

constexpr Area all_areas[] = {
    {"System", add_system_classes},      {"Accounts", add_account_classes},
    {"Packages", add_package_classes},   {"Processes", add_process_classes},
    {"Services", add_service_classes},   {"Performance counters", add_performance_classes},
    {"Event log", add_eventlog_classes}, {"Storage", add_storage_classes},
    {"Network", add_network_classes},    {"Inventory", add_provider_inventory}};

}  // namespace

std::span<Area const> areas() { return all_areas; }

cim::Registry make_registry() {
  cim::Registry registry;
  add_base_classes(registry);
  add_association_parents(registry);
  add_process_parents(registry);
  add_statistics_parents(registry);
  add_hardware_parents(registry);
  add_account_parents(registry);
  add_storage_parents(registry);
  add_network_parents(registry);
  for (auto const& area : areas()) area.add(registry);
  registry.seal();
  return registry;
}

}  // namespace winrm::providers
