#include "auth/hostile_tokens.hpp"

#include <array>

namespace winrm::auth {

namespace {

void append_le(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

void append_field(std::string& header, std::size_t length, std::uint32_t offset) {
  append_le(header, static_cast<std::uint32_t>(length), 2);
  append_le(header, static_cast<std::uint32_t>(length), 2);
  append_le(header, offset, 4);
}

std::string message(unsigned type) {
  std::string result("NTLMSSP\0", 8);
  append_le(result, type, 4);
  return result;
}

}  // namespace

std::string der(unsigned char tag, std::string_view content) {
  std::string result(1, static_cast<char>(tag));
  std::size_t const size = content.size();
  if (size < 0x80) {
    result.push_back(static_cast<char>(size));
  } else {
    result += {static_cast<char>(0x83), static_cast<char>(size >> 16), static_cast<char>(size >> 8),
               static_cast<char>(size)};
  }
  return result.append(content);
}

std::string spnego_init(std::vector<std::string> const& mechanisms, std::string_view token) {
  std::string list;
  for (auto const& mechanism : mechanisms) list += der(0x06, mechanism);
  std::string const fields = der(0xa0, der(0x30, list)) + der(0xa2, der(0x04, token));
  return der(0x60, std::string("\x06\x06\x2b\x06\x01\x05\x05\x02", 8) + der(0xa0, der(0x30, fields)));
}

std::string spnego_response(std::string_view token) {
  return der(0xa1, der(0x30, der(0xa2, der(0x04, token))));
}

std::string ntlm_negotiate(std::uint32_t flags) {
  std::string result = message(1);
  append_le(result, flags, 4);
  append_field(result, 0, 0);
  append_field(result, 0, 0);
  return result + std::string("\x0a\x00\x61\x4a\x00\x00\x00\x0f", 8);
}

std::string ntlm_challenge(std::string_view target_information) {
  constexpr std::uint32_t fixed_bytes = 56;
  std::string result = message(2);
  append_field(result, 0, fixed_bytes);
  append_le(result, usual_ntlm_flags, 4);
  result += "challeng";
  append_le(result, 0, 4);
  append_le(result, 0, 4);
  append_field(result, target_information.size(), fixed_bytes);
  result += std::string("\x0a\x00\x61\x4a\x00\x00\x00\x0f", 8);
  return result.append(target_information);
}

std::string ntlm_authenticate(AuthenticateFields const& fields) {
  constexpr std::size_t fixed_bytes = 64 + 8 + 16;  // with version and MIC
  std::array<std::string const*, 6> const parts = {&fields.lm,   &fields.nt,          &fields.domain,
                                                   &fields.user, &fields.workstation, &fields.session_key};
  std::string header = message(3);
  std::string payload;
  for (auto const* part : parts) {
    auto offset = static_cast<std::uint32_t>(fixed_bytes + payload.size());
    if (part == &fields.user) offset = fields.user_offset.value_or(offset);
    append_field(header, part->size(), offset);
    payload += *part;
  }
  append_le(header, fields.flags, 4);
  header.resize(fixed_bytes);
  return header + payload;
}

}  // namespace winrm::auth
