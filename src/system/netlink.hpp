#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

#include "base/unique_fd.hpp"

/// Messages of netlink(7): built, sent, and what comes back taken apart without trusting its lengths.
namespace winrm::system::netlink {

using Bytes = std::span<std::byte const>;

/// The beginning of `bytes` as a kernel structure; nothing when there are too few.
template <class T>
[[nodiscard]] std::optional<T> structure(Bytes bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

/// Text without the zero that ends it.
[[nodiscard]] std::string text(Bytes bytes);

/// The attributes that follow a structure of `header` bytes, in their order; stops at the first broken one.
void for_each_attribute(Bytes message, std::size_t header,
                        std::function<void(std::uint16_t type, Bytes value)> const& visit);

class Request {
 public:
  template <class Body>
  Request(std::uint16_t type, std::uint16_t flags, Body const& body) : Request(type, flags) {
    static_assert(std::is_trivially_copyable_v<Body>);
    append(std::as_bytes(std::span(&body, 1)));
  }
  void add(std::uint16_t attribute, Bytes value);
  void add_number(std::uint16_t attribute, std::uint32_t value) {
    add(attribute, std::as_bytes(std::span(&value, 1)));
  }
  void add_text(std::uint16_t attribute, std::string const& value);
  [[nodiscard]] Bytes finished();

 private:
  Request(std::uint16_t type, std::uint16_t flags);
  void append(Bytes bytes);
  std::vector<std::byte> bytes_;
};

/// A rtnetlink socket. Used by one thread.
class Socket {
 public:
  /// Throws std::system_error.
  Socket();
  /// Sends a question for many and calls `visit` with each message of the answer. Throws std::system_error.
  void dump(Request request, std::function<void(std::uint16_t type, Bytes message)> const& visit);
  /// Sends a change and waits for the kernel's word on it.
  [[nodiscard]] std::error_code change(Request request);

 private:
  /// Calls `visit` until it returns false.
  void receive(std::function<bool(std::uint16_t type, Bytes message)> const& visit);
  void send(Request& request);
  UniqueFd socket_;
};

}  // namespace winrm::system::netlink
