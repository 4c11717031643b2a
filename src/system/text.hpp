#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

/// Pieces that every reader of the kernel's and the distribution's text files needs.
namespace winrm::system::text {

/// The next line without its end; moves `rest` behind it. Nothing at the end of the text.
[[nodiscard]] std::optional<std::string_view> next_line(std::string_view& rest);
/// The next run of characters that are not blank; empty at the end.
std::string_view next_word(std::string_view& rest);
[[nodiscard]] std::string_view trim(std::string_view text);

/// A whole number that fills `text`.
template <class Integer = std::uint64_t>
[[nodiscard]] std::optional<Integer> number(std::string_view text) {
  Integer value{};
  auto const* const end = text.data() + text.size();
  auto const [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

/// "Name: value" or "Name=value": the value of the first line with that name, without blanks around it.
[[nodiscard]] std::optional<std::string_view> value_of(std::string_view text, std::string_view name,
                                                       char separator);

}  // namespace winrm::system::text
