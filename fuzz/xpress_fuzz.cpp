// Compressed streams from peers: decompressing stays within its bound and reads nothing outside, and what is
// compressed comes back.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/xpress.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  constexpr std::size_t most_bytes = 1024 * 1024;
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  auto const plain = winrm::xpress::decompress(bytes, most_bytes);
  if (plain && plain->size() > most_bytes) std::abort();
  if (winrm::xpress::decompress(winrm::xpress::compress(bytes)).value() != bytes) std::abort();
  return 0;
}
