#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

/// WQL as text says it, before any class is known (windows reference 7.4).
namespace winrm::cim::wql {

enum class Operator {
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  like,
  isa,
  is_null,
  is_not_null
};

/// A constant as written; what it means depends on the type of the property beside it.
struct Literal {
  enum class Kind { string, number, boolean };
  Kind kind = Kind::string;
  std::string text;  ///< without quotes and escapes
};

struct Comparison {
  std::string property;
  std::string member;  ///< of the instance that `property` holds: "Embedded.Member"; "" for none
  Operator op = Operator::equal;
  Literal literal;     ///< unused by is_null and is_not_null
  std::size_t at = 0;  ///< where it begins in the query, from 1
};

/// A WHERE clause.
struct Expression {
  enum class Kind { comparison, conjunction, disjunction, negation };
  Kind kind = Kind::comparison;
  Comparison comparison;
  std::vector<Expression> operands;  ///< one for a negation
};

/// SELECT columns FROM class [WHERE expression].
struct Select {
  std::vector<std::string> columns;  ///< empty for *
  std::string class_name;
  std::optional<Expression> where;
};

/// ASSOCIATORS OF {path} [WHERE …] and REFERENCES OF {path} [WHERE …]. What is "" or false was not given.
struct Associations {
  enum class Kind { associators, references };
  Kind kind = Kind::associators;
  std::string path;                      ///< of the object whose associations are meant
  std::string association_class;         ///< associators only
  std::string result_class;              ///< of the associators, or of the references
  std::string role;                      ///< of the object
  std::string result_role;               ///< of the associators
  std::string required_qualifier;        ///< of the result's class
  std::string required_assoc_qualifier;  ///< of the association's class
  bool class_definitions_only = false;
  bool schema_only = false;  ///< the path names a class
  bool keys_only = false;
};

using Statement = std::variant<Select, Associations>;

/// Reads a query. The error says what was expected at which character.
[[nodiscard]] Result<Statement> parse_statement(std::string_view text);
/// Reads a SELECT.
[[nodiscard]] Result<Select> parse(std::string_view text);

}  // namespace winrm::cim::wql
