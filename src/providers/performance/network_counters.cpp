#include "providers/performance/classes.hpp"
#include "providers/performance/counters.hpp"
#include "system/kernel_counters.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

struct Interface {
  Stamp stamp = 0;
  std::string name;
  std::optional<std::uint64_t> bytes_received;
  std::optional<std::uint64_t> bytes_sent;
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> bandwidth;
  std::optional<std::uint64_t> packets;
  std::optional<std::uint64_t> packets_received;
  std::optional<std::uint64_t> packets_sent;
  std::optional<std::uint64_t> receive_drops;
  std::optional<std::uint64_t> receive_errors;
  std::optional<std::uint64_t> send_drops;
  std::optional<std::uint64_t> send_errors;

  [[nodiscard]] std::string const& id() const { return name; }
};

using I = Interface;
using std::uint64_t;

constexpr Counter<I> counters[] = {
    counter<&I::bytes_received>("BytesReceivedPersec", Rule::per_second).units("bytes"),
    counter<&I::bytes_sent>("BytesSentPersec", Rule::per_second).units("bytes"),
    counter<&I::bytes>("BytesTotalPersec", Rule::per_second).units("bytes"),
    counter<&I::bandwidth>("CurrentBandwidth", Rule::value).units("bits per second"),
    counter<&I::packets>("PacketsPersec", Rule::per_second),
    counter<&I::packets_received>("PacketsReceivedPersec", Rule::per_second),
    counter<&I::packets_sent>("PacketsSentPersec", Rule::per_second),
    counter<&I::receive_drops>("PacketsReceivedDiscarded", Rule::value),
    counter<&I::receive_errors>("PacketsReceivedErrors", Rule::value),
    counter<&I::send_drops>("PacketsOutboundDiscarded", Rule::value),
    counter<&I::send_errors>("PacketsOutboundErrors", Rule::value),
    no_counter<I, uint64_t>("OffloadedConnections"),
    no_counter<I, uint64_t>("OutputQueueLength"),
    no_counter<I, uint64_t>("PacketsReceivedNonUnicastPersec"),
    no_counter<I, uint64_t>("PacketsReceivedUnicastPersec"),
    no_counter<I, uint64_t>("PacketsReceivedUnknown"),
    no_counter<I, uint64_t>("PacketsSentNonUnicastPersec"),
    no_counter<I, uint64_t>("PacketsSentUnicastPersec"),
    no_counter<I, uint64_t>("TCPActiveRSCConnections"),
    no_counter<I, uint64_t>("TCPRSCAveragePacketSize"),
    no_counter<I, uint64_t>("TCPRSCCoalescedPacketsPersec"),
    no_counter<I, uint64_t>("TCPRSCExceptionsPersec")};

constexpr auto raw =
    describe_raw<counters>(raw_class("Win32_PerfRawData_Tcpip_NetworkInterface"), cim::key<&I::name>("Name"));
constexpr auto formatted = describe_formatted<counters>(
    formatted_class("Win32_PerfFormattedData_Tcpip_NetworkInterface"), cim::key<&I::name>("Name"));

namespace kernel = system::counters;

/// In Mbit/s; reading fails, or gives -1, for what has no speed (a bridge, a link that is down).
std::optional<uint64_t> bits_per_second(system::Host const& host, std::string const& interface) {
  std::string content;
  if (!host.read("/sys/class/net/" + interface + "/speed", content)) return std::nullopt;
  auto const megabits = system::text::number(system::text::trim(content));
  return megabits ? std::optional(*megabits * 1'000'000) : std::nullopt;
}

std::vector<Interface> sample(system::Host const& host) {
  auto const stamp = stamp_of(host.now());
  std::vector<Interface> rows;
  for (auto const& counted : kernel::interfaces(host)) {
    Interface row;
    row.stamp = stamp;
    row.name = counted.name;
    row.bytes_received = counted.bytes_received;
    row.bytes_sent = counted.bytes_sent;
    row.bytes = counted.bytes_received + counted.bytes_sent;
    row.bandwidth = bits_per_second(host, counted.name);
    row.packets = counted.packets_received + counted.packets_sent;
    row.packets_received = counted.packets_received;
    row.packets_sent = counted.packets_sent;
    row.receive_drops = counted.receive_drops;
    row.receive_errors = counted.receive_errors;
    row.send_drops = counted.send_drops;
    row.send_errors = counted.send_errors;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

void add_network_counters(cim::Registry& registry) { add_twins<counters, sample>(registry, raw, formatted); }

}  // namespace winrm::providers
