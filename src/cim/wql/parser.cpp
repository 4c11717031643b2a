#include <fmt/format.h>

#include <array>

#include "base/limits.hpp"
#include "base/unicode.hpp"
#include "cim/wql/lexer.hpp"
#include "cim/wql/query.hpp"

namespace winrm::cim::wql {

namespace {

struct NamedOperator {
  std::string_view symbol;
  Operator op;
  Operator mirrored;  ///< with its sides exchanged
};
constexpr std::array operators{
    NamedOperator{"=", Operator::equal, Operator::equal},
    NamedOperator{"!=", Operator::not_equal, Operator::not_equal},
    NamedOperator{"<>", Operator::not_equal, Operator::not_equal},
    NamedOperator{"<", Operator::less, Operator::greater},
    NamedOperator{"<=", Operator::less_equal, Operator::greater_equal},
    NamedOperator{">", Operator::greater, Operator::less},
    NamedOperator{">=", Operator::greater_equal, Operator::less_equal},
};

/// Words of the language that cannot name a property.
constexpr std::array<std::string_view, 12> reserved{"SELECT", "FROM", "WHERE", "AND", "OR",     "NOT",
                                                    "IS",     "NULL", "LIKE",  "ISA", "WITHIN", "GROUP"};

/// Recursive descent; every function reads one rule and leaves the token behind it in token_. The first error
/// ends the reading: it is thrown inside and returned outside.
class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { advance(); }

  Select select() {
    expect_word("SELECT");
    Select query;
    query.columns = columns();
    expect_word("FROM");
    query.class_name = name("a class");
    if (is_word("WHERE")) {
      advance();
      query.where = disjunction(0);
    }
    if (token_.kind != Token::Kind::end) fail_expecting("the end of the query");
    return query;
  }

 private:
  std::vector<std::string> columns() {
    if (is_symbol("*")) {
      advance();
      return {};
    }
    std::vector<std::string> names{name("* or a property")};
    while (is_symbol(",")) {
      advance();
      names.push_back(name("a property"));
    }
    return names;
  }

  Expression disjunction(std::size_t depth) {
    return joined("OR", Expression::Kind::disjunction, [&] { return conjunction(depth); });
  }
  Expression conjunction(std::size_t depth) {
    return joined("AND", Expression::Kind::conjunction, [&] { return negation(depth); });
  }
  template <class Operand>
  Expression joined(std::string_view word, Expression::Kind kind, Operand const& operand) {
    auto first = operand();
    if (!is_word(word)) return first;
    Expression all{kind, {}, {}};
    all.operands.push_back(std::move(first));
    while (is_word(word)) {
      advance();
      all.operands.push_back(operand());
    }
    return all;
  }

  Expression negation(std::size_t depth) {
    if (depth > limits::wql_depth) throw Error{fmt::format("character {}: nested too deeply", token_.at)};
    if (is_word("NOT")) {
      advance();
      Expression negated{Expression::Kind::negation, {}, {}};
      negated.operands.push_back(negation(depth + 1));
      return negated;
    }
    if (is_symbol("(")) {
      advance();
      auto inner = disjunction(depth + 1);
      if (!is_symbol(")")) fail_expecting("\")\"");
      advance();
      return inner;
    }
    return {Expression::Kind::comparison, comparison(), {}};
  }

  Comparison comparison() {
    Comparison read;
    read.at = token_.at;
    if (auto const constant = literal()) {
      auto const& op = symbol_operator();
      read.literal = *constant;
      read.op = op.mirrored;
      read.property = name("a property");
      return read;
    }
    read.property = name("a property");
    if (is_word("IS")) {
      advance();
      read.op = is_word("NOT") ? Operator::is_not_null : Operator::is_null;
      if (is_word("NOT")) advance();
      expect_word("NULL");
      return read;
    }
    if (is_word("LIKE")) {
      advance();
      read.op = Operator::like;
      if (token_.kind != Token::Kind::string) fail_expecting("a pattern in quotes");
    } else {
      read.op = symbol_operator().op;
    }
    auto const constant = literal();
    if (!constant) fail_expecting("a string, a number, TRUE or FALSE");
    read.literal = *constant;
    return read;
  }

  NamedOperator const& symbol_operator() {
    for (auto const& candidate : operators) {
      if (!is_symbol(candidate.symbol)) continue;
      advance();
      return candidate;
    }
    fail_expecting("a comparison (= <> < <= > >= LIKE IS)");
  }

  std::optional<Literal> literal() {
    std::optional<Literal> read;
    if (token_.kind == Token::Kind::string) read = Literal{Literal::Kind::string, token_.text};
    if (token_.kind == Token::Kind::number) read = Literal{Literal::Kind::number, token_.text};
    if (is_word("TRUE") || is_word("FALSE")) read = Literal{Literal::Kind::boolean, token_.text};
    if (read) advance();
    return read;
  }

  std::string name(std::string_view what) {
    if (token_.kind != Token::Kind::word) fail_expecting(what);
    for (auto const word : reserved) {
      if (is_word(word)) fail_expecting(what);
    }
    auto read = token_.text;
    advance();
    return read;
  }

  void expect_word(std::string_view word) {
    if (!is_word(word)) fail_expecting(word);
    advance();
  }
  [[nodiscard]] bool is_word(std::string_view word) const {
    return token_.kind == Token::Kind::word && unicode::equals_ignoring_case(token_.text, word);
  }
  [[nodiscard]] bool is_symbol(std::string_view symbol) const {
    return token_.kind == Token::Kind::symbol && token_.text == symbol;
  }
  [[noreturn]] void fail_expecting(std::string_view what) const {
    auto const found = token_.kind == Token::Kind::end ? "the end of the query" : "\"" + token_.text + "\"";
    throw Error{fmt::format("character {}: expected {}, found {}", token_.at, what, found)};
  }
  void advance() {
    auto token = lexer_.next();
    if (!token) throw token.error();
    token_ = *std::move(token);
  }

  Lexer lexer_;
  Token token_;
};

}  // namespace

Result<Select> parse(std::string_view text) {
  if (text.size() > limits::wql_bytes) {
    return fail(fmt::format("the query has {} bytes, more than the {} that are read", text.size(),
                            limits::wql_bytes));
  }
  try {
    return Parser(text).select();
  } catch (Error const& error) {
    return fail(error.message);
  }
}

}  // namespace winrm::cim::wql
