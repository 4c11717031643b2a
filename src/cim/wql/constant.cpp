#include "cim/wql/constant.hpp"

#include <fmt/format.h>

#include <utility>

#include "cim/wql/comparison.hpp"
#include "cim/wql/datetime_literal.hpp"

namespace winrm::cim::wql {

namespace {

bool is_integer(Type type) {
  switch (type) {
    case Type::uint8:
    case Type::sint8:
    case Type::uint16:
    case Type::sint16:
    case Type::uint32:
    case Type::sint32:
    case Type::uint64:
    case Type::sint64:
    case Type::char16:
      return true;
    default:
      return false;
  }
}

/// A number of any width or with a fraction: `Byte < 300` and `Byte > 2.5` have answers.
Result<Value> parse_number(Type type, std::string_view text) {
  for (auto const wide : {Type::sint64, Type::uint64, Type::real64}) {
    if (auto value = parse_value(wide, text)) return value;
  }
  return parse_value(type, text);  // its error names the property's type
}

std::partial_ordering order_numbers(ValueView const& value, Value const& constant) {
  auto const compare_with = [&](auto number) -> std::partial_ordering {
    if (auto const* real = std::get_if<double>(&constant)) return static_cast<double>(number) <=> *real;
    auto const against = [&](auto other) -> std::partial_ordering {
      if (std::cmp_less(number, other)) return std::partial_ordering::less;
      return std::cmp_equal(number, other) ? std::partial_ordering::equivalent
                                           : std::partial_ordering::greater;
    };
    if (auto const* wide = std::get_if<std::int64_t>(&constant)) return against(*wide);
    if (auto const* wide = std::get_if<std::uint64_t>(&constant)) return against(*wide);
    return std::partial_ordering::unordered;
  };
  if (auto const* number = std::get_if<std::int64_t>(&value)) return compare_with(*number);
  if (auto const* number = std::get_if<std::uint64_t>(&value)) return compare_with(*number);
  return std::partial_ordering::unordered;
}

}  // namespace

Result<Constant> Constant::make(Comparison const& comparison, std::string_view property_name, Type type,
                                CaseRule rule) {
  Constant constant;
  constant.type_ = type;
  constant.op_ = comparison.op;
  constant.rule_ = rule;
  constant.text_ = comparison.literal.text;
  if (comparison.op == Operator::like) {
    if (type != Type::string) {
      return fail(fmt::format("LIKE compares strings, and {} is a {}", property_name, name_of(type)));
    }
    return constant;
  }
  bool const ordered = comparison.op != Operator::equal && comparison.op != Operator::not_equal;
  if (ordered && type == Type::boolean) {
    return fail(fmt::format("{} is a boolean: compare it with = or <>", property_name));
  }
  if (type == Type::datetime) {
    auto range = parse_datetime_literal(comparison.literal.text);
    if (!range) return tl::unexpected(range.error());
    constant.value_ = std::move(range->first);
    constant.last_ = std::move(range->last);
    return constant;
  }
  auto value = is_integer(type) ? parse_number(type, comparison.literal.text)
                                : parse_value(type, comparison.literal.text);
  if (!value) return tl::unexpected(value.error());
  constant.value_ = *std::move(value);
  return constant;
}

std::partial_ordering Constant::order(ValueView const& value) const {
  if (is_integer(type_)) return order_numbers(value, value_);
  auto const first = compare(value, value_, rule_);
  if (last_.is_null() || !(first > 0)) return first;
  return compare(value, last_, rule_) > 0 ? std::partial_ordering::greater
                                          : std::partial_ordering::equivalent;
}

std::optional<bool> Constant::test(ValueView const& value) const {
  if (op_ == Operator::like) {
    auto const* text = std::get_if<std::string_view>(&value);
    return text != nullptr ? std::optional(matches_like(*text, text_, rule_)) : std::nullopt;
  }
  auto const found = order(value);
  if (found == std::partial_ordering::unordered) return std::nullopt;
  switch (op_) {
    case Operator::equal:
      return found == 0;
    case Operator::not_equal:
      return found != 0;
    case Operator::less:
      return found < 0;
    case Operator::less_equal:
      return found <= 0;
    case Operator::greater:
      return found > 0;
    case Operator::greater_equal:
      return found >= 0;
    default:
      return std::nullopt;
  }
}

std::optional<Value> Constant::least_datetime() const {
  bool const bounded = op_ == Operator::equal || op_ == Operator::greater || op_ == Operator::greater_equal;
  if (type_ != Type::datetime || !bounded) return std::nullopt;
  return value_;
}

std::optional<Value> Constant::exact_value() const {
  if (op_ != Operator::equal || !last_.is_null()) return std::nullopt;
  if (!is_integer(type_)) return value_;
  auto value = parse_value(type_, text_);
  return value ? std::optional(*std::move(value)) : std::nullopt;
}

}  // namespace winrm::cim::wql
