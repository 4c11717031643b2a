// The configuration parser: any text gives settings or an error, never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/load.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const settings = winrm::config::parse({reinterpret_cast<char const*>(data), size}, "fuzz");
  if (!settings && settings.error().message.empty()) __builtin_trap();
  return 0;
}
