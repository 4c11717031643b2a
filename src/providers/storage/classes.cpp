#include "providers/storage/classes.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

void add_storage_classes(cim::Registry& registry) {
  add_disk_drive(registry);
  add_disk_partition(registry);
  add_disk_links(registry);
  add_logical_disk(registry);
  add_volume(registry);
  add_mount_point(registry);
  add_files(registry);
  add_folder_links(registry);
  add_file_security(registry);
  add_share(registry);
}

}  // namespace winrm::providers
