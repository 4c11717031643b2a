#include "auth/token_inspection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/unicode.hpp"

namespace winrm::auth {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view ntlm_signature = "NTLMSSP\0"sv;
constexpr std::string_view spnego_oid = "\x2b\x06\x01\x05\x05\x02"sv;
constexpr std::string_view kerberos_oid = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"sv;
/// 1.2.840.48018.1.2.2: the Kerberos identifier of old Windows, one bit off (MS-SPNG 3.1.5.2).
constexpr std::string_view windows_kerberos_oid = "\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"sv;
constexpr std::string_view ntlm_oid = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"sv;

/// Real clients offer at most six (two Kerberos identifiers, NEGOEX, NTLM, PKU2U, IAKERB).
constexpr std::size_t maximum_offers = 16;

// ---- NTLM
// ---------------------------------------------------------------------------------------------------

std::uint32_t read_le(std::string_view bytes, std::size_t offset, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = width; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
  }
  return value;
}

/// A length, maximum length and offset as MS-NLMP writes them before every payload field.
struct Field {
  std::size_t offset = 0;
  std::size_t length = 0;
};

constexpr std::size_t negotiate_bytes = 32;
constexpr std::size_t challenge_bytes = 48;
constexpr std::size_t authenticate_bytes = 64;

Result<std::string_view> field_at(std::string_view message, std::size_t position, std::size_t fixed_bytes) {
  std::size_t const length = read_le(message, position, 2);
  std::size_t const offset = read_le(message, position + 4, 4);
  if (length == 0) return std::string_view();
  if (offset < fixed_bytes || offset > message.size() || length > message.size() - offset) {
    return fail("an NTLM field lies outside its message");
  }
  return message.substr(offset, length);
}

Result<std::string> text_of(std::string_view field) {
  auto text = unicode::utf16_to_utf8(field);
  if (!text || text->find('\0') != std::string::npos) return fail("an NTLM name is not UTF-16 text");
  return text;
}

bool overlap(std::vector<std::string_view> fields) {
  std::sort(fields.begin(), fields.end(), [](auto a, auto b) { return a.data() < b.data(); });
  for (std::size_t i = 1; i < fields.size(); ++i) {
    if (fields[i - 1].data() + fields[i - 1].size() > fields[i].data()) return true;
  }
  return false;
}

/// The AV pairs inside an NTLMv2 response (MS-NLMP 2.2.2.7: a 16-byte proof and 28 fixed bytes precede them).
Result<void> check_pairs(std::string_view pairs) {
  constexpr std::uint32_t end_of_list = 0;
  while (pairs.size() >= 4) {
    std::uint32_t const id = read_le(pairs, 0, 2);
    std::size_t const length = read_le(pairs, 2, 2);
    if (id == end_of_list) return {};
    if (length > pairs.size() - 4) return fail("an NTLM target information pair is longer than its list");
    pairs.remove_prefix(4 + length);
  }
  return fail("NTLM target information without an end");
}

Result<NtlmFacts> inspect_authenticate(std::string_view message, NtlmFacts facts) {
  if (message.size() < authenticate_bytes) return fail("the NTLM AUTHENTICATE message is too short");
  facts.flags = read_le(message, 60, 4);
  // Old clients put the payload right behind the six fields and the flags, without version and MIC.
  std::array<std::string_view, 6> fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto field = field_at(message, 12 + 8 * i, authenticate_bytes);
    if (!field) return tl::unexpected(field.error());
    fields[i] = *field;
  }
  auto const [lm, nt, domain, user, workstation, session_key] = fields;
  std::vector<std::string_view> present;
  for (auto field : fields) {
    if (!field.empty()) present.push_back(field);
  }
  if (overlap(std::move(present))) return fail("NTLM fields overlap");
  if ((facts.flags & ntlm_unicode) == 0) return fail("the NTLM message is not in Unicode");
  if (user.empty()) return fail("anonymous NTLM");
  constexpr std::size_t response_v1_bytes = 24;
  constexpr std::size_t response_v2_fixed_bytes = 16 + 28;
  if (nt.size() <= response_v1_bytes) return fail("NTLMv1 is refused: let the client use NTLMv2");
  if (nt.size() < response_v2_fixed_bytes) return fail("the NTLMv2 response is too short");
  if (!lm.empty() && lm.size() != response_v1_bytes) return fail("the LMv2 response must have 24 bytes");
  if (auto ok = check_pairs(nt.substr(response_v2_fixed_bytes)); !ok) return tl::unexpected(ok.error());
  constexpr std::size_t session_key_bytes = 16;
  if (!session_key.empty() && session_key.size() != session_key_bytes) {
    return fail("the NTLM session key must have 16 bytes");
  }
  facts.has_session_key = !session_key.empty();
  auto user_text = text_of(user);
  auto domain_text = text_of(domain);
  auto workstation_text = text_of(workstation);
  if (!user_text) return tl::unexpected(user_text.error());
  if (!domain_text) return tl::unexpected(domain_text.error());
  if (!workstation_text) return tl::unexpected(workstation_text.error());
  facts.user = std::move(*user_text);
  facts.domain = std::move(*domain_text);
  return facts;
}

