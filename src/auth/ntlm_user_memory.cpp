#include "auth/ntlm_user_memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace winrm::auth {

namespace {

/// The mechanism reads lines of at most 1023 bytes.
constexpr std::size_t maximum_name_bytes = 512;

bool fits_line(std::string_view name) {
  bool const clean = std::none_of(name.begin(), name.end(), [](unsigned char c) {
    return c < 0x20 || c == 0x7f || c == ':' || c == '\\';
  });
  return clean && !name.empty() && name.front() != '#' && name.size() <= maximum_name_bytes;
}

}  // namespace

NtlmUserMemory::NtlmUserMemory() : file_(::memfd_create("ntlm-account", MFD_CLOEXEC)) {}

std::string NtlmUserMemory::path() const {
  return file_ ? fmt::format("/proc/self/fd/{}", file_.get()) : std::string();
}

bool NtlmUserMemory::set(std::string_view name_as_sent, Secret const& nt_hash) {
  if (!file_ || !fits_line(name_as_sent)) return false;
  // name:uid:LM hash:NT hash:flags:time. NTLMv2 does not use the LM hash.
  Secret const line(
      fmt::format("{}:0:{:X>32}:{}:[U          ]:LCT-00000000:\n", name_as_sent, "", nt_hash.reveal()));
  auto const size = static_cast<ssize_t>(line.reveal().size());
  set_ = ::ftruncate(file_.get(), 0) == 0 &&
         ::pwrite(file_.get(), line.reveal().data(), line.reveal().size(), 0) == size;
  return set_;
}

}  // namespace winrm::auth
