#include "providers/providers.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

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
  add_system_classes(registry);
  add_account_classes(registry);
  add_package_classes(registry);
  add_process_classes(registry);
  add_service_classes(registry);
  add_performance_classes(registry);
  add_eventlog_classes(registry);
  add_storage_classes(registry);
  add_network_classes(registry);
  registry.seal();
  return registry;
}

}  // namespace winrm::providers
