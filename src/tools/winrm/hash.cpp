#include "tools/winrm/hash.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/common/switches.hpp"

namespace winrm::tools::winrm_tool {
namespace {

UsageError bad_hash(std::string_view why, std::string_view text) {
  return UsageError(
      fmt::format("{} in {}. It is written @{{KEY=\"VALUE\";KEY=\"VALUE\"}}.", why, hash_beginning(text)));
}

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
}

bool is_key(std::string_view key) { return !key.empty() && std::ranges::all_of(key, is_key_character); }

/// Takes a value from the front of `rest`, and the ';' behind it.
std::optional<std::string> take_value(std::string_view& rest, std::string_view whole) {
  rest = trimmed(rest);
  if (!rest.starts_with('"')) {
    auto const end = std::min(rest.find(';'), rest.size());
    auto const value = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (value == "$null") return std::nullopt;
    return std::string(value);
  }
  std::string value;
  rest.remove_prefix(1);
  while (true) {
    auto const close = rest.find('"');
    if (close == std::string_view::npos) throw bad_hash("A value has no closing quote", whole);
    value.append(rest.substr(0, close));
    rest.remove_prefix(close + 1);
    if (!rest.starts_with('"')) break;
    value += '"';
    rest.remove_prefix(1);
  }
  rest = trimmed(rest);
  if (!rest.empty() && !rest.starts_with(';')) throw bad_hash("A ';' is missing between values", whole);
  rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
  return value;
}

}  // namespace

std::vector<HashEntry> parse_hash(std::string_view text) {
  auto rest = trimmed(text);
  if (rest.starts_with('@')) rest.remove_prefix(1);
  if (rest.size() < 2 || rest.front() != '{' || rest.back() != '}')
    throw bad_hash("Braces are missing", text);
  rest = rest.substr(1, rest.size() - 2);

  std::vector<HashEntry> entries;
  while (!trimmed(rest).empty()) {
    auto const equals = rest.find('=');
    if (equals == std::string_view::npos) throw bad_hash("A '=' is missing", text);
    auto const key = trimmed(rest.substr(0, equals));
    if (!is_key(key)) throw bad_hash(fmt::format("\"{}\" is no key", hash_beginning(key)), text);
    rest.remove_prefix(equals + 1);
    entries.push_back({std::string(key), take_value(rest, text)});
  }
  return entries;
}

std::string hash_beginning(std::string_view text) {
  auto const opening = std::min(text.find_first_not_of("@{ \t\r\n"), text.size());
  auto const key = text.substr(opening);
  auto const end = std::ranges::find_if_not(key, is_key_character);
  std::string beginning(trimmed(text.substr(0, opening)));
  beginning.append(key.begin(), end);
  return end == key.end() ? beginning : beginning + "…";
}

}  // namespace winrm::tools::winrm_tool
