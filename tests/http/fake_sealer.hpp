#pragma once

#include <algorithm>
#include <cstdint>

#include "auth/sealer.hpp"

namespace winrm::http {

/// Seals by XOR with a key that changes with each message; its header holds the message's number and a
/// checksum, so that altered, replayed and reordered messages fail as real ones do. Both ends number alike.
class FakeSealer final : public auth::Sealer {
 public:
  explicit FakeSealer(std::size_t header_bytes = 16) : header_bytes_(header_bytes) {}

  static char key_of_message(std::size_t number) { return static_cast<char>(0x5a + 7 * number); }
  [[nodiscard]] std::size_t sealed() const { return sealed_; }

  Result<auth::SealedMessage> seal(std::string_view plain) override {
    auth::SealedMessage message;
    message.header = header(sealed_, plain);
    message.ciphertext = crypt(sealed_++, plain);
    return message;
  }

  Result<std::string> unseal(std::string_view header_and_ciphertext, std::size_t header_bytes) override {
    if (header_bytes != header_bytes_ || header_and_ciphertext.size() < header_bytes)
      return fail("wrong header");
    auto plain = crypt(unsealed_, header_and_ciphertext.substr(header_bytes));
    if (header(unsealed_, plain) != header_and_ciphertext.substr(0, header_bytes))
      return fail("wrong signature");
    ++unsealed_;
    return plain;
  }

 private:
  [[nodiscard]] std::string header(std::size_t number, std::string_view plain) const {
    std::uint32_t sum = 2166136261U;
    for (unsigned char const c : plain) sum = (sum ^ c) * 16777619U;
    auto text = std::to_string(number) + "." + std::to_string(sum);
    text.resize(header_bytes_, '\0');
    return text;
  }
  static std::string crypt(std::size_t number, std::string_view text) {
    std::string result(text);
    for (auto& c : result) c = static_cast<char>(c ^ key_of_message(number));
    return result;
  }

  std::size_t header_bytes_;
  std::size_t sealed_ = 0;
  std::size_t unsealed_ = 0;
};

}  // namespace winrm::http
