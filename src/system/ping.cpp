#include "system/ping.hpp"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>

#include "base/time.hpp"
#include "base/unique_fd.hpp"

namespace winrm::system {

namespace {

[[nodiscard]] std::error_code last_error() { return {errno, std::generic_category()}; }

/// RFC 1071. The kernel computes it for datagram sockets and for IPv6.
std::uint16_t checksum(std::span<unsigned char const> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] << 8U : bytes[i];
  while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
  return htons(static_cast<std::uint16_t>(~sum));
}

/// Where a message is sent to.
struct Address {
  bool v6 = false;
  std::vector<std::byte> bytes;  ///< a sockaddr; empty for what is no address
};
/// Of a link-local address the scope is told as well: "fe80::1%eth0" (RFC 4007 11.2).
Address address_of(std::string const& text) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  Address address;
  if (::getaddrinfo(text.c_str(), nullptr, &hints, &found) != 0) return address;
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const owner(found, &::freeaddrinfo);
  address.v6 = found->ai_family == AF_INET6;
  address.bytes.resize(found->ai_addrlen);
  std::memcpy(address.bytes.data(), found->ai_addr, address.bytes.size());
  return address;
}

class Ping {
 public:
  explicit Ping(PingRequest const& request) : request_(request), to_(address_of(request.address)) {
    static std::atomic<std::uint16_t> next{1};
    identifier_ = next++;
  }

