#pragma once

#include "cim/registry.hpp"

namespace winrm::providers {

void add_processor_counters(cim::Registry& registry);
void add_memory_counters(cim::Registry& registry);
void add_system_counters(cim::Registry& registry);
void add_disk_counters(cim::Registry& registry);
void add_network_counters(cim::Registry& registry);
void add_process_counters(cim::Registry& registry);

}  // namespace winrm::providers
