#include <netinet/tcp.h>

#include <optional>

#include "base/unicode.hpp"
#include "cim/schema.hpp"
#include "providers/network/classes.hpp"
#include "providers/network/socket_rows.hpp"
#include "system/host.hpp"
#include "system/sockets.hpp"

namespace winrm::providers {

namespace {

struct TcpConnection {
  std::string instance_id;
  std::string local_address;
  std::uint16_t local_port = 0;
  std::string remote_address;
  std::uint16_t remote_port = 0;
  std::uint8_t state = 0;
  std::optional<std::uint32_t> process;
};

enum State : std::uint8_t {
  closed = 1,
  listening = 2,
  syn_sent = 3,
  syn_received = 4,
  established = 5,
  fin_wait_1 = 6,
  fin_wait_2 = 7,
  close_wait = 8,
  closing = 9,
  last_ack = 10,
  time_wait = 11
};
constexpr cim::ValueName states[] = {
    {1, "Closed"},    {2, "Listen"},     {3, "SynSent"},   {4, "SynReceived"}, {5, "Established"},
    {6, "FinWait1"},  {7, "FinWait2"},   {8, "CloseWait"}, {9, "Closing"},     {10, "LastAck"},
    {11, "TimeWait"}, {12, "DeleteTCB"}, {100, "Bound"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::TcpConnection> = [] {
  using T = winrm::providers::TcpConnection;
  namespace map = winrm::providers;
  using std::uint8_t;
  return describe(
      ClassName("root/standardcimv2", "MSFT_NetTCPConnection", "CIM_NetworkPipe")
          .described("A TCP socket that listens or is connected."),
      key<&T::instance_id>("InstanceID"),
      prop<&T::local_address>("LocalAddress"),
      prop<&T::local_port>("LocalPort"),
      prop<&T::process>("OwningProcess").described("Of the processes whose descriptors the account may see."),
      prop<&T::remote_address>("RemoteAddress"),
      prop<&T::remote_port>("RemotePort"),
      prop<&T::state>("State").values(map::states),
      unknown<uint8_t>("AppliedSetting"), unknown<winrm::DateTime>("CreationTime"), unknown<uint8_t>("OffloadState"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

/// include/net/tcp_states.h; a socket whose handshake is not finished is 12 there (TCP_NEW_SYN_RECV).
State state_of(std::uint8_t kernel_state) {
  switch (kernel_state) {
    case TCP_ESTABLISHED:
      return established;
    case TCP_SYN_SENT:
      return syn_sent;
    case TCP_FIN_WAIT1:
      return fin_wait_1;
    case TCP_FIN_WAIT2:
      return fin_wait_2;
    case TCP_TIME_WAIT:
      return time_wait;
    case TCP_CLOSE_WAIT:
      return close_wait;
    case TCP_LAST_ACK:
      return last_ack;
    case TCP_LISTEN:
      return listening;
    case TCP_CLOSING:
      return closing;
    case TCP_CLOSE:
      return closed;
    default:
      return syn_received;
  }
}

cim::Generator<TcpConnection> enumerate(Host const& host, cim::Query const& query) {
  using T = TcpConnection;
  SocketRows rows(host);
  bool const wants_process = query.wants<&T::process>();
  auto const id = query.equals_in_any_case<&T::instance_id>();
  auto const port = query.equals<&T::local_port>();
  for (auto const& socket : system::tcp_sockets(host)) {
    TcpConnection row;
    row.instance_id = rows.instance_id(socket);
    if (port && socket.local_port != *port) continue;
    if (id && !unicode::equals_ignoring_case(*id, row.instance_id)) continue;
    row.local_address = socket.local_address;
    row.local_port = socket.local_port;
    row.remote_address = socket.remote_address;
    row.remote_port = socket.remote_port;
    row.state = state_of(socket.state);
    if (wants_process) row.process = rows.owner(socket);
    co_yield row;
  }
}

}  // namespace

void add_tcp_connection(cim::Registry& registry) { registry.add<TcpConnection>({.enumerate = enumerate}); }

}  // namespace winrm::providers
