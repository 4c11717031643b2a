#include "system/netlink.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>

namespace winrm::system::netlink {

namespace {

/// The kernel answers at once; a socket that stays silent is broken.
constexpr timeval patience{5, 0};
/// What the kernel fills at most for one recvmsg of a dump (NLMSG_GOODSIZE grows up to this).
constexpr std::size_t receive_bytes = 32768;

[[nodiscard]] std::error_code last_error() { return {errno, std::generic_category()}; }
[[nodiscard]] std::size_t aligned(std::size_t size) {
  return (size + NLMSG_ALIGNTO - 1) & ~std::size_t{NLMSG_ALIGNTO - 1};
}

}  // namespace

std::string text(Bytes bytes) {
  std::string value(bytes.size(), '\0');
  std::memcpy(value.data(), bytes.data(), bytes.size());
  value.resize(std::min(value.size(), value.find('\0')));
  return value;
}

void for_each_attribute(Bytes message, std::size_t header,
                        std::function<void(std::uint16_t type, Bytes value)> const& visit) {
  if (message.size() < aligned(header)) return;
  auto rest = message.subspan(aligned(header));
  while (auto const attribute = structure<rtattr>(rest)) {
    if (attribute->rta_len < sizeof(rtattr) || attribute->rta_len > rest.size()) return;
    visit(attribute->rta_type & NLA_TYPE_MASK,
          rest.subspan(sizeof(rtattr), attribute->rta_len - sizeof(rtattr)));
    rest = rest.subspan(std::min(rest.size(), aligned(attribute->rta_len)));
  }
}

Request::Request(std::uint16_t type, std::uint16_t flags) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  append(std::as_bytes(std::span(&header, 1)));
}

void Request::append(Bytes bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  bytes_.resize(aligned(bytes_.size()));
}

void Request::add(std::uint16_t attribute, Bytes value) {
  rtattr header{};
  header.rta_len = static_cast<std::uint16_t>(sizeof(rtattr) + value.size());
  header.rta_type = attribute;
  append(std::as_bytes(std::span(&header, 1)));
  append(value);
}

void Request::add_text(std::uint16_t attribute, std::string const& value) {
  add(attribute, std::as_bytes(std::span(value.c_str(), value.size() + 1)));
}

Bytes Request::finished() {
  auto const size = static_cast<std::uint32_t>(bytes_.size());
  std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_len), &size, sizeof(size));
  return bytes_;
}

Socket::Socket() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
  if (!socket_) throw std::system_error(last_error(), "rtnetlink");
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

void Socket::send(Request& request) {
  auto const bytes = request.finished();
  if (::send(socket_.get(), bytes.data(), bytes.size(), 0) < 0)
    throw std::system_error(last_error(), "rtnetlink");
}

void Socket::receive(std::function<bool(std::uint16_t type, Bytes message)> const& visit) {
  std::vector<std::byte> buffer(receive_bytes);
  while (true) {
    auto const count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw std::system_error(last_error(), "rtnetlink");
    auto rest = Bytes(buffer).first(static_cast<std::size_t>(count));
    while (auto const header = structure<nlmsghdr>(rest)) {
      if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > rest.size()) break;
      auto const message = rest.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
      if (!visit(header->nlmsg_type, message)) return;
      rest = rest.subspan(std::min(rest.size(), aligned(header->nlmsg_len)));
    }
  }
}

void Socket::dump(Request request, std::function<void(std::uint16_t type, Bytes message)> const& visit) {
  send(request);
  receive([&](std::uint16_t type, Bytes message) {
    if (type == NLMSG_DONE) return false;
    if (type == NLMSG_ERROR) {
      auto const error = structure<nlmsgerr>(message);
      throw std::system_error(error ? -error->error : EIO, std::generic_category(), "rtnetlink");
    }
    visit(type, message);
    return true;
  });
}

std::error_code Socket::change(Request request) {
  send(request);
  std::error_code refused;
  receive([&](std::uint16_t type, Bytes message) {
    if (type != NLMSG_ERROR) return true;
    auto const error = structure<nlmsgerr>(message);
    refused = std::error_code(error ? -error->error : EIO, std::generic_category());
    return false;
  });
  return refused;
}

}  // namespace winrm::system::netlink
