#include "cim/wql/condition.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace winrm::cim::wql {

namespace {

bool has_letter(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return detail::fold(c) >= 'a' && detail::fold(c) <= 'z'; });
}

Result<Value> constant_of(Comparison const& comparison, Property const& property) {
  auto const& literal = comparison.literal;
  if (comparison.op == Operator::like && property.type != Type::string) {
    return fail(fmt::format("LIKE compares strings, and {} is a {}", property.name, name_of(property.type)));
  }
  bool const ordered = comparison.op != Operator::equal && comparison.op != Operator::not_equal;
  if (ordered && property.type == Type::boolean) {
    return fail(fmt::format("{} is a boolean: compare it with = or <>", property.name));
  }
  return parse_value(property.type, literal.text);
}

}  // namespace

Result<Condition> Condition::bind(Expression const& expression, Class const& cls) {
  Condition bound;
  bound.kind_ = expression.kind;
  for (auto const& operand : expression.operands) {
    auto inner = bind(operand, cls);
    if (!inner) return inner;
    bound.operands_.push_back(*std::move(inner));
  }
  if (expression.kind != Expression::Kind::comparison) return bound;

  auto const& comparison = expression.comparison;
  auto const at = [&](std::string_view message) {
    return fail(fmt::format("character {}: {}", comparison.at, message));
  };
  bound.property_ = cls.find(comparison.property);
  if (bound.property_ == nullptr)
    return at(fmt::format("{} has no property {}", cls.name(), comparison.property));
  auto const& property = bound.property_->property;
  bound.op_ = comparison.op;
  bound.rule_ = property.is_case_exact ? CaseRule::exact : CaseRule::ignore;
  if (bound.op_ == Operator::is_null || bound.op_ == Operator::is_not_null) return bound;
  if (property.array) return at(fmt::format("{} is an array: only IS NULL works on it", property.name));
  auto value = constant_of(comparison, property);
  if (!value) return at(value.error().message);
  bound.value_ = *std::move(value);
  return bound;
}

PropertySet Condition::properties() const {
  PropertySet set;
  if (property_ != nullptr) set.add(property_->index);
  for (auto const& operand : operands_) set |= operand.properties();
  return set;
}

void Condition::push_down(Query& query) const {
  if (kind_ == Expression::Kind::conjunction) {
    for (auto const& operand : operands_) operand.push_down(query);
  }
  if (kind_ != Expression::Kind::comparison || op_ != Operator::equal) return;
  // A provider looks a string up exactly as it is written, which finds too little where case does not matter.
  auto const* text = std::get_if<std::string>(&value_);
  if (text != nullptr && rule_ == CaseRule::ignore && has_letter(*text)) return;
  query.require(property_->index, value_);
}

std::optional<bool> Condition::evaluate(void const* row) const {
  switch (kind_) {
    case Expression::Kind::comparison:
      return compare_with(row);
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

std::optional<bool> Condition::compare_with(void const* row) const {
  auto const value = property_->property.value(row);
  if (op_ == Operator::is_null) return value.is_null();
  if (op_ == Operator::is_not_null) return !value.is_null();
  if (op_ == Operator::like) {
    auto const* text = std::get_if<std::string_view>(&value);
    if (text == nullptr) return std::nullopt;
    return matches_like(*text, std::get<std::string>(value_), rule_);
  }
  auto const order = compare(value, value_, rule_);
  if (order == std::partial_ordering::unordered) return std::nullopt;
  switch (op_) {
    case Operator::equal:
      return order == 0;
    case Operator::not_equal:
      return order != 0;
    case Operator::less:
      return order < 0;
    case Operator::less_equal:
      return order <= 0;
    case Operator::greater:
      return order > 0;
    case Operator::greater_equal:
      return order >= 0;
    default:
      return std::nullopt;
  }
}

}  // namespace winrm::cim::wql
