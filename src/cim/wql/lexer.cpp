#include "cim/wql/lexer.hpp"

#include <fmt/format.h>

namespace winrm::cim::wql {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
/// Numbers may be hexadecimal or carry an exponent: their text is checked against the property's type later.
bool is_number_part(char c) { return is_digit(c) || is_word_start(c) || c == '.'; }

std::size_t length_while(std::string_view text, bool (*belongs)(char)) {
  std::size_t length = 0;
  while (length < text.size() && belongs(text[length])) ++length;
  return length;
}

}  // namespace

Result<Token> Lexer::next() {
  position_ += length_while(text_.substr(position_), is_blank);
  auto const rest = text_.substr(position_);
  if (rest.empty()) return take(Token::Kind::end, 0);
  char const first = rest.front();
  if (first == '"' || first == '\'') return take_string();
  if (is_word_start(first)) {
    return take(Token::Kind::word,
                length_while(rest, [](char c) { return is_word_start(c) || is_digit(c); }));
  }
  if (is_digit(first) || ((first == '-' || first == '+') && rest.size() > 1 && is_digit(rest[1]))) {
    return take(Token::Kind::number, 1 + length_while(rest.substr(1), is_number_part));
  }
  for (std::string_view const symbol :
       {"<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ",", "*", ".", "{", "}"}) {
    if (rest.starts_with(symbol)) return take(Token::Kind::symbol, symbol.size());
  }
  return fail(fmt::format("character {}: a query cannot contain \"{}\" here", position_ + 1, first));
}

Result<std::string> Lexer::rest_of_braces() {
  auto const begin = position_;
  char quote = 0;
  for (; position_ < text_.size(); ++position_) {
    char const c = text_[position_];
    if (quote != 0) {
      if (c == '\\') ++position_;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '}') {
      auto inside = text_.substr(begin, position_ - begin);
      ++position_;
      inside.remove_prefix(length_while(inside, is_blank));
      while (!inside.empty() && is_blank(inside.back())) inside.remove_suffix(1);
      return std::string(inside);
    }
  }
  return fail(fmt::format("character {}: the object path that begins here has no \"}}\"", begin + 1));
}

Token Lexer::take(Token::Kind kind, std::size_t length) {
  Token token{kind, std::string(text_.substr(position_, length)), position_ + 1};
  position_ += length;
  return token;
}

Result<Token> Lexer::take_string() {
  Token token{Token::Kind::string, {}, position_ + 1};
  char const quote = text_[position_++];
  while (position_ < text_.size()) {
    char c = text_[position_++];
    if (c == quote) return token;
    // Only a backslash and the quotes can be escaped (windows reference 7.4).
    if (c == '\\' && position_ < text_.size()) c = text_[position_++];
    token.text += c;
  }
  return fail(fmt::format("character {}: the string that begins here has no end", token.at));
}

}  // namespace winrm::cim::wql