// ---- SPNEGO (DER)
// -------------------------------------------------------------------------------------------

/// Takes one element with the given tag off the front of `bytes`. Definite lengths of at most four bytes.
std::optional<std::string_view> take(std::string_view& bytes, unsigned char tag) {
  if (bytes.size() < 2 || static_cast<unsigned char>(bytes[0]) != tag) return std::nullopt;
  std::size_t length = static_cast<unsigned char>(bytes[1]);
  std::size_t header = 2;
  if (length >= 0x80) {
    std::size_t const width = length - 0x80;
    if (width == 0 || width > 4 || bytes.size() < header + width) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < width; ++i)
      length = length << 8 | static_cast<unsigned char>(bytes[header + i]);
    header += width;
  }
  if (length > bytes.size() - header) return std::nullopt;
  auto const content = bytes.substr(header, length);
  bytes.remove_prefix(header + length);
  return content;
}

constexpr unsigned char tag_oid = 0x06;
constexpr unsigned char tag_octets = 0x04;
constexpr unsigned char tag_sequence = 0x30;
constexpr unsigned char tag_application = 0x60;
constexpr unsigned char context_tag(unsigned number) { return static_cast<unsigned char>(0xa0 + number); }

TokenFacts::Mechanism mechanism_of(std::string_view oid) {
  if (oid == kerberos_oid || oid == windows_kerberos_oid) return TokenFacts::Mechanism::kerberos;
  if (oid == ntlm_oid) return TokenFacts::Mechanism::ntlm;
  return TokenFacts::Mechanism::none;
}

Result<void> inspect_embedded(std::string_view token, TokenFacts& facts) {
  if (token.substr(0, ntlm_signature.size()) != ntlm_signature) return {};
  auto ntlm = inspect_ntlm(token);
  if (!ntlm) return tl::unexpected(ntlm.error());
  facts.ntlm = std::move(*ntlm);
  return {};
}

Result<void> read_offers(std::string_view list, TokenFacts& facts) {
  std::size_t count = 0;
  while (!list.empty()) {
    auto const oid = take(list, tag_oid);
    if (!oid) return fail("a SPNEGO mechanism list with something else than identifiers");
    if (++count > maximum_offers) return fail("a SPNEGO token offers too many mechanisms");
    auto const mechanism = mechanism_of(*oid);
    facts.offers_kerberos |= mechanism == TokenFacts::Mechanism::kerberos;
    facts.offers_ntlm |= mechanism == TokenFacts::Mechanism::ntlm;
    if (facts.mechanism == TokenFacts::Mechanism::none) facts.mechanism = mechanism;
  }
  return {};
}