  PingReply run() {
    if (to_.bytes.empty()) {
      reply_.error = std::make_error_code(std::errc::address_not_available);
      return reply_;
    }
    if (!open()) return failed();
    set_options();
    auto const start = SteadyClock::now();
    if (!send()) return failed();
    auto const deadline = start + request_.timeout;
    while (wait(deadline)) {
      if (read_reply() || read_error()) {
        reply_.time = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - start);
        return reply_;
      }
    }
    return reply_;
  }

 private:
  PingReply failed() {
    reply_.error = last_error();
    return reply_;
  }

  bool open() {
    auto const family = to_.v6 ? AF_INET6 : AF_INET;
    auto const protocol = to_.v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP);
    constexpr int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    socket_.reset(::socket(family, SOCK_DGRAM | flags, protocol));
    if (!socket_) {
      raw_ = true;
      socket_.reset(::socket(family, SOCK_RAW | flags, protocol));
    }
    return static_cast<bool>(socket_);
  }

  void set(int level, int option, int value) {
    ::setsockopt(socket_.get(), level, option, &value, sizeof(value));
  }
  void set_options() {
    if (to_.v6) {
      set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, request_.time_to_live);
      set(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
      set(IPPROTO_IPV6, IPV6_RECVERR, 1);
      set(IPPROTO_IPV6, IPV6_TCLASS, request_.type_of_service);
      if (request_.no_fragmentation) set(IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
    } else {
      set(IPPROTO_IP, IP_TTL, request_.time_to_live);
      set(IPPROTO_IP, IP_RECVTTL, 1);
      set(IPPROTO_IP, IP_RECVERR, 1);
      set(IPPROTO_IP, IP_TOS, request_.type_of_service);
      set(IPPROTO_IP, IP_MTU_DISCOVER, request_.no_fragmentation ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
    }
  }

  /// Type, code, checksum, identifier, sequence: alike in both versions of ICMP.
  std::vector<unsigned char> message() const {
    std::vector<unsigned char> bytes(header_bytes + request_.bytes);
    bytes[0] = to_.v6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO;
    std::memcpy(&bytes[4], &identifier_, sizeof(identifier_));
    std::memcpy(&bytes[6], &identifier_, sizeof(identifier_));  // datagram sockets replace the identifier
    for (std::size_t i = 0; i < request_.bytes; ++i)
      bytes[header_bytes + i] = static_cast<unsigned char>('a' + i % 23);
    auto const sum = checksum(bytes);
    if (!to_.v6) std::memcpy(&bytes[2], &sum, sizeof(sum));
    return bytes;
  }

  bool send() {
    auto const bytes = message();
    return ::sendto(socket_.get(), bytes.data(), bytes.size(), 0,
                    reinterpret_cast<sockaddr const*>(to_.bytes.data()),
                    static_cast<socklen_t>(to_.bytes.size())) >= 0;
  }

  bool wait(Deadline deadline) const {
    auto const left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now());
    if (left.count() <= 0) return false;
    pollfd entry{socket_.get(), POLLIN, 0};
    auto const ready = ::poll(&entry, 1, static_cast<int>(left.count()));
    return ready > 0 || (ready < 0 && errno == EINTR);
  }

  /// One datagram, with what the kernel tells beside it.
  struct Datagram {
    std::vector<unsigned char> bytes;
    sockaddr_storage from{};
    std::optional<std::uint8_t> time_to_live;
    std::optional<sock_extended_err> error;
  };
  std::optional<Datagram> receive(int flags) const {
    Datagram datagram;
    datagram.bytes.resize(ip_header_most + header_bytes + request_.bytes + 1);
    std::array<char, 512> control{};
    iovec part{datagram.bytes.data(), datagram.bytes.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_name = &datagram.from;
    header.msg_namelen = sizeof(datagram.from);
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    auto const count = ::recvmsg(socket_.get(), &header, flags | MSG_DONTWAIT);
    if (count < 0) return std::nullopt;
    datagram.bytes.resize(static_cast<std::size_t>(count));
    read_control(header, datagram);
    // A raw socket of IPv4 delivers the IP header too, its length in words in the low half of the first byte.
    if (raw_ && !to_.v6 && flags == 0 && count > 0) {
      auto const skip = std::min<std::size_t>(datagram.bytes.size(), (datagram.bytes[0] & 15U) * 4U);
      datagram.bytes.erase(datagram.bytes.begin(),
                           datagram.bytes.begin() + static_cast<std::ptrdiff_t>(skip));
    }
    return datagram;
  }

  static void read_control(msghdr& header, Datagram& datagram) {
    for (auto* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
      auto const is = [&](int v4_type, int v6_type) {
        return (part->cmsg_level == IPPROTO_IP && part->cmsg_type == v4_type) ||
               (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == v6_type);
      };
      if (is(IP_TTL, IPV6_HOPLIMIT)) {
        int limit = 0;
        std::memcpy(&limit, CMSG_DATA(part), sizeof(limit));
        datagram.time_to_live = static_cast<std::uint8_t>(limit);
      } else if (is(IP_RECVERR, IPV6_RECVERR)) {
        std::memcpy(&datagram.error.emplace(), CMSG_DATA(part), sizeof(sock_extended_err));
      }
    }
  }

  bool is_ours(std::span<unsigned char const> bytes) const {
    if (bytes.size() < header_bytes) return false;
    std::uint16_t identifier = 0;
    std::uint16_t sequence = 0;
    std::memcpy(&identifier, &bytes[4], sizeof(identifier));
    std::memcpy(&sequence, &bytes[6], sizeof(sequence));
    return sequence == identifier_ && (!raw_ || identifier == identifier_);
  }

  bool read_reply() {
    auto const datagram = receive(0);
    if (!datagram || datagram->bytes.empty()) return false;
    auto const type = datagram->bytes[0];
    if (type != (to_.v6 ? ICMPV6_ECHO_REPLY : ICMP_ECHOREPLY) || !is_ours(datagram->bytes)) return false;
    reply_.answer = PingReply::Answer{type, datagram->bytes[1]};
    reply_.echoed = true;
    reply_.from = text_of(datagram->from);
    reply_.bytes = static_cast<std::uint32_t>(datagram->bytes.size() - header_bytes);
    reply_.time_to_live = datagram->time_to_live;
    return true;
  }

  /// What routers and the kernel said about our message (ip(7), IP_RECVERR).
  bool read_error() {
    auto const datagram = receive(MSG_ERRQUEUE);
    if (!datagram || !datagram->error) return false;
    auto const& error = *datagram->error;
    if (error.ee_origin == SO_EE_ORIGIN_LOCAL) {
      reply_.error = std::error_code(static_cast<int>(error.ee_errno), std::generic_category());
    } else {
      reply_.answer = PingReply::Answer{error.ee_type, error.ee_code};
    }
    return true;
  }

  static std::string text_of(sockaddr_storage const& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.ss_family == AF_INET6) {
      sockaddr_in6 from{};
      std::memcpy(&from, &address, sizeof(from));
      ::inet_ntop(AF_INET6, &from.sin6_addr, text.data(), text.size());
    } else {
      sockaddr_in from{};
      std::memcpy(&from, &address, sizeof(from));
      ::inet_ntop(AF_INET, &from.sin_addr, text.data(), text.size());
    }
    return text.data();
  }

  static constexpr std::size_t header_bytes = 8;
  static constexpr std::size_t ip_header_most = 60;

  PingRequest const& request_;
  Address to_;
  bool raw_ = false;
  std::uint16_t identifier_ = 0;
  UniqueFd socket_;
  PingReply reply_;
};

}  // namespace

PingReply send_ping(PingRequest const& request) { return Ping(request).run(); }

}  // namespace winrm::system
