#include <algorithm>
#include <optional>
#include <string>

#include "cim/wql/comparison.hpp"

namespace winrm::cim::wql {

namespace {

/// Bytes of the UTF-8 character that begins here; 1 for a byte that begins none.
std::size_t character_size(std::string_view text) {
  auto const lead = static_cast<unsigned char>(text.front());
  std::size_t size = 1;
  if (lead >= 0xF0) {
    size = 4;
  } else if (lead >= 0xE0) {
    size = 3;
  } else if (lead >= 0xC0) {
    size = 2;
  }
  return std::min(size, text.size());
}

/// A character to compare: folded when case does not matter. UTF-8 keeps the order of code points.
std::string folded(std::string_view character, CaseRule rule) {
  std::string copy(character);
  if (rule == CaseRule::ignore && copy.size() == 1) copy[0] = detail::fold(copy[0]);
  return copy;
}

/// One element of a pattern that stands for one character.
struct Element {
  std::size_t size = 0;  ///< in the pattern
  bool matches = false;
};

/// "[a-f]" or "[^…]" at the start of `pattern`; nothing when the bracket is never closed.
std::optional<Element> match_set(std::string_view pattern, std::string const& character, CaseRule rule) {
  std::size_t at = 1;
  bool const negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  bool found = false;
  for (bool first = true; at < pattern.size(); first = false) {
    if (pattern[at] == ']' && !first) return Element{at + 1, found != negated};
    auto const low_size = character_size(pattern.substr(at));
    auto const low = folded(pattern.substr(at, low_size), rule);
    at += low_size;
    auto high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      auto const high_size = character_size(pattern.substr(at + 1));
      high = folded(pattern.substr(at + 1, high_size), rule);
      at += 1 + high_size;
    }
    found = found || (low <= character && character <= high);
  }
  return std::nullopt;
}

Element match_element(std::string_view pattern, std::string_view character, CaseRule rule) {
  auto const plain = folded(character, rule);
  if (pattern.front() == '_') return {1, true};
  if (pattern.front() == '[') {
    if (auto const set = match_set(pattern, plain, rule)) return *set;
  }
  auto const size = character_size(pattern);
  return {size, folded(pattern.substr(0, size), rule) == plain};
}

}  // namespace

bool matches_like(std::string_view text, std::string_view pattern, CaseRule rule) {
  // After a mismatch only the last % can take one more character: time grows with the product of the lengths,
  // not with a power of it.
  std::optional<std::string_view> after_percent;
  std::string_view retry;
  while (!text.empty()) {
    if (!pattern.empty() && pattern.front() == '%') {
      pattern.remove_prefix(1);
      after_percent = pattern;
      retry = text;
      continue;
    }
    auto const size = character_size(text);
    if (!pattern.empty()) {
      auto const element = match_element(pattern, text.substr(0, size), rule);
      if (element.matches) {
        pattern.remove_prefix(element.size);
        text.remove_prefix(size);
        continue;
      }
    }
    if (!after_percent) return false;
    retry.remove_prefix(character_size(retry));
    text = retry;
    pattern = *after_percent;
  }
  return pattern.find_first_not_of('%') == std::string_view::npos;
}

}  // namespace winrm::cim::wql
