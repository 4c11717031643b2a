#include "cim/schema.hpp"
#include "providers/common/references.hpp"
#include "providers/storage/classes.hpp"
#include "system/host.hpp"
#include "system/mounts.hpp"

namespace winrm::providers {

namespace {

struct MountPoint {
  cim::Reference directory;
  cim::Reference volume;
  std::string mount_options;
  std::string file_system_options;
  std::string source_folder;
  bool read_only = false;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::MountPoint> = [] {
  using M = winrm::providers::MountPoint;
  return describe(
      ClassName("root/cimv2", "Linux_MountPoint", "Win32_MountPoint").association()
          .described("A place where a volume is mounted, with how it is mounted there."),
      key<&M::directory>("Directory").refers_to("Win32_Directory"),
      key<&M::volume>("Volume").refers_to("Win32_Volume"),
      prop<&M::mount_options>("MountOptions").described("Of this mount: rw,relatime,nosuid."),
      prop<&M::file_system_options>("FileSystemOptions").described("Of the file system, wherever it is mounted."),
      prop<&M::source_folder>("SourceFolder").case_exact()
          .described("The folder of the file system that is shown: / unless it is a bind mount or a subvolume."),
      prop<&M::read_only>("ReadOnly"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

cim::Generator<MountPoint> enumerate(Host const& host, cim::Query const& /*query*/) {
  for (auto const& mount : system::visible_mounts(host)) {
    auto const device = mount.block_device();
    if (!device) continue;
    MountPoint row;
    row.directory = reference_to("Win32_Directory", "Name", mount.point);
    row.volume = reference_to("Win32_Volume", "DeviceID", *device);
    row.mount_options = mount.options;
    row.file_system_options = mount.super_options;
    row.source_folder = mount.root;
    row.read_only = mount.read_only;
    co_yield row;
  }
}

}  // namespace

void add_mount_point(cim::Registry& registry) { registry.add<MountPoint>({.enumerate = enumerate}); }

}  // namespace winrm::providers
