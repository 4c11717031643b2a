#include "base/uuid.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace winrm {
namespace {

bool is_dash_place(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::string make_uuid() {
  std::array<unsigned char, 16> bytes{};
  // The kernel gives up to 256 bytes whole; only the wait for its first entropy can be interrupted.
  while (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);  // RFC 4122 4.4: version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);  // and its variant
  std::string out(36, '-');
  std::size_t at = 0;
  for (unsigned char const byte : bytes) {
    if (is_dash_place(at)) ++at;
    out[at++] = "0123456789ABCDEF"[byte >> 4];
    out[at++] = "0123456789ABCDEF"[byte & 15];
  }
  return out;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_place(i) ? text[i] != '-' : !is_hex_digit(text[i])) return false;
  }
  return true;
}

}  // namespace winrm
