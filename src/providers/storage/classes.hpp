#pragma once

#include "cim/registry.hpp"

namespace winrm::providers {

void add_disk_drive(cim::Registry& registry);
void add_disk_partition(cim::Registry& registry);
void add_disk_links(cim::Registry& registry);
void add_logical_disk(cim::Registry& registry);
void add_volume(cim::Registry& registry);
void add_mount_point(cim::Registry& registry);
void add_files(cim::Registry& registry);
void add_folder_links(cim::Registry& registry);
void add_file_security(cim::Registry& registry);
void add_share(cim::Registry& registry);

}  // namespace winrm::providers
