#pragma once

#include "cim/registry.hpp"

namespace winrm::providers {

void add_product(cim::Registry& registry);
void add_quick_fix_engineering(cim::Registry& registry);

}  // namespace winrm::providers
