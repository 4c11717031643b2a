#pragma once

#include "cim/registry.hpp"

namespace winrm::providers {

void add_operating_system(cim::Registry& registry);
void add_computer_system(cim::Registry& registry);
void add_computer_system_product(cim::Registry& registry);
void add_bios(cim::Registry& registry);
void add_base_board(cim::Registry& registry);
void add_system_enclosure(cim::Registry& registry);
void add_processor(cim::Registry& registry);
void add_physical_memory(cim::Registry& registry);
void add_physical_memory_array(cim::Registry& registry);
void add_time_zone(cim::Registry& registry);
void add_current_time(cim::Registry& registry);
void add_environment(cim::Registry& registry);
void add_startup_command(cim::Registry& registry);
void add_page_file_usage(cim::Registry& registry);
void add_wmi_setting(cim::Registry& registry);

}  // namespace winrm::providers
