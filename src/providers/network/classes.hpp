#pragma once

#include "cim/registry.hpp"

namespace winrm::providers {

void add_adapter(cim::Registry& registry);
void add_adapter_configuration(cim::Registry& registry);
void add_adapter_setting(cim::Registry& registry);
void add_route(cim::Registry& registry);
void add_ping_status(cim::Registry& registry);
void add_tcp_connection(cim::Registry& registry);
void add_udp_endpoint(cim::Registry& registry);
void add_network_connection(cim::Registry& registry);

}  // namespace winrm::providers