/// NegTokenInit ::= SEQUENCE { mechTypes [0], reqFlags [1], mechToken [2], mechListMIC [3] } (RFC 4178 4.2.1)
Result<TokenFacts> inspect_init(std::string_view choice) {
  TokenFacts facts;
  facts.framing = TokenFacts::Framing::spnego_init;
  auto wrapped = take(choice, context_tag(0));
  auto fields = wrapped ? take(*wrapped, tag_sequence) : std::nullopt;
  auto types = fields ? take(*fields, context_tag(0)) : std::nullopt;
  auto list = types ? take(*types, tag_sequence) : std::nullopt;
  if (!list) return fail("a malformed SPNEGO NegTokenInit");
  if (auto ok = read_offers(*list, facts); !ok) return tl::unexpected(ok.error());
  (void)take(*fields, context_tag(1));
  if (auto token = take(*fields, context_tag(2))) {
    auto const octets = take(*token, tag_octets);
    if (!octets) return fail("a malformed SPNEGO mechanism token");
    if (auto ok = inspect_embedded(*octets, facts); !ok) return tl::unexpected(ok.error());
  }
  return facts;
}

/// NegTokenResp ::= SEQUENCE { negState [0], supportedMech [1], responseToken [2], mechListMIC [3] } (4.2.2)
Result<TokenFacts> inspect_response(std::string_view wrapped) {
  TokenFacts facts;
  facts.framing = TokenFacts::Framing::spnego_response;
  auto fields = take(wrapped, tag_sequence);
  if (!fields) return fail("a malformed SPNEGO NegTokenResp");
  (void)take(*fields, context_tag(0));
  (void)take(*fields, context_tag(1));
  if (auto token = take(*fields, context_tag(2))) {
    auto const octets = take(*token, tag_octets);
    if (!octets) return fail("a malformed SPNEGO response token");
    if (auto ok = inspect_embedded(*octets, facts); !ok) return tl::unexpected(ok.error());
  }
  return facts;
}

}  // namespace

Result<NtlmFacts> inspect_ntlm(std::string_view message) {
  if (message.size() < negotiate_bytes / 2 || message.substr(0, ntlm_signature.size()) != ntlm_signature) {
    return fail("not an NTLM message");
  }
  NtlmFacts facts;
  switch (read_le(message, 8, 4)) {
    case 1: {
      facts.type = NtlmFacts::Type::negotiate;
      facts.flags = read_le(message, 12, 4);
      if (message.size() < negotiate_bytes) return fail("the NTLM NEGOTIATE message is too short");
      for (std::size_t position : {16, 24}) {
        if (auto field = field_at(message, position, negotiate_bytes); !field)
          return tl::unexpected(field.error());
      }
      return facts;
    }
    case 2: {
      facts.type = NtlmFacts::Type::challenge;
      if (message.size() < challenge_bytes) return fail("the NTLM CHALLENGE message is too short");
      facts.flags = read_le(message, 20, 4);
      auto target_name = field_at(message, 12, challenge_bytes);
      auto target_information = field_at(message, 40, challenge_bytes);
      if (!target_name) return tl::unexpected(target_name.error());
      if (!target_information) return tl::unexpected(target_information.error());
      if (auto ok = check_pairs(*target_information); !ok) return tl::unexpected(ok.error());
      return facts;
    }
    case 3:
      facts.type = NtlmFacts::Type::authenticate;
      return inspect_authenticate(message, std::move(facts));
    default:
      return fail("an NTLM message of an unknown type");
  }
}

Result<TokenFacts> inspect_token(std::string_view token) {
  TokenFacts facts;
  if (token.substr(0, ntlm_signature.size()) == ntlm_signature) {
    facts.mechanism = TokenFacts::Mechanism::ntlm;
    if (auto ok = inspect_embedded(token, facts); !ok) return tl::unexpected(ok.error());
    return facts;
  }
  auto rest = token;
  if (auto response = take(rest, context_tag(1))) return inspect_response(*response);
  if (auto framed = take(rest, tag_application)) {
    auto const oid = take(*framed, tag_oid);
    if (oid == spnego_oid) return inspect_init(*framed);
    if (oid == kerberos_oid || oid == windows_kerberos_oid) {
      facts.mechanism = TokenFacts::Mechanism::kerberos;
      return facts;
    }
  }
  return fail("the token is neither NTLM, Kerberos nor SPNEGO");
}

}  // namespace winrm::auth
