// Base64 from clients: decoding never reads outside, and what it accepts survives a round trip.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/base64.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const bytes = winrm::base64::decode(text);
  if (bytes && winrm::base64::decode(winrm::base64::encode(*bytes)).value() != *bytes) std::abort();
  if (winrm::base64::decode(winrm::base64::encode(text)).value() != text) std::abort();
  return 0;
}
