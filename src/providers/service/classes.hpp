#pragma once

#include "cim/registry.hpp"

namespace winrm::providers {

void add_service(cim::Registry& registry);
void add_system_services(cim::Registry& registry);
void add_dependent_service(cim::Registry& registry);
void add_load_order_group(cim::Registry& registry);
void add_scheduled_job(cim::Registry& registry);

}  // namespace winrm::providers
