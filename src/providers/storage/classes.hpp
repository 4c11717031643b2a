#pragma once

#include "cim/registry.hpp"

namespace winrm::providers {

void add_logical_disk(cim::Registry& registry);

}  // namespace winrm::providers
