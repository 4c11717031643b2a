#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

/// Reads a SELECT. The error says what was expected at which character.
[[nodiscard]] Result<Select> parse(std::string_view text);

}  // namespace winrm::cim::wql
