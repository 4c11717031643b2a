// Security descriptors from administrators and from the network: what is read is written back as it was, lets
// nobody who is nobody in, and gives no right that all rights do not include.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/security_descriptor.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace winrm;
  using namespace winrm::security;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const descriptor = Descriptor::parse(text);
  if (!descriptor) return 0;
  auto const written = descriptor->sddl();
  auto const again = Descriptor::parse(written);
  if (!again || again->sddl() != written) std::abort();
  if (descriptor->allows({}, generic_read)) std::abort();
  SidSet const who{Sid::administrators(), Sid::everyone()};
  for (auto const right : {generic_read, generic_write, generic_execute}) {
    if (descriptor->allows(who, right) != again->allows(who, right)) std::abort();
    if (descriptor->allows(who, generic_all) && !descriptor->allows(who, right)) std::abort();
  }
  return 0;
}
