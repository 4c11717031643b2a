#include "tools/winrcp/entry.hpp"

#include <fmt/format.h>

#include "auth/sha256.hpp"

namespace winrm::tools::winrcp_tool {

std::string part_path(std::string const& target, Entry const& source) {
  constexpr std::size_t key_digits = 12;
  auto const slash = target.find_last_of("/\\");
  auto const at = slash == std::string::npos ? 0 : slash + 1;
  auto const key = auth::sha256_hex(fmt::format("{} {} {}", target.substr(at), source.size, source.modified));
  // The name itself may be as long as a name can be.
  return fmt::format("{}.winrcp-{}.part", target.substr(0, at), key.substr(0, key_digits));
}

}  // namespace winrm::tools::winrcp_tool
