#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "cim/registry.hpp"
#include "cim/wql/comparison.hpp"
#include "cim/wql/query.hpp"

namespace winrm::cim::wql {

/// A WHERE clause that knows its class: properties found, constants converted to their types. Immutable.
class Condition {
 public:
  /// About the instances of a class. The error names the property or the constant that does not fit the class
  /// and says where. Without a registry, references cannot be compared.
  [[nodiscard]] static Result<Condition> bind(Expression const& expression, Class const& cls,
                                              Registry const* registry = nullptr) {
    return bind(expression, Scope{cls, registry, false});
  }
  /// About the class itself, as a query of meta_class is.
  [[nodiscard]] static Result<Condition> bind_to_class(Expression const& expression, Class const& cls) {
    return bind(expression, Scope{cls, nullptr, true});
  }

  /// Whether a row of the class satisfies it. A comparison with null is neither true nor false, as in SQL.
  /// `row` may be null when the condition is about the class.
  [[nodiscard]] bool holds(void const* row) const { return evaluate(row) == true; }
  /// True when no row can satisfy it, because the class itself does not.
  [[nodiscard]] bool never_holds() const;

  /// The properties it looks at.
  [[nodiscard]] PropertySet properties() const;
  /// Tells `query` the values that every row must have.
  void push_down(Query& query) const;

 private:
  [[nodiscard]] static Result<Condition> bind(Expression const& expression, Scope const& scope);
  [[nodiscard]] std::optional<bool> evaluate(void const* row) const;

  Expression::Kind kind_ = Expression::Kind::comparison;
  std::shared_ptr<Test const> test_;  // of a comparison
  std::vector<Condition> operands_;
};

}  // namespace winrm::cim::wql
