#pragma once

#include "cim/registry.hpp"

namespace winrm::providers {

void add_log_event(cim::Registry& registry);
void add_eventlog_file(cim::Registry& registry);

}  // namespace winrm::providers
