#include <algorithm>
#include <array>
#include <optional>

#include "cim/schema.hpp"
#include "providers/network/classes.hpp"
#include "system/host.hpp"
#include "system/mounts.hpp"

namespace winrm::providers {

namespace {

struct NetworkConnection {
  std::string name;
  std::string local_name;
  std::string remote_name;
  std::string provider_name;
  std::string connection_type;
  bool persistent = false;
  std::optional<std::string> user_name;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::NetworkConnection> = [] {
  using C = winrm::providers::NetworkConnection;
  using std::string, std::string_view, std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_NetworkConnection", "CIM_LogicalElement")
          .described("A folder of another machine that is mounted here through SMB or NFS."),
      key<&C::name>("Name").case_exact(),
      prop<&C::name>("Caption").case_exact(),
      constant<string_view>("ConnectionState", "Connected"),
      prop<&C::connection_type>("ConnectionType"),
      prop<&C::name>("Description").case_exact(),
      constant<string_view>("DisplayType", "Share"),
      prop<&C::local_name>("LocalName").case_exact().described("The mount point."),
      prop<&C::persistent>("Persistent").described("/etc/fstab mounts it."),
      prop<&C::provider_name>("ProviderName").described("The kind of file system: cifs, nfs4."),
      prop<&C::remote_name>("RemoteName").case_exact(),
      prop<&C::remote_name>("RemotePath").case_exact(),
      constant<string_view>("ResourceType", "Disk"),
      prop<&C::user_name>("UserName"),
      unknown<uint32_t>("AccessMask"), unknown<string>("Comment"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using namespace std::string_view_literals;
using system::Host;
using system::Mount;

constexpr std::array network_types{"nfs"sv, "nfs4"sv, "cifs"sv, "smb3"sv, "smbfs"sv};

cim::Generator<NetworkConnection> enumerate(Host const& host, cim::Query const& /*query*/) {
  auto const configured = system::configured_mounts(host);
  for (auto const& mount : system::visible_mounts(host)) {
    if (std::ranges::find(network_types, mount.type) == network_types.end()) continue;
    NetworkConnection row;
    row.local_name = mount.point;
    row.remote_name = mount.source;
    row.name = mount.source + " (" + mount.point + ")";
    row.provider_name = mount.type;
    row.persistent = configured && configured->contains(mount.point);
    row.connection_type = row.persistent ? "Persistent Connection" : "Current Connection";
    row.user_name = mount.super_option("username");
    co_yield row;
  }
}

}  // namespace

void add_network_connection(cim::Registry& registry) {
  registry.add<NetworkConnection>({.enumerate = enumerate});
}

}  // namespace winrm::providers
