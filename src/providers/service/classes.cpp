#include "providers/service/classes.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

void add_service_classes(cim::Registry& registry) {
  add_service(registry);
  add_system_services(registry);
  add_dependent_service(registry);
  add_load_order_group(registry);
  add_scheduled_job(registry);
}

}  // namespace winrm::providers
