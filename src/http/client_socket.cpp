#include "http/client_socket.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace winrm::http {
namespace {

using Kind = TransportError::Kind;

constexpr Milliseconds attempt_delay{250};  // RFC 8305 section 5

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

tl::unexpected<TransportError> failed(Kind kind, std::string message) {
  return tl::unexpected<TransportError>(TransportError{kind, std::move(message)});
}

struct Lookup {
  int status = 0;
  std::vector<Address> addresses;
};

Lookup look_up(std::string const& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  Lookup result;
  result.status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (result.status != 0) return result;
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const owner(found, ::freeaddrinfo);
  for (auto const* entry = found; entry != nullptr; entry = entry->ai_next) {
    Address address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    result.addresses.push_back(address);
  }
  return result;
}

/// getaddrinfo() knows no deadline; a thread of its own lets the caller leave before it returns.
Result<std::vector<Address>, TransportError> resolve(Endpoint const& endpoint, Deadline deadline) {
  if (auto numeric = look_up(endpoint.host, endpoint.port, AI_NUMERICHOST); numeric.status == 0)
    return std::move(numeric.addresses);
  std::promise<Lookup> promise;
  auto future = promise.get_future();
  std::thread([promise = std::move(promise), host = endpoint.host, port = endpoint.port]() mutable {
    promise.set_value(look_up(host, port, AI_ADDRCONFIG));
  }).detach();
  if (future.wait_until(deadline) != std::future_status::ready)
    return failed(Kind::timed_out,
                  fmt::format("the name {} was not resolved in time; check the DNS servers, or give "
                              "an address instead of the name",
                              endpoint.host));
  auto found = future.get();
  if (found.status != 0 || found.addresses.empty())
    return failed(
        Kind::name_not_resolved,
        fmt::format("the host {} is not known ({}); check the spelling, or give its address", endpoint.host,
                    found.status != 0 ? ::gai_strerror(found.status) : "no address"));
  return std::move(found.addresses);
}

TransportError connect_error(int error, Endpoint const& endpoint) {
  auto const where = host_and_port(endpoint);
  if (error == ECONNREFUSED)
    return {Kind::refused,
            fmt::format("{} refused the connection; check that the WinRM service runs there and listens "
                        "on this port (5985 for HTTP, 5986 for HTTPS)",
                        where)};
  if (error == ETIMEDOUT)
    return {
        Kind::timed_out,
        fmt::format("{} did not answer; check that the machine is up and that no firewall blocks the port",
                    where)};
  return {Kind::refused, fmt::format("no connection to {}: {}; check the address and the network", where,
                                     std::strerror(error))};
}

/// Attempts under way to several addresses; the first to connect wins.
class Race {
 public:
  Race(std::vector<Address> addresses, Endpoint const& endpoint)
      : addresses_(std::move(addresses)), endpoint_(endpoint) {}

  Result<UniqueFd, TransportError> run(Deadline deadline) {
    while (true) {
      if (running_.empty() || SteadyClock::now() >= next_start_) {
        if (auto socket = start_next()) return socket;
      }
      if (running_.empty() && next_ == addresses_.size())
        return tl::unexpected<TransportError>(connect_error(last_error_, endpoint_));
      if (SteadyClock::now() >= deadline)
        return tl::unexpected<TransportError>(connect_error(ETIMEDOUT, endpoint_));
      if (auto socket = wait_until(next_ < addresses_.size() ? std::min(deadline, next_start_) : deadline))
        return socket;
    }
  }

 private:
  /// Returns a socket only when it connected at once.
  UniqueFd start_next() {
    if (next_ == addresses_.size()) return {};
    auto const& address = addresses_[next_++];
    next_start_ = SteadyClock::now() + attempt_delay;
    UniqueFd socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) {
      last_error_ = errno;
      return {};
    }
    int const on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (::connect(socket.get(), reinterpret_cast<sockaddr const*>(&address.storage), address.size) == 0)
      return socket;
    if (errno == EINPROGRESS)
      running_.push_back(std::move(socket));
    else
      last_error_ = errno;
    return {};
  }

  UniqueFd wait_until(Deadline deadline) {
    std::vector<pollfd> asked;
    for (auto const& socket : running_) asked.push_back(pollfd{socket.get(), POLLOUT, 0});
    auto const left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now()).count();
    if (::poll(asked.data(), asked.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000))) <= 0)
      return {};
    for (std::size_t i = asked.size(); i-- > 0;) {
      if (asked[i].revents == 0) continue;
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(asked[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
      auto socket = std::move(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      if (error == 0) return socket;
      last_error_ = error;
      next_start_ = SteadyClock::now();
    }
    return {};
  }

  std::vector<Address> addresses_;
  Endpoint const& endpoint_;
  std::vector<UniqueFd> running_;
  std::size_t next_ = 0;
  Deadline next_start_;
  int last_error_ = EHOSTUNREACH;
};

Result<UniqueFd, TransportError> open_unix_socket(std::string const& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return failed(Kind::refused, fmt::format("the socket path {} is too long; it may have {} characters",
                                             path, sizeof address.sun_path - 1));
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket && ::connect(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0)
    return socket;
  return failed(Kind::refused,
                fmt::format("no connection to the local service at {}: {}; check that winrmd runs", path,
                            std::strerror(errno)));
}

}  // namespace

Interrupter::Interrupter() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Interrupter::trip() noexcept { ::eventfd_write(event_.get(), 1); }

Waited wait_for(int socket, short events, Deadline deadline, Interrupter const* interrupter) {
  std::array<pollfd, 2> asked{pollfd{socket, events, 0},
                              pollfd{interrupter != nullptr ? interrupter->descriptor() : -1, POLLIN, 0}};
  while (true) {
    auto const left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now()).count();
    auto const timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
    int const count = ::poll(asked.data(), asked.size(), timeout);
    if (count > 0 && asked[1].revents != 0) return Waited::interrupted;
    if (count > 0) return Waited::ready;
    if (count == 0 && left <= timeout) return Waited::timed_out;
  }
}

std::string host_and_port(Endpoint const& endpoint) {
  if (!endpoint.unix_socket.empty()) return "localhost";
  bool const bare_ipv6 = endpoint.host.find(':') != std::string::npos;
  return bare_ipv6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                   : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

Result<UniqueFd, TransportError> open_socket(Endpoint const& endpoint, Deadline deadline) {
  if (!endpoint.unix_socket.empty()) return open_unix_socket(endpoint.unix_socket);
  auto addresses = resolve(endpoint, deadline);
  if (!addresses) return tl::unexpected<TransportError>(addresses.error());
  return Race(std::move(*addresses), endpoint).run(deadline);
}

}  // namespace winrm::http
