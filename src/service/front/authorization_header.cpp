#include "service/front/authorization_header.hpp"

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "base/unicode.hpp"

namespace winrm::service::front {

namespace {

constexpr std::string_view blanks = " \t";

std::string_view trim(std::string_view text) {
  std::size_t const first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

Result<AuthorizationHeader> split_authorization(std::string_view value) {
  value = trim(value);
  std::size_t const space = value.find_first_of(blanks);
  if (value.empty()) return fail("the Authorization header is empty");
  if (space == std::string_view::npos)
    return fail("the Authorization header has a scheme but nothing behind it");
  return AuthorizationHeader{value.substr(0, space), trim(value.substr(space))};
}

Result<BasicCredential> decode_basic(std::string_view base64_text) {
  if (base64_text.size() > limits::authentication_token_bytes) return fail("the credential is too long");
  auto decoded = base64::decode(base64_text);
  if (!decoded) return fail("the credential is not base64");
  Secret const text(unicode::is_valid_utf8(*decoded) ? *decoded : unicode::latin1_to_utf8(*decoded));
  wipe(decoded->data(), decoded->size());
  std::string const& pair = text.reveal();
  std::size_t const colon = pair.find(':');
  if (colon == std::string::npos) return fail("the credential has no colon");
  if (pair.find('\0') != std::string::npos) return fail("the credential holds a NUL");
  BasicCredential credential;
  credential.user = pair.substr(0, colon);
  credential.password = Secret(pair.substr(colon + 1));
  return credential;
}

}  // namespace winrm::service::front
