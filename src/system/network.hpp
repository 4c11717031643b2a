#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

/// The network of this machine as the kernel keeps it (rtnetlink(7)): links, addresses, routes, and changing
/// them. Addresses are text: "192.0.2.1", "fe80::1".
namespace winrm::system {

/// One network interface.
struct Link {
  std::uint32_t index = 0;
  std::string name;
  std::uint16_t hardware_type = 0;  ///< ARPHRD_…: 1 Ethernet, 772 loopback, …
  std::string address;              ///< "02:fc:00:00:00:01"; empty where links have none
  std::string permanent_address;    ///< as the hardware was made; empty when unknown
  std::string kind;                 ///< "veth", "bridge", …: made by the kernel; empty for hardware
  std::uint32_t mtu = 0;
  bool up = false;       ///< switched on by the administrator
  bool running = false;  ///< can carry traffic
  bool carrier = false;  ///< the cable is in
};

struct LinkAddress {
  std::uint32_t link = 0;
  bool v6 = false;
  std::string address;
  std::uint8_t prefix = 0;
  std::optional<std::chrono::seconds> lives;  ///< from now; nothing for one that stays
};

struct Route {
  bool v6 = false;
  std::string destination;  ///< "0.0.0.0" or "::" for the default route
  std::uint8_t prefix = 0;
  std::string gateway;  ///< empty for what is reached directly
  std::uint32_t link = 0;
  std::uint32_t metric = 0;
  std::uint8_t protocol = 0;  ///< RTPROT_…: who made it
  std::uint8_t type = 0;      ///< RTN_…: 1 unicast, 6 blackhole, …
};

struct PingRequest {
  std::string address;  ///< of IPv4 or IPv6
  std::uint32_t bytes = 32;
  std::chrono::milliseconds timeout{1000};
  std::uint8_t time_to_live = 80;
  std::uint8_t type_of_service = 0;
  bool no_fragmentation = false;
};
struct PingReply {
  /// ICMP's answer, by its type and code; nothing when none came in time.
  struct Answer {
    std::uint8_t type = 0;
    std::uint8_t code = 0;
  };
  std::optional<Answer> answer;
  bool echoed = false;    ///< the answer is an echo reply
  std::error_code error;  ///< why it could not be sent
  std::string from;
  std::uint32_t bytes = 0;
  std::chrono::milliseconds time{};
  std::optional<std::uint8_t> time_to_live;  ///< of the reply
};

/// Blocking; thread-safe. Changes return what the kernel refused them with.
class Network {
 public:
  virtual ~Network() = default;
  [[nodiscard]] virtual std::vector<Link> links() const = 0;
  [[nodiscard]] virtual std::vector<LinkAddress> addresses() const = 0;
  /// Of the main table.
  [[nodiscard]] virtual std::vector<Route> routes() const = 0;

  virtual std::error_code switch_link(std::uint32_t link, bool on) const = 0;
  /// The kernel renames a link that is up only since Linux 6.2 (IFF_LIVE_RENAME_OK for some before).
  virtual std::error_code rename_link(std::uint32_t link, std::string const& name) const = 0;
  virtual std::error_code set_mtu(std::uint32_t link, std::uint32_t mtu) const = 0;
  virtual std::error_code add_address(LinkAddress const& address) const = 0;
  virtual std::error_code remove_address(LinkAddress const& address) const = 0;
  virtual std::error_code add_route(Route const& route) const = 0;
  virtual std::error_code remove_route(Route const& route) const = 0;

  /// One echo request and its answer, within the request's time.
  [[nodiscard]] virtual PingReply ping(PingRequest const& request) const = 0;
  /// Addresses of a name, or the name of an address; nothing when it is not known.
  [[nodiscard]] virtual std::optional<std::string> resolve(std::string const& name) const = 0;
  [[nodiscard]] virtual std::optional<std::string> name_of(std::string const& address) const = 0;
};

/// The network namespace of this process.
[[nodiscard]] std::unique_ptr<Network> make_network();

/// "255.255.255.0" of 24, and back: nothing when the ones are not together at the front.
[[nodiscard]] std::string subnet_mask(std::uint8_t prefix);
[[nodiscard]] std::optional<std::uint8_t> prefix_of_mask(std::string const& mask);
/// Whether text is an address of IPv4 (IPv6).
[[nodiscard]] bool is_ipv4(std::string const& text);
[[nodiscard]] bool is_ipv6(std::string const& text);

}  // namespace winrm::system
