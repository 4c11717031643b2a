#include "providers/network/classes.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

void add_network_classes(cim::Registry& registry) {
  add_adapter(registry);
  add_adapter_configuration(registry);
  add_adapter_setting(registry);
  add_route(registry);
  add_ping_status(registry);
  add_tcp_connection(registry);
  add_udp_endpoint(registry);
  add_network_connection(registry);
}

}  // namespace winrm::providers
