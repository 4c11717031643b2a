#pragma once

#include "cim/registry.hpp"

namespace winrm::providers {

void add_operating_system(cim::Registry& registry);
void add_computer_system(cim::Registry& registry);

}  // namespace winrm::providers
