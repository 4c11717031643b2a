#include "base/address_key.hpp"

#include <arpa/inet.h>

#include <array>

namespace winrm {

std::string address_key(std::string_view address) {
  std::string text(address);
  std::array<char, 16> bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  // Marked, so that no IPv4 address of eight characters is the same.
  return std::string(bytes.data(), 8).append("/64");
}

}  // namespace winrm
