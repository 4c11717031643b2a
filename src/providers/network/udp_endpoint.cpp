#include <optional>

#include "base/unicode.hpp"
#include "cim/schema.hpp"
#include "providers/network/classes.hpp"
#include "providers/network/socket_rows.hpp"
#include "system/host.hpp"
#include "system/sockets.hpp"

namespace winrm::providers {

namespace {

struct UdpEndpoint {
  std::string instance_id;
  std::string local_address;
  std::uint16_t local_port = 0;
  std::optional<std::uint32_t> process;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::UdpEndpoint> = [] {
  using U = winrm::providers::UdpEndpoint;
  return describe(
      ClassName("root/standardcimv2", "MSFT_NetUDPEndpoint", "CIM_NetworkPipe").described("A UDP socket with a port."),
      key<&U::instance_id>("InstanceID"),
      prop<&U::local_address>("LocalAddress"),
      prop<&U::local_port>("LocalPort"),
      prop<&U::process>("OwningProcess").described("Of the processes whose descriptors the account may see."),
      unknown<winrm::DateTime>("CreationTime"));
}();
// clang-format on

namespace winrm::providers {

namespace {

cim::Generator<UdpEndpoint> enumerate(system::Host const& host, cim::Query const& query) {
  using U = UdpEndpoint;
  SocketRows rows(host);
  bool const wants_process = query.wants<&U::process>();
  auto const id = query.equals_in_any_case<&U::instance_id>();
  for (auto const& socket : system::udp_sockets(host)) {
    UdpEndpoint row;
    row.instance_id = rows.instance_id(socket);
    if (id && !unicode::equals_ignoring_case(*id, row.instance_id)) continue;
    row.local_address = socket.local_address;
    row.local_port = socket.local_port;
    if (wants_process) row.process = rows.owner(socket);
    co_yield row;
  }
}

}  // namespace

void add_udp_endpoint(cim::Registry& registry) { registry.add<UdpEndpoint>({.enumerate = enumerate}); }

}  // namespace winrm::providers
