#include "providers/eventlog/classes.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

void add_eventlog_classes(cim::Registry& registry) {
  add_log_event(registry);
  add_eventlog_file(registry);
}

}  // namespace winrm::providers
