#include "providers/storage/classes.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

void add_storage_classes(cim::Registry& registry) { add_logical_disk(registry); }

}  // namespace winrm::providers
