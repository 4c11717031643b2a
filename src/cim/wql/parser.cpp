#include <fmt/format.h>

#include <array>
#include <utility>

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

  Statement statement() {
    if (is_word("ASSOCIATORS")) return associations(Associations::Kind::associators);
    if (is_word("REFERENCES")) return associations(Associations::Kind::references);
    if (!is_word("SELECT")) fail_expecting("SELECT, ASSOCIATORS or REFERENCES");
    return select();
  }

  Select select() {
    expect_word("SELECT");
    Select query;
    query.columns = columns();
    expect_word("FROM");
    query.class_name = name("a class");
    refuse_event_words();
    if (is_word("WHERE")) {
      advance();
      query.where = disjunction(0);
    }
    refuse_event_words();
    expect_end();
    return query;
  }

 private:
  /// WITHIN and GROUP make an event query, which no enumeration answers (windows reference 7.4).
  void refuse_event_words() const {
    for (std::string_view const word : {"WITHIN", "GROUP"}) {
      if (!is_word(word)) continue;
      throw Error{
          fmt::format("character {}: {} belongs to event queries, which a Subscribe takes", token_.at, word)};
    }
  }

  Associations associations(Associations::Kind kind) {
    Associations query;
    query.kind = kind;
    advance();
    expect_word("OF");
    if (!is_symbol("{")) fail_expecting("an object path in braces, as {Win32_Service.Name=\"sshd\"}");
    auto path = lexer_.rest_of_braces();
    if (!path) throw path.error();
    query.path = *std::move(path);
    advance();
    if (is_word("WHERE")) {
      advance();
      do {
        association_keyword(query);
      } while (token_.kind != Token::Kind::end);
    }
    expect_end();
    if (query.class_definitions_only && !query.result_class.empty()) {
      throw Error{"ClassDefsOnly and ResultClass exclude each other"};
    }
    return query;
  }

  void association_keyword(Associations& query) {
    struct Named {
      std::string_view word;
      std::string Associations::*value;
      bool associators_only;
    };
    static constexpr Named named[] = {
        {"AssocClass", &Associations::association_class, true},
        {"ResultClass", &Associations::result_class, false},
        {"Role", &Associations::role, false},
        {"ResultRole", &Associations::result_role, true},
        {"RequiredQualifier", &Associations::required_qualifier, false},
        {"RequiredAssocQualifier", &Associations::required_assoc_qualifier, true}};
    struct Flag {
      std::string_view word;
      bool Associations::*value;
    };
    static constexpr Flag flags[] = {{"ClassDefsOnly", &Associations::class_definitions_only},
                                     {"SchemaOnly", &Associations::schema_only},
                                     {"KeysOnly", &Associations::keys_only}};
    bool const associators = query.kind == Associations::Kind::associators;
    for (auto const& keyword : named) {
      if (!is_word(keyword.word) || (keyword.associators_only && !associators)) continue;
      if (!(query.*keyword.value).empty()) fail_expecting("each keyword once");
      advance();
      if (!is_symbol("=")) fail_expecting("\"=\"");
      advance();
      query.*keyword.value = name("a name");
      return;
    }
    for (auto const& flag : flags) {
      if (!is_word(flag.word)) continue;
      advance();
      query.*flag.value = true;
      return;
    }
    fail_expecting(associators
                       ? "AssocClass, ResultClass, Role, ResultRole, RequiredQualifier, "
                         "RequiredAssocQualifier, ClassDefsOnly, SchemaOnly or KeysOnly"
                       : "ResultClass, Role, RequiredQualifier, ClassDefsOnly, SchemaOnly or KeysOnly");
  }

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
      operand(read);
      return read;
    }
    operand(read);
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
    } else if (is_word("ISA")) {
      advance();
      read.op = Operator::isa;
      if (token_.kind != Token::Kind::string) fail_expecting("a class in quotes");
    } else {
      read.op = symbol_operator().op;
    }
    if (is_word("NULL")) {
      throw Error{fmt::format("character {}: write IS NULL or IS NOT NULL", token_.at)};
    }
    auto const constant = literal();
    if (!constant) fail_expecting("a string, a number, TRUE or FALSE");
    read.literal = *constant;
    return read;
  }

  void operand(Comparison& read) {
    read.property = name("a property");
    if (!is_symbol(".")) return;
    advance();
    read.member = name("a property");
  }

  NamedOperator const& symbol_operator() {
    for (auto const& candidate : operators) {
      if (!is_symbol(candidate.symbol)) continue;
      advance();
      return candidate;
    }
    fail_expecting("a comparison (= <> < <= > >= LIKE ISA IS)");
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

  void expect_end() const {
    if (token_.kind != Token::Kind::end) fail_expecting("the end of the query");
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

namespace {

template <class Read>
auto parse_with(std::string_view text, Read const& read) -> Result<decltype(read(std::declval<Parser&>()))> {
  if (text.size() > limits::wql_bytes) {
    return fail(fmt::format("the query has {} bytes, more than the {} that are read", text.size(),
                            limits::wql_bytes));
  }
  try {
    Parser parser(text);
    return read(parser);
  } catch (Error const& error) {
    return fail(error.message);
  }
}

}  // namespace

Result<Statement> parse_statement(std::string_view text) {
  return parse_with(text, [](Parser& parser) { return parser.statement(); });
}

Result<Select> parse(std::string_view text) {
  return parse_with(text, [](Parser& parser) { return parser.select(); });
}

}  // namespace winrm::cim::wql
