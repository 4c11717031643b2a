// Reads any bytes as a sealed body, with a sealer that takes everything, and writes back what was read.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/sealed_body.hpp"

namespace {

using namespace winrm;

/// Hands the bytes through: the lengths are what is tested, not the cipher.
class OpenSealer final : public auth::Sealer {
 public:
  Result<auth::SealedMessage> seal(std::string_view plain) override {
    auth::SealedMessage message;
    message.header.assign(16, 'h');
    message.ciphertext = plain;
    return message;
  }
  Result<std::string> unseal(std::string_view header_and_ciphertext, std::size_t header_bytes) override {
    if (header_bytes > header_and_ciphertext.size()) return fail("header beyond the data");
    return std::string(header_and_ciphertext.substr(header_bytes));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  auto const line_end = std::min(input.find('\n'), input.size());
  auto const content_type = input.substr(0, line_end);
  auto const body = input.substr(std::min(line_end + 1, input.size()));
  OpenSealer sealer;
  auto const read = http::unseal_body(content_type, body, sealer);
  if (!read) return 0;
  auto const written = http::seal_body(read->plain, read->content_type, read->style, sealer);
  if (!written) std::abort();
  auto style = read->style;
  if (style.protocol.find("CredSSP") != std::string::npos)
    return 0;  // its payload would have to be TLS records
  auto const again = http::unseal_body(written->content_type, written->body, sealer);
  if (!again || again->plain != read->plain) std::abort();
  return 0;
}
