#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

/// A look at an authentication token before GSSAPI gets it: which mechanism it speaks, whether every length
/// in it stays inside it, and, for NTLM, who logs on. Nothing is decided here but refusal. Untrusted bytes.
namespace winrm::auth {

/// What MS-NLMP 2.2.1 messages tell without a key.
struct NtlmFacts {
  enum class Type { negotiate = 1, challenge = 2, authenticate = 3 };
  Type type = Type::negotiate;
  std::uint32_t flags = 0;  ///< NegotiateFlags, MS-NLMP 2.2.2.5
  std::string user;         ///< of an AUTHENTICATE message, UTF-8
  std::string domain;
  bool has_session_key =
      false;  ///< an AUTHENTICATE message carries the 16 bytes of EncryptedRandomSessionKey
};

inline constexpr std::uint32_t ntlm_unicode = 0x00000001;
inline constexpr std::uint32_t ntlm_seal = 0x00000020;
inline constexpr std::uint32_t ntlm_extended_session_security = 0x00080000;
inline constexpr std::uint32_t ntlm_key_exchange = 0x40000000;
inline constexpr std::uint32_t ntlm_128_bit = 0x20000000;

/// Checks all fields of an NTLM message: inside the message, not overlapping, UTF-16 of even length, NTLMv2.
[[nodiscard]] Result<NtlmFacts> inspect_ntlm(std::string_view message);

struct TokenFacts {
  enum class Framing { raw, spnego_init, spnego_response };
  enum class Mechanism { kerberos, ntlm, none };
  Framing framing = Framing::raw;
  /// Of a raw token its own; of a SPNEGO token the first one offered that we know, or `none`.
  Mechanism mechanism = Mechanism::none;
  bool offers_kerberos = false;  ///< SPNEGO: anywhere in the list
  bool offers_ntlm = false;
  std::optional<NtlmFacts> ntlm;  ///< of the NTLM message inside
};

/// Tokens of wire reference 3.4: raw NTLM, raw Kerberos, SPNEGO NegTokenInit and NegTokenResp (RFC 4178).
[[nodiscard]] Result<TokenFacts> inspect_token(std::string_view token);

}  // namespace winrm::auth
