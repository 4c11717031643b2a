#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Makers of authentication tokens, right and wrong, byte by byte.
namespace winrm::auth {

inline std::string const kerberos_oid("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02", 9);
inline std::string const ntlm_oid("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a", 10);

/// One DER element.
[[nodiscard]] std::string der(unsigned char tag, std::string_view content);
[[nodiscard]] std::string spnego_init(std::vector<std::string> const& mechanisms, std::string_view token);
[[nodiscard]] std::string spnego_response(std::string_view token);

/// Flags of Windows clients: Unicode, sign, seal, NTLM, extended session security, 128 bits, key exchange.
inline constexpr std::uint32_t usual_ntlm_flags = 0xe2888235 | 0x20;

[[nodiscard]] std::string ntlm_negotiate(std::uint32_t flags = usual_ntlm_flags);

/// A CHALLENGE message with these AV pairs.
[[nodiscard]] std::string ntlm_challenge(std::string_view target_information = std::string_view("\0\0\0\0",
                                                                                                4));

/// The parts of an AUTHENTICATE message; the defaults are well formed. Names are UTF-16LE.
struct AuthenticateFields {
  std::string lm = std::string(24, '\0');
  std::string nt = std::string(44, 'n') + std::string(4, '\0');  ///< proof, fixed part, end of the pairs
  std::string domain = std::string("C\0O\0R\0P\0", 8);
  std::string user = std::string("a\0l\0i\0c\0e\0", 10);
  std::string workstation = std::string("W\0", 2);
  std::string session_key = std::string(16, 'k');
  std::uint32_t flags = usual_ntlm_flags;
  std::optional<std::uint32_t> user_offset;  ///< in place of the right one
};

[[nodiscard]] std::string ntlm_authenticate(AuthenticateFields const& fields);

}  // namespace winrm::auth
