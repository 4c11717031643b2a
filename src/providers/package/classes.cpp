#include "providers/package/classes.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

void add_package_classes(cim::Registry& registry) {
  add_product(registry);
  add_quick_fix_engineering(registry);
}

}  // namespace winrm::providers
