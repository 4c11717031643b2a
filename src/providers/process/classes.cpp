#include "providers/process/classes.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

void add_process_classes(cim::Registry& registry) {
  add_process(registry);
  add_process_startup(registry);
  add_thread(registry);
  add_system_processes(registry);
}

}  // namespace winrm::providers
