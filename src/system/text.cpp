#include "system/text.hpp"

namespace winrm::system::text {

namespace {
constexpr std::string_view blanks = " \t\r\n";
}

std::optional<std::string_view> next_line(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  auto const end = rest.find('\n');
  auto const line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

std::string_view next_word(std::string_view& rest) {
  auto const begin = rest.find_first_not_of(blanks);
  if (begin == std::string_view::npos) {
    rest = {};
    return {};
  }
  auto const end = rest.find_first_of(blanks, begin);
  auto const word = rest.substr(begin, end == std::string_view::npos ? end : end - begin);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
  return word;
}

std::string_view trim(std::string_view text) {
  auto const begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::optional<std::string_view> value_of(std::string_view text, std::string_view name, char separator) {
  while (auto const line = next_line(text)) {
    auto const at = line->find(separator);
    if (at != std::string_view::npos && trim(line->substr(0, at)) == name) return trim(line->substr(at + 1));
  }
  return std::nullopt;
}

}  // namespace winrm::system::text
