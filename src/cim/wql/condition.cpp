#include "cim/wql/condition.hpp"

#include <algorithm>

namespace winrm::cim::wql {

Result<Condition> Condition::bind(Expression const& expression, Scope const& scope) {
  Condition bound;
  bound.kind_ = expression.kind;
  for (auto const& operand : expression.operands) {
    auto inner = bind(operand, scope);
    if (!inner) return inner;
    bound.operands_.push_back(*std::move(inner));
  }
  if (expression.kind != Expression::Kind::comparison) return bound;
  auto test = make_test(expression.comparison, scope);
  if (!test) return tl::unexpected(test.error());
  bound.test_ = *std::move(test);
  return bound;
}

PropertySet Condition::properties() const {
  PropertySet set;
  if (test_) test_->add_properties(set);
  for (auto const& operand : operands_) set |= operand.properties();
  return set;
}

void Condition::push_down(Query& query) const {
  if (kind_ == Expression::Kind::conjunction) {
    for (auto const& operand : operands_) operand.push_down(query);
  }
  if (test_) test_->push_down(query);
}

bool Condition::never_holds() const {
  auto const never = [](Condition const& operand) { return operand.never_holds(); };
  switch (kind_) {
    case Expression::Kind::comparison:
      return test_->is_about_class() && test_->evaluate(nullptr) != true;
    case Expression::Kind::conjunction:
      return std::ranges::any_of(operands_, never);
    case Expression::Kind::disjunction:
      return std::ranges::all_of(operands_, never);
    case Expression::Kind::negation: {
      auto const& inner = operands_.front();
      return inner.test_ && inner.test_->is_about_class() && inner.test_->evaluate(nullptr) != false;
    }
  }
  return false;
}

std::optional<bool> Condition::evaluate(void const* row) const {
  switch (kind_) {
    case Expression::Kind::comparison:
      return test_->evaluate(row);
    case Expression::Kind::negation: {
      auto const inner = operands_.front().evaluate(row);
      return inner ? std::optional(!*inner) : std::nullopt;
    }
    case Expression::Kind::conjunction:
    case Expression::Kind::disjunction:
      break;
  }
  bool const deciding = kind_ == Expression::Kind::disjunction;
  bool some_unknown = false;
  for (auto const& operand : operands_) {
    auto const result = operand.evaluate(row);
    if (result == deciding) return deciding;
    some_unknown = some_unknown || !result;
  }
  return some_unknown ? std::nullopt : std::optional(!deciding);
}

}  // namespace winrm::cim::wql
