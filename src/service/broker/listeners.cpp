#include "service/broker/listeners.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace winrm::service::broker {

namespace {

constexpr int backlog = 4096;
constexpr std::uint16_t default_http_port = 5985;
constexpr std::uint16_t default_https_port = 5986;

std::uint16_t port_of(config::Listener const& listener) {
  if (listener.port != 0) return listener.port;
  return listener.transport == config::Transport::https ? default_https_port : default_http_port;
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] sockaddr const* get() const { return reinterpret_cast<sockaddr const*>(&storage); }
};

SocketAddress any_address(int family, std::uint16_t port) {
  SocketAddress address;
  address.storage.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET) {
    reinterpret_cast<sockaddr_in&>(address.storage).sin_port = htons(port);
    address.size = sizeof(sockaddr_in);
  } else {
    reinterpret_cast<sockaddr_in6&>(address.storage).sin6_port = htons(port);
    address.size = sizeof(sockaddr_in6);
  }
  return address;
}

Result<std::vector<SocketAddress>> addresses_of(config::Listener const& listener) {
  std::uint16_t const port = port_of(listener);
  SocketAddress v4 = any_address(AF_INET, port);
  SocketAddress v6 = any_address(AF_INET6, port);
  if (listener.address == "*") return std::vector<SocketAddress>{v4, v6};
  constexpr std::string_view prefix = "IP:";
  std::string const text = listener.address.starts_with(prefix) ? listener.address.substr(prefix.size()) : "";
  if (::inet_pton(AF_INET, text.c_str(), &reinterpret_cast<sockaddr_in&>(v4.storage).sin_addr) == 1)
    return std::vector<SocketAddress>{v4};
  if (::inet_pton(AF_INET6, text.c_str(), &reinterpret_cast<sockaddr_in6&>(v6.storage).sin6_addr) == 1)
    return std::vector<SocketAddress>{v6};
  return fail("Listener Address \"" + listener.address +
              "\" is not understood: write \"*\", \"IP:192.0.2.1\" or \"IP:2001:db8::1\"");
}

Result<UniqueFd> listen_on(SocketAddress const& address) {
  UniqueFd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int const on = 1;
  if (!socket) return fail(std::strerror(errno));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.family() == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(socket.get(), address.get(), address.size) != 0 || ::listen(socket.get(), backlog) != 0)
    return fail(std::strerror(errno));
  return socket;
}

bool machine_has_ipv6() {
  return static_cast<bool>(UniqueFd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)));
}

}  // namespace

Result<std::vector<BoundListener>> bind_listeners(std::vector<config::Listener> const& listeners) {
  std::vector<BoundListener> bound;
  for (config::Listener const& listener : listeners) {
    if (!listener.enabled) continue;
    auto addresses = addresses_of(listener);
    if (!addresses) return tl::unexpected(addresses.error());
    for (SocketAddress const& address : *addresses) {
      if (listener.address == "*" && address.family() == AF_INET6 && !machine_has_ipv6()) continue;
      auto socket = listen_on(address);
      if (!socket)
        return fail(fmt::format(
            "cannot listen on {} port {}: {}; choose another Port, or end the program that uses it",
            listener.address, port_of(listener), socket.error().message));
      BoundListener entry;
      entry.socket = std::move(*socket);
      entry.setting = &listener;
      bound.push_back(std::move(entry));
    }
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
