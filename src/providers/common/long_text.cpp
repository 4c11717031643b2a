#include "providers/common/long_text.hpp"

namespace winrm::providers {

namespace {

/// Bytes that one takes in XML: what has a name there, and at most what is replaced by U+FFFD.
std::size_t written(char c) {
  if (c == '&') return 5;
  if (c == '<' || c == '>') return 4;
  auto const byte = static_cast<unsigned char>(c);
  return byte < ' ' || byte >= 0x7f ? 3 : 1;
}

bool goes_on(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

}  // namespace

std::string within_bounds(std::string text) {
  constexpr std::size_t most_bytes = 32'767;
  constexpr std::size_t most_written = 3 * most_bytes;
  std::size_t size = 0;
  std::size_t sum = 0;
  while (size < text.size() && size < most_bytes && sum <= most_written) sum += written(text[size++]);
  if (sum > most_written) --size;
  if (size == text.size()) return text;
  while (size != 0 && goes_on(text[size])) --size;  // not within a character
  text.resize(size);
  return text;
}

}  // namespace winrm::providers
