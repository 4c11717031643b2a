#include "auth/exported_context.hpp"

#include <profile.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace winrm::auth {

namespace {

constexpr std::size_t word_bytes = 4;
constexpr std::size_t maximum_files = 64;

std::optional<std::uint32_t> word_at(std::string_view bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < word_bytes) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < word_bytes; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
  return value;
}

constexpr auto profile_magic = static_cast<std::uint32_t>(PROF_MAGIC_PROFILE);

/// The file list at `offset`: magic, count, that many times length and name, magic. Returns its size, if it
/// is one.
std::optional<std::size_t> size_of_file_list(std::string_view bytes, std::size_t offset) {
  if (word_at(bytes, offset) != profile_magic) return std::nullopt;
  auto const count = word_at(bytes, offset + word_bytes);
  if (!count || *count > maximum_files) return std::nullopt;
  std::size_t position = offset + 2 * word_bytes;
  for (std::size_t i = 0; i < *count; ++i) {
    auto const length = word_at(bytes, position);
    if (!length || *length > bytes.size()) return std::nullopt;
    position += word_bytes + *length;
  }
  if (word_at(bytes, position) != profile_magic) return std::nullopt;
  return position + word_bytes - offset;
}

void append_word(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

}  // namespace

Secret without_configuration_files(Secret exported) {
  std::string_view const bytes = exported.reveal();
  for (std::size_t offset = 0; offset + 3 * word_bytes <= bytes.size(); ++offset) {
    auto const size = size_of_file_list(bytes, offset);
    if (!size) continue;
    std::string shorter;
    shorter.reserve(bytes.size());  // one allocation, which the Secret wipes
    shorter.append(bytes.substr(0, offset));
    append_word(shorter, profile_magic);
    append_word(shorter, 0);
    append_word(shorter, profile_magic);
    shorter.append(bytes.substr(offset + *size));
    return Secret(std::move(shorter));
  }
  return exported;
}

}  // namespace winrm::auth
