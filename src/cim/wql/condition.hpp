#pragma once

#include <optional>
#include <vector>

#include "cim/registry.hpp"
#include "cim/wql/query.hpp"

namespace winrm::cim::wql {

/// A WHERE clause that knows its class: properties found, constants converted to their types. Immutable.
class Condition {
 public:
  /// The error names the property or the constant that does not fit the class.
  [[nodiscard]] static Result<Condition> bind(Expression const& expression, Class const& cls);

  /// Whether a row of the class satisfies it. A comparison with null is neither true nor false, as in SQL.
  [[nodiscard]] bool holds(void const* row) const { return evaluate(row) == true; }

  /// The properties it looks at.
  [[nodiscard]] PropertySet properties() const;
  /// Tells `query` the values that every row must have.
  void push_down(Query& query) const;

 private:
  [[nodiscard]] std::optional<bool> evaluate(void const* row) const;
  [[nodiscard]] std::optional<bool> compare_with(void const* row) const;

  Expression::Kind kind_ = Expression::Kind::comparison;
  ClassProperty const* property_ = nullptr;
  Operator op_ = Operator::equal;
  Value value_;
  CaseRule rule_ = CaseRule::ignore;
  std::vector<Condition> operands_;
};

/// LIKE: % any run, _ one character, [a-f] one of a set, [^a-f] one not of it. Bytes outside ASCII match as
/// whole UTF-8 characters for _ and sets, exactly otherwise.
[[nodiscard]] bool matches_like(std::string_view text, std::string_view pattern, CaseRule rule);

}  // namespace winrm::cim::wql
