#include <net/if_arp.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "cim/schema.hpp"
#include "providers/common/failures.hpp"
#include "providers/network/classes.hpp"
#include "providers/network/links.hpp"
#include "system/block_devices.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/network.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

struct NetworkAdapter {
  std::string device_id;
  std::uint32_t index = 0;
  std::string product_name;
  std::string connection_id;
  std::optional<std::string> adapter_type;
  std::optional<std::uint16_t> adapter_type_id;
  std::uint16_t availability = 0;
  std::uint32_t error_code = 0;
  std::optional<std::string> mac_address;
  std::optional<std::string> permanent_address;
  std::optional<std::string> manufacturer;
  std::uint16_t connection_status = 0;
  bool enabled = false;
  bool physical = false;
  std::optional<std::string> service_name;
  std::optional<std::uint64_t> speed;
  std::string system_name;
};

enum AdapterType : std::uint16_t { ethernet = 0, wan = 3, arcnet = 6, atm = 8, wireless = 9, firewire = 13 };
constexpr cim::ValueName adapter_types[] = {{0, "Ethernet 802.3"},
                                            {1, "Token Ring 802.5"},
                                            {2, "Fiber Distributed Data Interface (FDDI)"},
                                            {3, "Wide Area Network (WAN)"},
                                            {4, "LocalTalk"},
                                            {5, "Ethernet using DIX header format"},
                                            {6, "ARCNET"},
                                            {7, "ARCNET (878.2)"},
                                            {8, "ATM"},
                                            {9, "Wireless"},
                                            {10, "Infrared Wireless"},
                                            {11, "Bpc"},
                                            {12, "CoWan"},
                                            {13, "1394"}};
enum ConnectionStatus : std::uint16_t { disconnected = 0, connected = 2, media_disconnected = 7 };
constexpr cim::ValueName connection_statuses[] = {{0, "Disconnected"},
                                                  {1, "Connecting"},
                                                  {2, "Connected"},
                                                  {3, "Disconnecting"},
                                                  {4, "Hardware Not Present"},
                                                  {5, "Hardware Disabled"},
                                                  {6, "Hardware Malfunction"},
                                                  {7, "Media Disconnected"},
                                                  {8, "Authenticating"},
                                                  {9, "Authentication Succeeded"},
                                                  {10, "Authentication Failed"},
                                                  {11, "Invalid Address"},
                                                  {12, "Credentials Required"}};
