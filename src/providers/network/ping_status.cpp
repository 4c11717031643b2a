#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include <optional>

#include "cim/schema.hpp"
#include "providers/common/failures.hpp"
#include "providers/network/classes.hpp"
#include "system/host.hpp"
#include "system/network.hpp"

namespace winrm::providers {

namespace {

constexpr std::uint32_t usual_bytes = 32;
constexpr std::uint32_t usual_hops = 80;
constexpr std::uint32_t usual_timeout = 1000;

struct PingStatus {
  std::string address;
  std::uint32_t buffer_size = usual_bytes;
  bool no_fragmentation = false;
  std::uint32_t record_route = 0;
  bool resolve_names = false;
  std::string source_route;
  std::uint32_t source_route_type = 0;
  std::uint32_t time_stamp_route = 0;
  std::uint32_t time_to_live = usual_hops;
  std::uint32_t timeout = usual_timeout;
  std::uint32_t type_of_service = 0;
  std::uint32_t resolution_status = 0;
  std::optional<std::string> protocol_address;
  std::optional<std::string> protocol_address_resolved;
  std::optional<bool> inconsistent;
  std::optional<std::uint32_t> reply_size;
  std::optional<std::uint32_t> response_time;
  std::optional<std::uint32_t> response_time_to_live;
  std::optional<std::uint32_t> status_code;
};

enum StatusCode : std::uint32_t {
  success = 0,
  net_unreachable = 11002,
  host_unreachable = 11003,
  protocol_unreachable = 11004,
  port_unreachable = 11005,
  packet_too_big = 11009,
  timed_out = 11010,
  bad_route = 11012,
  expired_in_transit = 11013,
  expired_in_reassembly = 11014,
  parameter_problem = 11015,
  source_quench = 11016,
  general_failure = 11050
};
constexpr cim::ValueName status_codes[] = {{0, "Success"},
                                           {11001, "Buffer Too Small"},
                                           {11002, "Destination Net Unreachable"},
                                           {11003, "Destination Host Unreachable"},
                                           {11004, "Destination Protocol Unreachable"},
                                           {11005, "Destination Port Unreachable"},
                                           {11006, "No Resources"},
                                           {11007, "Bad Option"},
                                           {11008, "Hardware Error"},
                                           {11009, "Packet Too Big"},
                                           {11010, "Request Timed Out"},
                                           {11011, "Bad Request"},
                                           {11012, "Bad Route"},
                                           {11013, "TimeToLive Expired Transit"},
                                           {11014, "TimeToLive Expired Reassembly"},
                                           {11015, "Parameter Problem"},
                                           {11016, "Source Quench"},
                                           {11017, "Option Too Big"},
                                           {11018, "Bad Destination"},
                                           {11032, "Negotiating IPSEC"},
                                           {11050, "General Failure"}};
constexpr cim::ValueName source_route_types[] = {
    {0, "None"}, {1, "Loose Source Routing"}, {2, "Strict Source Routing"}};

/// WSAHOST_NOT_FOUND, which Windows gives for a name that nobody knows.
constexpr std::uint32_t name_not_found = 11001;
constexpr std::uint32_t most_bytes = 65500;
constexpr std::uint32_t longest_timeout = 60'000;

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::PingStatus> = [] {
  using P = winrm::providers::PingStatus;
  namespace map = winrm::providers;
  using std::string, std::uint32_t, std::vector;
  return describe(
      ClassName("root/cimv2", "Win32_PingStatus", "").only_under_condition()
          .described("The answer to one ICMP echo request, sent when the instance is read: by Get, or by a query with "
                     "WHERE Address = '…'. Routes and time stamps are not recorded."),
      key<&P::address>("Address"),
      key<&P::buffer_size>("BufferSize").units("bytes").defaults_to(map::usual_bytes),
      key<&P::no_fragmentation>("NoFragmentation").defaults_to(false),
      key<&P::record_route>("RecordRoute").defaults_to(0U),
      key<&P::resolve_names>("ResolveAddressNames").defaults_to(false),
      key<&P::source_route>("SourceRoute"),
      key<&P::source_route_type>("SourceRouteType").values(map::source_route_types).defaults_to(0U),
      key<&P::time_stamp_route>("TimeStampRoute").defaults_to(0U),
      key<&P::time_to_live>("TimeToLive").defaults_to(map::usual_hops),
      key<&P::timeout>("Timeout").units("milliseconds").defaults_to(map::usual_timeout),
      key<&P::type_of_service>("TypeofService").defaults_to(0U),
      prop<&P::resolution_status>("PrimaryAddressResolutionStatus"),
      prop<&P::protocol_address>("ProtocolAddress"),
      prop<&P::protocol_address_resolved>("ProtocolAddressResolved"),
      prop<&P::inconsistent>("ReplyInconsistency"),
      prop<&P::reply_size>("ReplySize").units("bytes"),
      prop<&P::response_time>("ResponseTime").units("milliseconds"),
      prop<&P::response_time_to_live>("ResponseTimeToLive"),
      prop<&P::status_code>("StatusCode").values(map::status_codes),
      unknown<vector<string>>("RouteRecord"), unknown<vector<string>>("RouteRecordResolved"),
      unknown<vector<uint32_t>>("TimeStampRecord"), unknown<vector<string>>("TimeStampRecordAddress"),
      unknown<vector<string>>("TimeStampRecordAddressResolved"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using cim::Failure;
using cim::Status;
using system::Host;
using system::PingReply;

/// RFC 792.
StatusCode status_of_icmp(PingReply::Answer const& answer) {
  if (answer.type == ICMP_TIME_EXCEEDED) {
    return answer.code == ICMP_EXC_TTL ? expired_in_transit : expired_in_reassembly;
  }
  if (answer.type == ICMP_PARAMETERPROB) return parameter_problem;
  if (answer.type == ICMP_SOURCE_QUENCH) return source_quench;
  if (answer.type != ICMP_DEST_UNREACH) return general_failure;
  switch (answer.code) {
    case ICMP_NET_UNREACH:
      return net_unreachable;
    case ICMP_PROT_UNREACH:
      return protocol_unreachable;
    case ICMP_PORT_UNREACH:
      return port_unreachable;
    case ICMP_FRAG_NEEDED:
      return packet_too_big;
    case ICMP_SR_FAILED:
      return bad_route;
    default:
      return host_unreachable;
  }
}

/// RFC 4443.
StatusCode status_of_icmpv6(PingReply::Answer const& answer) {
  switch (answer.type) {
    case ICMP6_PACKET_TOO_BIG:
      return packet_too_big;
    case ICMP6_TIME_EXCEEDED:
      return answer.code == ICMP6_TIME_EXCEED_TRANSIT ? expired_in_transit : expired_in_reassembly;
    case ICMP6_PARAM_PROB:
      return parameter_problem;
    case ICMP6_DST_UNREACH:
      if (answer.code == ICMP6_DST_UNREACH_NOPORT) return port_unreachable;
      return answer.code == ICMP6_DST_UNREACH_ADDR ? host_unreachable : net_unreachable;
    default:
      return general_failure;
  }
}

StatusCode status_of_error(std::error_code const& error) {
  if (error == std::errc::message_size) return packet_too_big;
  if (error == std::errc::network_unreachable) return net_unreachable;
  if (error == std::errc::host_unreachable) return host_unreachable;
  return general_failure;
}

StatusCode status_of(PingReply const& reply, bool v6) {
  if (reply.error) return status_of_error(reply.error);
  if (reply.echoed) return success;
  if (!reply.answer) return timed_out;
  return v6 ? status_of_icmpv6(*reply.answer) : status_of_icmp(*reply.answer);
}

template <auto Member>
void take(PingStatus& row, cim::Query const& query) {
  if (auto value = query.equals<Member>()) row.*Member = *std::move(value);
}

PingStatus asked(cim::Query const& query) {
  using P = PingStatus;
  PingStatus row;
  // Host names have no case.
  row.address = query.equals_in_any_case<&P::address>().value_or("");
  take<&P::buffer_size>(row, query);
  take<&P::no_fragmentation>(row, query);
  take<&P::record_route>(row, query);
  take<&P::resolve_names>(row, query);
  row.source_route = query.equals_in_any_case<&P::source_route>().value_or("");
  take<&P::source_route_type>(row, query);
  take<&P::time_stamp_route>(row, query);
  take<&P::time_to_live>(row, query);
  take<&P::timeout>(row, query);
  take<&P::type_of_service>(row, query);
  return row;
}

void refuse_bad_conditions(PingStatus const& row) {
  auto const refuse = [](std::string const& why) { throw Failure(Status::invalid_parameter, why); };
  if (row.address.empty()) {
    refuse("Win32_PingStatus needs an address to ping: add WHERE Address = '192.0.2.1' (or a name)");
  }
  if (row.buffer_size > most_bytes) refuse("BufferSize is at most 65500");
  if (row.timeout > longest_timeout) refuse("Timeout is at most 60000 milliseconds");
  if (row.time_to_live == 0 || row.time_to_live > 255) refuse("TimeToLive is between 1 and 255");
  if (row.type_of_service > 255) refuse("TypeofService is at most 255");
  if (row.record_route != 0 || row.time_stamp_route != 0 || row.source_route_type != 0 ||
      !row.source_route.empty()) {
    throw Failure(Status::not_supported,
                  "RecordRoute, TimeStampRoute and SourceRoute are not supported: routers drop such packets");
  }
}

void ping(Host const& host, PingStatus& row) {
  auto const& network = host.network();
  row.protocol_address = network.resolve(row.address);
  if (!row.protocol_address) {
    row.resolution_status = name_not_found;
    return;
  }
  system::PingRequest request;
  request.address = *row.protocol_address;
  request.bytes = row.buffer_size;
  request.timeout = std::chrono::milliseconds(row.timeout);
  request.time_to_live = static_cast<std::uint8_t>(row.time_to_live);
  request.type_of_service = static_cast<std::uint8_t>(row.type_of_service);
  request.no_fragmentation = row.no_fragmentation;
  auto const reply = network.ping(request);
  if (reply.error == std::errc::operation_not_permitted || reply.error == std::errc::permission_denied) {
    throw failure_of(reply.error,
                     "this account may not ping (it needs a group in net.ipv4.ping_group_range)");
  }
  // Of a link-local address the scope follows: "fe80::1%eth0".
  auto const without_scope = request.address.substr(0, request.address.find('%'));
  row.status_code = status_of(reply, system::is_ipv6(without_scope));
  if (row.resolve_names) row.protocol_address_resolved = network.name_of(request.address);
  if (!reply.echoed) return;
  row.response_time = static_cast<std::uint32_t>(reply.time.count());
  row.reply_size = reply.bytes;
  row.inconsistent = reply.bytes != request.bytes;
  row.response_time_to_live = reply.time_to_live;
}

std::optional<PingStatus> get(Host const& host, cim::Query const& query) {
  auto row = asked(query);
  refuse_bad_conditions(row);
  ping(host, row);
  return row;
}

cim::Generator<PingStatus> enumerate(Host const& host, cim::Query const& query) {
  auto const row = get(host, query);
  if (row) co_yield *row;
}

}  // namespace

void add_ping_status(cim::Registry& registry) {
  registry.add<PingStatus>({.enumerate = enumerate, .get = get});
}

}  // namespace winrm::providers
