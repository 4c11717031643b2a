#include "providers/performance/classes.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

void add_performance_classes(cim::Registry& registry) {
  add_processor_counters(registry);
  add_memory_counters(registry);
  add_system_counters(registry);
  add_disk_counters(registry);
  add_network_counters(registry);
  add_process_counters(registry);
}

}  // namespace winrm::providers
