#include "tools/winrs/code_page.hpp"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "tools/common/switches.hpp"

namespace winrm::tools::winrs_tool {
namespace {

/// Code pages that iconv knows under another name than CP and the number.
std::string encoding_name(std::uint32_t code_page) {
  constexpr auto named = std::to_array<std::pair<std::uint32_t, std::string_view>>({{1200, "UTF-16LE"},
                                                                                    {1201, "UTF-16BE"},
                                                                                    {20127, "ASCII"},
                                                                                    {20866, "KOI8-R"},
                                                                                    {28591, "ISO-8859-1"},
                                                                                    {28592, "ISO-8859-2"},
                                                                                    {28595, "ISO-8859-5"},
                                                                                    {28605, "ISO-8859-15"},
                                                                                    {51932, "EUC-JP"},
                                                                                    {51949, "EUC-KR"},
                                                                                    {54936, "GB18030"}});
  for (auto const& [number, name] : named)
    if (number == code_page) return std::string(name);
  return fmt::format("CP{}", code_page);
}

}  // namespace

void CodePageConverter::Closer::operator()(void* descriptor) const noexcept {
  iconv_close(static_cast<iconv_t>(descriptor));
}

CodePageConverter::CodePageConverter(std::uint32_t code_page, Direction direction)
    : to_utf8_(direction == Direction::to_utf8) {
  if (code_page == utf8_code_page) return;
  auto const name = encoding_name(code_page);
  if (name.starts_with("UTF-16")) unit_ = 2;
  auto* const descriptor = iconv_open(to_utf8_ ? "UTF-8" : name.c_str(), to_utf8_ ? name.c_str() : "UTF-8");
  if (descriptor == reinterpret_cast<iconv_t>(-1))  // NOLINT: what iconv_open returns for an error
    throw UsageError(
        fmt::format("This machine knows no code page {}; iconv -l lists those it knows.", code_page));
  descriptor_.reset(descriptor);
}

std::string CodePageConverter::convert(std::string_view bytes) {
  if (!descriptor_) return std::string(bytes);
  auto input = std::exchange(rest_, {}).append(bytes);
  std::string out;
  std::array<char, 4096> piece;
  auto* from = input.data();
  auto left = input.size();
  while (left > 0) {
    auto* to = piece.data();
    auto room = piece.size();
    auto const done = iconv(descriptor_.get(), &from, &left, &to, &room);
    auto const error = done == static_cast<std::size_t>(-1) ? errno : 0;
    out.append(piece.data(), piece.size() - room);
    if (error == EINVAL) {
      rest_.assign(from, left);
      break;
    }
    if (error == EILSEQ) {
      out += '?';
      skip(from, left);
    }
  }
  return out;
}

void CodePageConverter::skip(char*& from, std::size_t& left) const {
  std::size_t bytes = to_utf8_ ? std::min(unit_, left) : 1;
  // Of a character in UTF-8 the rest goes with its first byte.
  while (!to_utf8_ && bytes < left && (static_cast<unsigned char>(from[bytes]) & 0xC0U) == 0x80U) ++bytes;
  from += bytes;
  left -= bytes;
}

std::string CodePageConverter::finish() { return std::exchange(rest_, {}).empty() ? "" : "?"; }

}  // namespace winrm::tools::winrs_tool
