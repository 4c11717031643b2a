#pragma once

#include "cim/registry.hpp"

namespace winrm::providers {

void add_process(cim::Registry& registry);
void add_process_startup(cim::Registry& registry);
void add_thread(cim::Registry& registry);
void add_system_processes(cim::Registry& registry);

}  // namespace winrm::providers
