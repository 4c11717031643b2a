#include "providers/system/classes.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

void add_system_classes(cim::Registry& registry) {
  add_operating_system(registry);
  add_computer_system(registry);
  add_computer_system_product(registry);
  add_bios(registry);
  add_base_board(registry);
  add_system_enclosure(registry);
  add_processor(registry);
  add_physical_memory(registry);
  add_physical_memory_array(registry);
  add_time_zone(registry);
  add_current_time(registry);
  add_environment(registry);
  add_startup_command(registry);
  add_page_file_usage(registry);
  add_wmi_setting(registry);
}

}  // namespace winrm::providers
