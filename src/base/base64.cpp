#include "base/base64.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace winrm::base64 {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Two characters for each 12 bits of input: half the look-ups of a table for 6 bits, and still inside the L1
// cache.
struct EncodeTable {
  std::array<char, std::size_t{4096} * 2> pairs{};
  constexpr EncodeTable() {
    for (std::size_t value = 0; value < 4096; ++value) {
      pairs[value * 2] = alphabet[value >> 6];
      pairs[value * 2 + 1] = alphabet[value & 63];
    }
  }
};
constexpr EncodeTable encode_table;

constexpr std::uint32_t not_in_alphabet = 0xff000000;

// One table for each place of a group of four; a character outside the alphabet sets a bit above the 24 that
// count.
struct DecodeTable {
  std::array<std::array<std::uint32_t, 256>, 4> place{};
  constexpr DecodeTable() {
    for (auto& table : place) table.fill(not_in_alphabet);
    for (std::uint32_t value = 0; value < 64; ++value) {
      auto const at = static_cast<unsigned char>(alphabet[value]);
      for (std::uint32_t i = 0; i < 4; ++i) place[i][at] = value << (18 - 6 * i);
    }
  }
};
constexpr DecodeTable decode_table;

inline void put_pair(char* to, std::uint32_t twelve_bits) {
  std::memcpy(to, encode_table.pairs.data() + std::size_t{twelve_bits} * 2, 2);
}

inline std::uint64_t load_big_endian(unsigned char const* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
}

void encode_groups(char* to, unsigned char const* from, unsigned char const* end) {
  // Six bytes at a time, from one eight byte load, while eight can be read.
  while (end - from >= 8) {
    std::uint64_t const word = load_big_endian(from);
    put_pair(to, (word >> 52) & 0xfff);
    put_pair(to + 2, (word >> 40) & 0xfff);
    put_pair(to + 4, (word >> 28) & 0xfff);
    put_pair(to + 6, (word >> 16) & 0xfff);
    from += 6;
    to += 8;
  }
  while (end - from >= 3) {
    std::uint32_t const group = std::uint32_t{from[0]} << 16 | std::uint32_t{from[1]} << 8 | from[2];
    put_pair(to, group >> 12);
    put_pair(to + 2, group & 0xfff);
    from += 3;
    to += 4;
  }
  if (end - from == 1) {
    put_pair(to, std::uint32_t{from[0]} << 4);
    to[2] = to[3] = '=';
  } else if (end - from == 2) {
    std::uint32_t const group = std::uint32_t{from[0]} << 16 | std::uint32_t{from[1]} << 8;
    put_pair(to, group >> 12);
    to[2] = alphabet[(group >> 6) & 63];
    to[3] = '=';
  }
}

inline bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

inline void put_group(char*& to, std::uint32_t group) {
  to[0] = static_cast<char>(group >> 16);
  to[1] = static_cast<char>(group >> 8);
  to[2] = static_cast<char>(group);
  to += 3;
}

inline std::uint32_t group_at(char const* at) {
  auto const* from = reinterpret_cast<unsigned char const*>(at);
  return decode_table.place[0][from[0]] | decode_table.place[1][from[1]] | decode_table.place[2][from[2]] |
         decode_table.place[3][from[3]];
}

tl::unexpected<Error> refuse(std::string_view what, std::size_t position) {
  return fail(fmt::format("base64 text has {} at character {}", what, position + 1));
}

}  // namespace

void append(std::string& out, std::string_view bytes) {
  std::size_t const before = out.size();
  out.resize(before + encoded_size(bytes.size()));
  auto const* from = reinterpret_cast<unsigned char const*>(bytes.data());
  encode_groups(out.data() + before, from, from + bytes.size());
}

std::string encode(std::string_view bytes) {
  std::string out;
  append(out, bytes);
  return out;
}

Result<std::string> decode(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  char* to = out.data();
  std::size_t at = 0;
  std::uint32_t group = 0;  // what was read of a group that white space or padding interrupts
  int digits = 0;
  int padding = 0;
  while (at < text.size()) {
    if (digits == 0) {
      while (text.size() - at >= 4) {
        std::uint32_t const whole = group_at(text.data() + at);
        if (whole >= not_in_alphabet) break;
        put_group(to, whole);
        at += 4;
      }
      if (at == text.size()) break;
    }
    char const c = text[at];
    if (is_white_space(c)) {
      ++at;
      continue;
    }
    if (c == '=') {
      if (digits + padding < 2 || digits + padding > 3) return refuse("padding in the wrong place", at);
      ++padding;
      ++at;
      if (digits + padding < 4) continue;
      std::size_t const rest = text.find_first_not_of(" \t\r\n", at);
      if (rest != std::string_view::npos) return refuse("more text after its padding", rest);
      break;
    }
    std::uint32_t const value = decode_table.place[3][static_cast<unsigned char>(c)];
    if (value >= not_in_alphabet) return refuse("a character outside the alphabet", at);
    if (padding > 0) return refuse("more text after its padding", at);
    group = group << 6 | value;
    ++at;
    if (++digits < 4) continue;
    put_group(to, group);
    group = 0;
    digits = 0;
  }
  if (digits != 0) {
    if (digits + padding != 4) return fail("base64 text ends in the middle of a group of four characters");
    char* const whole_bytes = to + digits - 1;
    put_group(to, group << (6 * padding));
    to = whole_bytes;
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
  return out;
}

}  // namespace winrm::base64