enum ErrorCode : std::uint32_t { works = 0, switched_off = 22 };
constexpr std::uint16_t running_full_power = 3;
constexpr std::uint16_t off_line = 8;
constexpr cim::ValueName switch_results[] = {{0, "Success"}, {5, "Access Denied"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::NetworkAdapter> = [] {
  using A = winrm::providers::NetworkAdapter;
  namespace map = winrm::providers;
  using std::string, std::string_view, std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_NetworkAdapter", "CIM_NetworkAdapter")
          .described("A network interface of the kernel, virtual ones and the loopback among them."),
      key<&A::device_id>("DeviceID").described("The kernel's index of the interface."),
      prop<&A::adapter_type>("AdapterType"),
      prop<&A::adapter_type_id>("AdapterTypeID").values(map::adapter_types),
      prop<&A::availability>("Availability"),
      prop<&A::product_name>("Caption"),
      prop<&A::error_code>("ConfigManagerErrorCode"),
      constant<string_view>("CreationClassName", "Win32_NetworkAdapter"),
      prop<&A::product_name>("Description"),
      prop<&A::index>("Index"),
      constant<bool>("Installed", true),
      prop<&A::index>("InterfaceIndex"),
      prop<&A::mac_address>("MACAddress"),
      prop<&A::manufacturer>("Manufacturer"),
      prop<&A::product_name>("Name").described("The name of the product, where udev knows it; else of the interface."),
      prop<&A::connection_id>("NetConnectionID").writable().case_exact()
          .described("The name of the interface (eth0). Older kernels rename one only while it is disabled."),
      prop<&A::connection_status>("NetConnectionStatus").values(map::connection_statuses),
      prop<&A::enabled>("NetEnabled"),
      prop<&A::permanent_address>("PermanentAddress"),
      prop<&A::physical>("PhysicalAdapter"),
      prop<&A::product_name>("ProductName"),
      prop<&A::service_name>("ServiceName").described("The kernel driver."),
      prop<&A::speed>("Speed").units("bits per second"),
      constant<string_view>("SystemCreationClassName", "Win32_ComputerSystem"),
      prop<&A::system_name>("SystemName"),
      unknown<string>("GUID"), unknown<uint32_t>("MaxNumberControlled"),
      unknown<winrm::DateTime>("TimeOfLastReset"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using cim::MethodResult;
using cim::NamedValues;
using system::Host;
using system::Link;

std::optional<AdapterType> type_of(Host const& host, Link const& link) {
  switch (link.hardware_type) {
    case ARPHRD_ETHER:
      return host.exists("/sys/class/net/" + link.name + "/phy80211") ? wireless : ethernet;
    case ARPHRD_PPP:
      return wan;
    case ARPHRD_ARCNET:
      return arcnet;
    case ARPHRD_ATM:
      return atm;
    case ARPHRD_IEEE80211:
      return wireless;
    case ARPHRD_IEEE1394:
      return firewire;
    default:
      return std::nullopt;
  }
}

ConnectionStatus status_of(Link const& link) {
  if (!link.up) return disconnected;
  return link.carrier ? connected : media_disconnected;
}

/// In bits per second; drivers that do not know say -1, and a link that is down says nothing.
std::optional<std::uint64_t> speed_of(Host const& host, Link const& link) {
  std::string content;
  if (!host.read("/sys/class/net/" + link.name + "/speed", content)) return std::nullopt;
  auto const megabits = system::text::number(system::text::trim(content));
  if (!megabits || *megabits == 0 || *megabits >= UINT32_MAX) return std::nullopt;
  return *megabits * 1'000'000;
}

class Filler {
 public:
  Filler(Host const& host, cim::Query const& query)
      : host_(host), query_(query), system_name_(system::short_name(host.kernel())) {}

  [[nodiscard]] NetworkAdapter fill(Link const& link) const {
    using A = NetworkAdapter;
    NetworkAdapter row;
    row.device_id = std::to_string(link.index);
    row.index = link.index;
    row.connection_id = link.name;
    row.product_name = link.name;
    row.availability = link.up ? running_full_power : off_line;
    row.error_code = link.up ? works : switched_off;
    row.enabled = link.up;
    row.connection_status = status_of(link);
    row.mac_address = mac_address(link.address);
    row.permanent_address = mac_address(link.permanent_address);
    row.system_name = system_name_;
    if (auto const type = type_of(host_, link)) {
      row.adapter_type_id = *type;
      row.adapter_type = std::ranges::find(adapter_types, *type, &cim::ValueName::value)->name;
    }
    row.physical = host_.exists("/sys/class/net/" + link.name + "/device");
    row.service_name = driver_of(host_, link);
    if (query_.wants<&A::speed>()) row.speed = speed_of(host_, link);
    if (query_.wants<&A::product_name, &A::manufacturer>()) fill_product(row, link);
    return row;
  }

 private:
  void fill_product(NetworkAdapter& row, Link const& link) const {
    auto const udev = system::udev_entry(host_, "n" + std::to_string(link.index));
    row.manufacturer = udev.find("ID_VENDOR_FROM_DATABASE");
    row.product_name = udev.find("ID_MODEL_FROM_DATABASE").value_or(link.name);
  }

  Host const& host_;
  cim::Query const& query_;
  std::string system_name_;
};

cim::Generator<NetworkAdapter> enumerate(Host const& host, cim::Query const& query) {
  Filler const filler(host, query);
  auto const wanted = query.equals<&NetworkAdapter::device_id>();
  for (auto const& link : host.network().links()) {
    if (wanted && std::to_string(link.index) != *wanted) continue;
    auto const row = filler.fill(link);
    co_yield row;
  }
}

void put(Host const& host, NetworkAdapter const& row, NamedValues const& changes) {
  auto const name = changes.get<std::string>("NetConnectionID");
  if (!name || *name == row.connection_id) return;
  auto const refused = host.network().rename_link(row.index, *name);
  if (refused) throw failure_of(refused, row.connection_id + " cannot be renamed to \"" + *name + "\"");
}

MethodResult switch_adapter(Host const& host, NetworkAdapter const& row, bool on) {
  enum { success = 0, access_denied = 5 };
  auto const refused = host.network().switch_link(row.index, on);
  if (!refused) return success;
  if (refused == std::errc::operation_not_permitted) return access_denied;
  throw failure_of(refused, row.connection_id + (on ? " cannot be enabled" : " cannot be disabled"));
}
MethodResult enable(Host const& host, NetworkAdapter const& row, NamedValues const& /*in*/) {
  return switch_adapter(host, row, true);
}
MethodResult disable(Host const& host, NetworkAdapter const& row, NamedValues const& /*in*/) {
  return switch_adapter(host, row, false);
}

constexpr cim::Method<NetworkAdapter> methods[] = {
    {.name = "Disable", .return_values = switch_results, .run = disable},
    {.name = "Enable", .return_values = switch_results, .run = enable}};

}  // namespace

void add_adapter(cim::Registry& registry) {
  registry.add<NetworkAdapter>({.enumerate = enumerate, .methods = methods, .put = put});
}

}  // namespace winrm::providers
