#include "service/broker/listeners.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "base/log.hpp"
#include "config/addresses.hpp"

namespace winrm::service::broker {

namespace {

constexpr int backlog = 4096;
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] sockaddr const* get() const { return reinterpret_cast<sockaddr const*>(&storage); }
};

SocketAddress socket_address(config::IpAddress const& ip, std::uint16_t port) {
  SocketAddress address;
  address.storage.ss_family = static_cast<sa_family_t>(ip.family);
  if (ip.family == AF_INET) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, ip.bytes.data(), sizeof v4.sin_addr);
    address.size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    v6.sin6_port = htons(port);
    v6.sin6_scope_id = ip.scope;
    std::memcpy(&v6.sin6_addr, ip.bytes.data(), sizeof v6.sin6_addr);
    address.size = sizeof v6;
  }
  return address;
}

bool machine_has_ipv6() {
  return static_cast<bool>(UniqueFd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)));
}

/// "*" is the wildcard address of a family that is not filtered; everything else names addresses.
Result<std::vector<config::IpAddress>> addresses_of(config::Listener const& listener,
                                                    config::Service const& service) {
  std::vector<config::IpAddress> addresses;
  auto const here = config::listening_on(listener, service, config::interface_addresses());
  if (listener.address.starts_with("IP:")) {
    if (!here.empty()) return here;  // with the interface, which a link-local address is nothing without
    auto address = config::parse_ip_address(listener.address.substr(3));
    if (!address) return tl::unexpected(address.error());
    addresses.push_back(*address);
    return addresses;
  }
  for (int const family : {AF_INET, AF_INET6}) {
    if (family == AF_INET6 && !machine_has_ipv6()) continue;
    if (listener.address == "*" && config::listens_on_all(service, family)) {
      config::IpAddress wildcard;
      wildcard.family = family;
      addresses.push_back(wildcard);
      continue;
    }
    std::ranges::copy_if(here, std::back_inserter(addresses),
                         [&](config::IpAddress const& address) { return address.family == family; });
  }
  return addresses;
}

/// True when connections to the one could be for the other: the kernel lets only one of them listen.
bool overlaps(BoundListener const& other, config::IpAddress const& ip, std::uint16_t port) {
  auto const is_wildcard = [](config::IpAddress const& address) {
    return address.bytes == config::IpAddress{}.bytes;
  };
  return port != 0 && other.setting.port == port && other.ip.family == ip.family &&
         (other.ip == ip || is_wildcard(other.ip) || is_wildcard(ip));
}

void share_port(int socket, bool shared) {
  int const flag = shared ? 1 : 0;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &flag, sizeof flag);
}

/// Lets a socket listen beside those that it will replace, which go on until the new front is ready: "*" may
/// become an address and an address "*" without a moment in which nobody listens.
class Succession {
 public:
  Succession(int heir, config::IpAddress const& ip, std::uint16_t port,
             std::vector<BoundListener> const& open) {
    for (auto const& other : open)
      if (overlaps(other, ip, port)) sharing_.push_back(other.socket.get());
    if (!sharing_.empty()) sharing_.push_back(heir);
    for (int const socket : sharing_) share_port(socket, true);
  }
  /// Later no other program joins them.
  ~Succession() {
    for (int const socket : sharing_) share_port(socket, false);
  }
  Succession(Succession const&) = delete;
  Succession& operator=(Succession const&) = delete;

 private:
  std::vector<int> sharing_;
};

Result<UniqueFd> listen_on(config::IpAddress const& ip, std::uint16_t port,
                           std::vector<BoundListener> const& open) {
  auto const address = socket_address(ip, port);
  UniqueFd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int const on = 1;
  if (!socket) return fail(std::strerror(errno));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.family() == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  Succession const succession(socket.get(), ip, port, open);
  if (::bind(socket.get(), address.get(), address.size) != 0 || ::listen(socket.get(), backlog) != 0)
    return fail(std::strerror(errno));
  return socket;
}

/// A second descriptor of a socket that is open already, or a new socket.
Result<UniqueFd> share_or_listen(config::IpAddress const& ip, std::uint16_t port, std::string const& name,
                                 std::vector<BoundListener> const& open) {
  auto const same = std::ranges::find(open, name, &BoundListener::address);
  if (same == open.end()) return listen_on(ip, port, open);
  UniqueFd shared(::fcntl(same->socket.get(), F_DUPFD_CLOEXEC, 0));
  if (!shared) return fail(std::strerror(errno));
  return shared;
}

struct Wanted {
  config::Listener listener;
  bool optional = false;  ///< implied by other settings: may be left out
};

std::vector<Wanted> wanted_listeners(config::Settings const& settings) {
  std::vector<Wanted> wanted;
  for (auto const& listener : config::effective_listeners(settings))
    if (listener.enabled)
      wanted.push_back({listener, listener.source == config::ListenerSource::compatibility});
  if (settings.daemon.local_port == 0) return wanted;
  for (char const* address : {"IP:127.0.0.1", "IP:::1"}) {
    config::Listener local;
    local.address = address;
    local.port = settings.daemon.local_port;
    wanted.push_back({local, true});
  }
  return wanted;
}

Result<void> bind_one(Wanted const& wanted, config::IpAddress const& ip,
                      std::vector<BoundListener> const& open, std::vector<BoundListener>& bound) {
  auto const& listener = wanted.listener;
  auto name = fmt::format("{} {}", config::to_text(ip), listener.port);
  bool const is_taken = std::ranges::any_of(
      bound, [&](BoundListener const& other) { return overlaps(other, ip, listener.port); });
  auto socket = is_taken ? Result<UniqueFd>(fail("another listener of this service does so already"))
                         : share_or_listen(ip, listener.port, name, open);
  if (!socket) {
    auto const problem = fmt::format("cannot listen on {} port {}: {}", config::to_text(ip), listener.port,
                                     socket.error().message);
    if (!wanted.optional)
      return fail(problem + "; choose an Address of this machine and a Port that no other program uses");
    log::info("{}; it is left out", problem);
    return {};
  }
  BoundListener entry;
  entry.socket = std::move(*socket);
  entry.setting = listener;
  entry.ip = ip;
  entry.address = std::move(name);
  bound.push_back(std::move(entry));
  return {};
}

}  // namespace

Result<std::vector<BoundListener>> bind_listeners(config::Settings const& settings,
                                                  std::vector<BoundListener> const& open) {
  std::vector<BoundListener> bound;
  for (auto const& wanted : wanted_listeners(settings)) {
    auto const addresses = addresses_of(wanted.listener, settings.service);
    if (!addresses) return tl::unexpected(addresses.error());
    if (addresses->empty())
      log::warning("the listener {} has no address on this machine now", wanted.listener.address);
    for (auto const& address : *addresses)
      if (auto done = bind_one(wanted, address, open, bound); !done) return tl::unexpected(done.error());
  }
  return bound;
}

Result<UniqueFd> bind_local_socket(std::filesystem::path const& path, bool for_everyone) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string const& text = path.native();
  if (text.size() >= sizeof address.sun_path)
    return fail("StateDir is too long for a Unix socket: " + text + "; choose a shorter one");
  std::memcpy(address.sun_path, text.data(), text.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ::unlink(path.c_str());
  if (!socket || ::bind(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), for_everyone ? 0666 : 0600) != 0 || ::listen(socket.get(), backlog) != 0)
    return fail("cannot listen on " + text + ": " + std::strerror(errno));
  return socket;
}

}  // namespace winrm::service::broker
