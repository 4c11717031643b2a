#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cim/value.hpp"
#include "cim/wql/query.hpp"

namespace winrm::cim::wql {

/// The constant side of a comparison with its operator, by the comparison rules of the type on the other side
/// (DSP0004 5.2): numbers by value whatever their width, datetimes as points, spans or ranges. Immutable.
class Constant {
 public:
  /// The error says why the text of the literal, or the operator, does not go with `type`.
  [[nodiscard]] static Result<Constant> make(Comparison const& comparison, std::string_view property_name,
                                             Type type, CaseRule rule);

  /// Nothing when `value` is null or of another kind (a span where a point in time is asked for).
  [[nodiscard]] std::optional<bool> test(ValueView const& value) const;
  /// The one value that equals it, in the property's type; nothing for every other operator and for ranges.
  [[nodiscard]] std::optional<Value> exact_value() const;
  /// The earliest datetime that may satisfy the comparison; nothing for other types and operators.
  [[nodiscard]] std::optional<Value> least_datetime() const;

 private:
  [[nodiscard]] std::partial_ordering order(ValueView const& value) const;

  Type type_ = Type::string;
  Operator op_ = Operator::equal;
  CaseRule rule_ = CaseRule::ignore;
  Value value_;
  Value last_;  // of a range of datetimes that begins with value_; null otherwise
  std::string text_;
};

}  // namespace winrm::cim::wql
