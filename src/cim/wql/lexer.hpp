#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace winrm::cim::wql {

struct Token {
  enum class Kind { end, word, string, number, symbol };
  Kind kind = Kind::end;
  std::string text;    ///< a string without its quotes and escapes
  std::size_t at = 0;  ///< its first character in the query, from 1
};

/// Cuts a query into tokens, one at a time.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  [[nodiscard]] Result<Token> next();
  /// Everything up to the "}" that ends what a "{" just began, blanks at its ends left out. Braces inside
  /// quotes belong to the text.
  [[nodiscard]] Result<std::string> rest_of_braces();

 private:
  [[nodiscard]] Token take(Token::Kind kind, std::size_t length);
  [[nodiscard]] Result<Token> take_string();

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace winrm::cim::wql
