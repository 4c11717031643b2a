#include "providers/system/classes.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

void add_system_classes(cim::Registry& registry) {
  add_operating_system(registry);
  add_computer_system(registry);
}

}  // namespace winrm::providers
